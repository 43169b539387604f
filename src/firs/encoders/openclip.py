"""The OpenCLIP backend: any model and pretraining of ``open_clip``."""

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from firs.encoders import hub
from firs.encoders import torch_common as _torch
from firs.encoders.preprocess import Preprocess
from firs.encoders.repo_files import openclip_weights, tokenizer_files
from firs.encoders.text import may_be_cut
from firs.errors import EncoderError, InputError, MissingExtra

HUB = "hf-hub:"
WHAT = "Models of OpenCLIP"


class OpenClipEncoder(_torch.TorchEncoder):
    """A dual encoder from ``open_clip``: OpenCLIP, EVA-CLIP, CLIPA, MobileCLIP, DFN, PE, ….

    Args:
        source: ``MODEL/PRETRAINED`` such as ``ViT-B-32/laion2b_s34b_b79k`` (the pretraining may
            be a file of weights), ``hf-hub:OWNER/REPOSITORY``, or a folder as
            ``open_clip.push_to_hf_hub`` saves it.
        name: what a person types to get this encoder.

    Raises:
        MissingExtra: ``open_clip`` is not installed.
        InputError: the source names no model or no pretraining.
        EncoderError: the model cannot be opened.
    """

    def __init__(self, source: str, name: str) -> None:
        _torch.need_torch(WHAT, "openclip")
        self._open_clip = _import_open_clip()
        self.model_name, pretrained = _parts(source)
        model = self._load_model(self.model_name, pretrained)
        rules = self._open_clip.get_model_preprocess_cfg(model)
        super().__init__(name, Preprocess.from_openclip(rules))
        self._settle(model)

    @property
    def context_length(self) -> int:
        """Tokens that the text tower reads."""
        return int(self.tokenizer.context_length)

    @cached_property
    def tokenizer(self) -> Any:
        """The tokenizer that OpenCLIP pairs with the model."""
        try:
            with hub.without_hub():
                return self._open_clip.get_tokenizer(self.model_name)
        except Exception as error:  # open_clip passes on what its many sources raise
            raise EncoderError(_cannot(self.model_name, error)) from error

    def ids(self, texts: Sequence[str]) -> NDArray[np.int64]:
        """Return the same without a word about texts that are cut."""
        found: NDArray[np.int64] = self.tokenizer(list(texts)).numpy()
        return found

    def _is_cut(self, text: str) -> bool:
        limit = self.context_length
        if not may_be_cut(text, limit):
            return False
        if hasattr(self.tokenizer, "encode"):
            return len(self.tokenizer.encode(text)) + 2 > limit
        clean = self.tokenizer.clean_fn(text)
        return len(self.tokenizer.tokenizer(clean, verbose=False).input_ids) > limit

    def _text_rows(self, texts: Sequence[str]) -> NDArray[Any]:
        import torch

        with torch.inference_mode():
            tokens = _torch.like(self.model, self.tokens(texts))
            return _torch.to_numpy(self.model.encode_text(tokens))

    def _pixel_rows(self, pixels: NDArray[np.float32]) -> NDArray[Any]:
        import torch

        with torch.inference_mode():
            tensor = _torch.like(self.model, pixels)
            return _torch.to_numpy(self.model.encode_image(tensor))

    def _load_model(self, model: str, pretrained: str | None) -> Any:
        for repository, choice in _repositories(self._open_clip, model, pretrained):
            hub.fetch(repository, choice, f"openclip:{model}", "openclip")
        try:
            with hub.without_hub():
                return self._open_clip.create_model(
                    model, pretrained=pretrained, require_pretrained=True
                )
        except Exception as error:  # open_clip passes on what its many sources raise
            raise EncoderError(_cannot(model, error)) from error


def _import_open_clip() -> Any:
    try:
        import open_clip
    except ImportError as error:
        raise MissingExtra(WHAT, "openclip") from error
    except RuntimeError as error:
        raise EncoderError(
            "open_clip cannot be imported: torch and torchvision come from different builds. "
            f"Install both from the same place. The reason given: {error}"
        ) from error
    return open_clip


def _repositories(
    open_clip: Any, model: str, pretrained: str | None
) -> list[tuple[str, hub.Choice]]:
    """Where weights and tokenizer lie on a hub, and which files; none for what lies elsewhere."""
    if model.startswith(HUB):
        return [(model.removeprefix(HUB), openclip_weights)]
    if model.startswith("local-dir:"):
        return []
    config = open_clip.get_model_config(model)
    if config is None:
        raise InputError(f"OpenCLIP has no model {model!r}; open_clip.list_models() lists them.")
    weights = open_clip.get_pretrained_cfg(model, pretrained).get("hf_hub", "").rstrip("/")
    tokenizer = config.get("text_cfg", {}).get("hf_tokenizer_name", "")
    both = ((weights, openclip_weights), (tokenizer, tokenizer_files))
    return [("/".join(each.split("/")[:2]), choice) for each, choice in both if each]


def _parts(source: str) -> tuple[str, str | None]:
    if source.startswith((HUB, "local-dir:")):
        return source, None
    if Path(source).is_dir():
        return f"local-dir:{source}", None
    model, slash, pretrained = source.partition("/")
    if not model or not slash or not pretrained:
        raise InputError(
            f"{source!r} names no model of OpenCLIP; write openclip:MODEL/PRETRAINED, such as "
            "openclip:ViT-B-32/laion2b_s34b_b79k."
        )
    return model, pretrained


def _cannot(model: str, error: Exception) -> str:
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return (
        f"OpenCLIP cannot open {model}: {lines[0]} With no way to its files, save the model as a "
        "folder where there is one and name that: openclip:/folder. 'mini' works now."
    )

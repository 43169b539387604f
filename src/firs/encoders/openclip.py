"""The backend ``openclip``: any model and pretraining of ``open_clip``, run by PyTorch."""

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from firs.encoders import hub
from firs.encoders.preprocess import Preprocess
from firs.encoders.torch_common import TorchEncoder, first_line, require_torch
from firs.errors import EncoderError, InputError, MissingExtra

HUB = "hf-hub:"
LOCAL = "local-dir:"
REQUIRED_BY = "Models of OpenCLIP"


class OpenClipEncoder(TorchEncoder):
    """An encoder from ``open_clip``: OpenCLIP, EVA-CLIP, CLIPA, MobileCLIP, DFN, PE, ….

    Args:
        source: ``MODEL/PRETRAINED`` such as ``ViT-B-32/laion2b_s34b_b79k`` (the pretraining may
            be a file of weights), ``hf-hub:OWNER/REPOSITORY``, or a folder as
            ``open_clip.push_to_hf_hub`` saves it.
        name: the name that opens this encoder.

    Raises:
        MissingExtra: ``open_clip`` is not installed.
        InputError: the source names no model or no pretraining.
        EncoderError: the model cannot be opened.
    """

    def __init__(self, source: str, name: str) -> None:
        require_torch(REQUIRED_BY, "openclip")
        self._open_clip = _import_open_clip()
        self.model_name, pretrained = _split_source(source)
        model = self._load_model(self.model_name, pretrained)
        rules = self._open_clip.get_model_preprocess_cfg(model)
        super().__init__(name, Preprocess.from_openclip(rules))
        self._set_model(model)

    @property
    def context_length(self) -> int:
        """The number of tokens that the text tower reads."""
        return int(self.tokenizer.context_length)

    @cached_property
    def tokenizer(self) -> Any:
        """The tokenizer that OpenCLIP pairs with the model."""
        try:
            with hub.without_hub():
                return self._open_clip.get_tokenizer(self.model_name)
        except Exception as error:  # open_clip passes on what its many sources raise
            raise _cannot_open(self.model_name, error) from error

    def ids(self, texts: Sequence[str]) -> NDArray[np.int64]:
        """Tokenize as :meth:`tokens` does, but without a warning."""
        ids: NDArray[np.int64] = self.tokenizer(list(texts)).numpy()
        return ids

    def _count_tokens(self, text: str) -> int:
        if hasattr(self.tokenizer, "encode"):
            return len(self.tokenizer.encode(text)) + 2
        clean = self.tokenizer.clean_fn(text)
        return len(self.tokenizer.tokenizer(clean, verbose=False).input_ids)

    def _text_rows(self, texts: Sequence[str]) -> NDArray[Any]:
        return self._run(self.model.encode_text, self.tokens(texts))

    def _pixel_rows(self, pixels: NDArray[np.float32]) -> NDArray[Any]:
        return self._run(self.model.encode_image, pixels)

    def _load_model(self, model: str, pretrained: str | None) -> Any:
        for repository, select in _repositories(self._open_clip, model, pretrained):
            hub.fetch(repository, select, f"openclip:{model}", "openclip")
        try:
            with hub.without_hub():
                return self._open_clip.create_model(
                    model, pretrained=pretrained, require_pretrained=True
                )
        except Exception as error:  # open_clip passes on what its many sources raise
            raise _cannot_open(model, error) from error


def _import_open_clip() -> Any:
    try:
        import open_clip
    except ImportError as error:
        raise MissingExtra(REQUIRED_BY, "openclip") from error
    except RuntimeError as error:
        raise EncoderError(
            "open_clip cannot be imported: torch and torchvision come from different builds. "
            f"Install both from the same place. The reason: {error}"
        ) from error
    return open_clip


def _repositories(
    open_clip: Any, model: str, pretrained: str | None
) -> list[tuple[str, hub.FileSelector]]:
    """Return the repositories of weights and tokenizer on a hub, and selectors of their files."""
    if model.startswith(HUB):
        return [(model.removeprefix(HUB), hub.openclip_weights)]
    if model.startswith(LOCAL):
        return []
    config = open_clip.get_model_config(model)
    if config is None:
        raise InputError(f"OpenCLIP has no model {model!r}; open_clip.list_models() lists them.")
    weights = open_clip.get_pretrained_cfg(model, pretrained).get("hf_hub", "").rstrip("/")
    tokenizer = config.get("text_cfg", {}).get("hf_tokenizer_name", "")
    both = ((weights, hub.openclip_weights), (tokenizer, hub.tokenizer_files))
    return [("/".join(path.split("/")[:2]), select) for path, select in both if path]


def _split_source(source: str) -> tuple[str, str | None]:
    """Return the model and the pretraining, as ``open_clip`` names them."""
    if source.startswith((HUB, LOCAL)):
        return source, None
    if Path(source).is_dir():
        return f"{LOCAL}{source}", None
    model, _, pretrained = source.partition("/")
    if not model or not pretrained:
        raise InputError(
            f"{source!r} names no model of OpenCLIP; write openclip:MODEL/PRETRAINED, such as "
            "openclip:ViT-B-32/laion2b_s34b_b79k."
        )
    return model, pretrained


def _cannot_open(model: str, error: Exception) -> EncoderError:
    return EncoderError(
        f"OpenCLIP cannot open {model}: {first_line(error)} If this machine cannot download its "
        "files, save the model as a folder on another one, copy it, and name that: "
        "openclip:/folder. 'mini' works now."
    )

"""Transformers: captions by a local PyTorch model (extra ``torch``).

BLIP (Li et al., 2022) needs no prompt; SmolVLM and other chat models get the prompt of the language
models, and Florence-2 (Xiao et al., 2023) its task token.
"""

import logging
import threading
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from firs.errors import EncoderError, MissingExtra, RefinementError
from firs.refinement.base import Picture
from firs.refinement.language_model import CAPTION, one_line

DEFAULT = "Salesforce/blip-image-captioning-base"

_log = logging.getLogger(__name__)

_MAX_TOKENS = 40
_FLORENCE = "<CAPTION>"


@dataclass
class TransformersCaptioner:
    """One caption per image, decoded greedily, so that it is the same each time.

    Args:
        model: a name on the Hugging Face hub, or a folder.
        device: ``cpu`` or ``cuda``.

    Raises:
        MissingExtra: PyTorch or transformers is not installed.
        EncoderError: there is no such model, or it does not caption.
    """

    model: str = DEFAULT
    device: str = "cpu"
    sends = ""
    spent = (0, 0)

    def __post_init__(self) -> None:
        self._lock = threading.Lock()

    @property
    def key(self) -> str:
        """The name of the model."""
        return f"transformers:{self.model}"

    def close(self) -> None:
        """Do nothing: the model is freed with this object."""

    def caption(self, picture: Picture) -> tuple[str, ...]:
        """Return the caption that the model generates.

        Raises:
            RefinementError: it generates nothing.
        """
        with self._lock:  # one model, one picture at a time
            caption = one_line(self._generate(picture))
        if not caption:
            raise RefinementError(f"The model {self.model} wrote nothing of a picture.")
        return (caption,)

    def _generate(self, picture: Picture) -> str:
        processor, model = self._load
        import torch

        inputs = {"images": picture.image.convert("RGB"), **self._prompt(processor)}
        encoded = processor(**inputs, return_tensors="pt").to(self.device)
        with torch.inference_mode():
            tokens = model.generate(**encoded, max_new_tokens=_MAX_TOKENS, do_sample=False)
        if getattr(processor, "chat_template", None):
            tokens = tokens[:, encoded["input_ids"].shape[1] :]
        return str(processor.batch_decode(tokens, skip_special_tokens=True)[0])

    def _prompt(self, processor: Any) -> dict[str, str]:
        if getattr(processor, "chat_template", None):
            content = [{"type": "image"}, {"type": "text", "text": CAPTION}]
            messages = [{"role": "user", "content": content}]
            return {"text": processor.apply_chat_template(messages, add_generation_prompt=True)}
        return {"text": _FLORENCE} if "florence" in self.model.lower() else {}

    @cached_property
    def _load(self) -> tuple[Any, Any]:
        try:
            from transformers import AutoModelForImageTextToText, AutoProcessor
        except ImportError as error:
            raise MissingExtra("Local captioners", "torch") from error
        if not Path(self.model).is_dir():
            _log.warning("%s is read from the Hugging Face hub, unless it is here.", self.model)
        try:
            processor = AutoProcessor.from_pretrained(self.model)
            model = AutoModelForImageTextToText.from_pretrained(self.model)
        except (OSError, ValueError, KeyError) as error:
            raise EncoderError(
                f"{self.model} is no captioning model that transformers can open here."
            ) from error
        return processor, model.eval().to(self.device)

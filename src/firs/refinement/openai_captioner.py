"""OpenAI: captions by any server that speaks the OpenAI chat protocol with images.

Gemini through its compatible address, OpenAI, Ollama, vLLM, llama.cpp: the base URL decides. What
is sent is a small copy of the picture, made anew from its pixels: no file name, place or date.
"""

import base64
import hashlib
import io
import threading
from dataclasses import dataclass

from PIL import Image

from firs.errors import RefinementError
from firs.refinement.answer import one_line
from firs.refinement.base import Picture
from firs.refinement.chat import Chat, Message
from firs.refinement.prompt import CAPTION
from firs.refinement.settings import Settings

SIDE = 512
"""Pixels of the longer side of what is sent."""

LONGEST = 600
_TOKENS = 120
_QUALITY = 80


@dataclass
class OpenAiCaptioner:
    """One caption a picture.

    Args:
        settings: which model, and how it is asked.

    Raises:
        RefinementError: no model or no key is named.
    """

    settings: Settings

    def __post_init__(self) -> None:
        self._chat = Chat(self.settings)
        self._lock = threading.Lock()
        self._spent = (0, 0)

    @property
    def key(self) -> str:
        """The model, its server, the temperature and the prompt."""
        settings = self.settings
        prompt = hashlib.blake2b(f"{CAPTION}{SIDE}".encode(), digest_size=4).hexdigest()
        return f"openai:{settings.model}@{settings.host}:{settings.temperature:g}:{prompt}"

    @property
    def sends(self) -> str:
        """The server."""
        return self.settings.host

    @property
    def spent(self) -> tuple[int, int]:
        """Tokens that the server says it read and wrote so far."""
        return self._spent

    def close(self) -> None:
        """Close the connections to the server."""
        self._chat.close()

    def caption(self, picture: Picture) -> tuple[str, ...]:
        """One sentence.

        Raises:
            RefinementError: the server gives none that can be used.
            MissingExtra: the client is not installed.
        """
        reply = self._chat.ask([_message(picture.image)], tokens=_TOKENS)
        with self._lock:
            read, written = self._spent
            self._spent = read + reply.read, written + reply.written
        caption = one_line(reply.text)
        if not caption or len(caption) > LONGEST:
            raise RefinementError(
                f"The language model {self.settings.model} gave a caption of {len(caption):,} "
                f"characters; that is not used."
            )
        return (caption,)


def _message(image: Image.Image) -> Message:
    address = f"data:image/jpeg;base64,{base64.b64encode(_small(image)).decode()}"
    return {
        "role": "user",
        "content": [
            {"type": "text", "text": CAPTION},
            {"type": "image_url", "image_url": {"url": address}},
        ],
    }


def _small(image: Image.Image) -> bytes:
    """A JPEG of nothing but pixels."""
    plain = Image.new("RGB", image.size, "white")
    plain.paste(image.convert("RGB"))
    plain.thumbnail((SIDE, SIDE))
    kept = io.BytesIO()
    plain.save(kept, "JPEG", quality=_QUALITY)
    return kept.getvalue()

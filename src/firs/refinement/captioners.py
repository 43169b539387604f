"""Bank: without a model; an image's captions, then the texts of a bank that are nearest to it.

The bank consists of the collection's captions and the everyday texts that come with QT-FIRS
(see ``firs.calibration.defaults``), and nearness is the encoder's. Captions by retrieval are the
oldest of all (Ordonez et al., "Im2Text: describing images using 1 million captioned photographs",
NIPS 2011), and need nothing that is not here already.
"""

import base64
import hashlib
import io
import os
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from firs.calibration.defaults import everyday
from firs.encoders import Encoder, Vectors
from firs.encoders.text import encode_in_batches
from firs.errors import RefinementError
from firs.refinement import BANK, CAPTIONERS
from firs.refinement.base import Captioner, Picture
from firs.refinement.chat import Chat, Message, Settings
from firs.refinement.language_model import CAPTION, one_line
from firs.search import EmbeddingSearcher
from firs.user_dirs import cache_folder

if TYPE_CHECKING:
    from firs.collection import Collection

CAPTIONS = 5
"""Of one image."""


@dataclass
class Bank:
    """Captions that others wrote.

    Args:
        texts: the texts of the bank.
        vectors: float32 ``(len(texts), dim)``, by the encoder of the pictures' vectors.
        encoder: its name.
        captions: how many an image.
    """

    texts: Sequence[str]
    vectors: Vectors
    encoder: str
    captions: int = CAPTIONS
    sends = ""
    spent = (0, 0)

    @cached_property
    def key(self) -> str:
        """The encoder and the texts."""
        digest = hashlib.blake2b("\0".join(self.texts).encode(), digest_size=8).hexdigest()
        return f"bank:{self.encoder}:{self.captions}:{digest}"

    def close(self) -> None:
        """Do nothing: no file or connection is open."""

    def caption(self, picture: Picture) -> tuple[str, ...]:
        """Its own captions first; as many of the bank as are wanting."""
        own = tuple(dict.fromkeys(picture.captions))[: self.captions]
        wanting = self.captions - len(own)
        if not wanting or not len(self.texts):
            return own
        near = self.vectors @ picture.vector
        best = np.argsort(-near, kind="stable")[: self.captions + wanting]
        others = [self.texts[at] for at in best.tolist() if self.texts[at] not in own]
        return (*own, *others[:wanting])


SIDE = 512
"""Pixels of the longer side of what is sent."""

LONGEST = 600
_TOKENS = 120
_QUALITY = 80


@dataclass
class OpenAiCaptioner:
    """One caption a picture.

    Args:
        settings: the model, and how to send requests.

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
        """Return the tokens that the server reports as read and written so far."""
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


_HELD = 4
_FOLDER = "texts"

_held: dict[str, Vectors] = {}


def text_vectors(encoder: Encoder, texts: Sequence[str]) -> Vectors:
    """Texts → float32 ``(len(texts), dim)``; those known of the same weights are not encoded."""
    name = _name(encoder, tuple(texts))
    if name not in _held:
        vectors = _read(name, (len(texts), encoder.dim))
        if vectors is None:
            vectors = encode_in_batches(encoder, texts)
            _write(name, vectors)
        while len(_held) >= _HELD:
            _held.pop(next(iter(_held)), None)
        _held[name] = vectors
    return _held[name]


@lru_cache(maxsize=_HELD)
def _digest(texts: tuple[str, ...]) -> str:
    return hashlib.blake2b("\0".join(texts).encode(), digest_size=12).hexdigest()


def _name(encoder: Encoder, texts: tuple[str, ...]) -> str:
    weights = hashlib.blake2b(f"{encoder.name}\0{encoder.fingerprint}".encode(), digest_size=8)
    return f"{weights.hexdigest()}-{_digest(texts)}.npy"


def _place(name: str) -> Path:
    return cache_folder() / _FOLDER / name


def _read(name: str, shape: tuple[int, int]) -> Vectors | None:
    """What is kept; a damaged file is as none."""
    try:
        vectors: Vectors = np.load(_place(name), allow_pickle=False)
    except (OSError, ValueError, EOFError):
        return None
    return vectors.astype(np.float32) if vectors.shape == shape else None


def _write(name: str, vectors: Vectors) -> None:
    place = _place(name)
    part = place.with_name(f"{name}.{os.getpid()}.part")
    with suppress(OSError):  # what cannot be kept is encoded again
        place.parent.mkdir(parents=True, exist_ok=True)
        with part.open("wb") as file:
            np.save(file, vectors)
        part.replace(place)


MOST_TEXTS = 5_000
"""Captions of the collection that join the bank."""

OPENAI = "openai"


def open_captioner(
    name: str, collection: "Collection", space: EmbeddingSearcher, settings: Settings | None = None
) -> Captioner:
    """Open a captioner, to be closed with its ``close``.

    Args:
        name: one of ``CAPTIONERS``; a local model may be named, as in ``transformers:FOLDER``.
        collection: the collection with the captions of the bank.
        space: the encoder that determines which captions are near.
        settings: of the language model; by default those of the environment.

    Raises:
        InputError: there is no such captioner, or a setting is invalid.
        RefinementError: no model or no key is named.
        MissingExtra: it needs what is not installed.
    """
    kind, _, model = name.partition(":")
    made = CAPTIONERS.load(kind)
    if kind == BANK:
        texts = list(dict.fromkeys([*collection.caption_texts(MOST_TEXTS), *everyday()]))
        return Bank(texts, text_vectors(space.encoder, texts), space.name)
    captioner: Captioner
    if kind == OPENAI:
        captioner = made(settings or Settings.of_environment())
    else:
        captioner = made(model) if model else made()
    return captioner

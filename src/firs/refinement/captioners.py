"""Captioners without a local model: by a caption bank, and by a language model on a server.

The bank consists of the collection's captions and the everyday texts that come with QT-FIRS
(see ``firs.calibration.defaults``); an image gets its own captions, then the texts nearest to it by
the encoder. Captions by retrieval are the oldest ones (Ordonez et al., "Im2Text: describing images
using 1 million captioned photographs", NIPS 2011), and need no model besides the encoder.
"""

import base64
import hashlib
import io
import os
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
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
"""Number of captions of an image."""

MAX_COLLECTION_TEXTS = 5_000
"""Number of captions of the collection in the bank."""

OPENAI = "openai"

SIDE = 512
"""Pixels of the longer side of an image that is sent."""

MAX_CAPTION_CHARACTERS = 600
_MAX_TOKENS = 120
_JPEG_QUALITY = 80
_MAX_CACHED_BANKS = 4


@dataclass
class Bank:
    """Captions by retrieval.

    Args:
        texts: the texts of the bank.
        vectors: float32 ``(len(texts), dim)``, by the encoder of the images' embeddings.
        encoder: name of the encoder.
        captions: number of captions of an image.
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
        """Return the image's own captions, and texts of the bank if there are too few."""
        own = tuple(dict.fromkeys(picture.captions))[: self.captions]
        missing = self.captions - len(own)
        if not missing or not len(self.texts):
            return own
        cosines = self.vectors @ picture.vector
        nearest = np.argsort(-cosines, kind="stable")[: self.captions + missing]
        others = [self.texts[at] for at in nearest.tolist() if self.texts[at] not in own]
        return (*own, *others[:missing])


@dataclass
class OpenAiCaptioner:
    """One caption per image by a language model.

    Args:
        settings: the model and its server.

    Raises:
        RefinementError: there is no model or no key.
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
        """The host of the server."""
        return self.settings.host

    @property
    def spent(self) -> tuple[int, int]:
        """Tokens read and written so far, as the server reports them."""
        return self._spent

    def close(self) -> None:
        """Close the connections to the server."""
        self._chat.close()

    def caption(self, picture: Picture) -> tuple[str, ...]:
        """Return one sentence.

        Raises:
            RefinementError: the server returns none that can be used.
            MissingExtra: the client is not installed.
        """
        reply = self._chat.complete([_message(picture.image)], tokens=_MAX_TOKENS)
        with self._lock:
            read, written = self._spent
            self._spent = read + reply.read, written + reply.written
        caption = one_line(reply.text)
        if not caption or len(caption) > MAX_CAPTION_CHARACTERS:
            raise RefinementError(
                f"The language model {self.settings.model} gave a caption of {len(caption):,} "
                f"characters; that is not used."
            )
        return (caption,)


def _message(image: Image.Image) -> Message:
    """Return the prompt with an image as a JPEG that contains nothing but pixels."""
    plain = Image.new("RGB", image.size, "white")
    plain.paste(image.convert("RGB"))
    plain.thumbnail((SIDE, SIDE))
    file = io.BytesIO()
    plain.save(file, "JPEG", quality=_JPEG_QUALITY)
    url = f"data:image/jpeg;base64,{base64.b64encode(file.getvalue()).decode()}"
    return {
        "role": "user",
        "content": [
            {"type": "text", "text": CAPTION},
            {"type": "image_url", "image_url": {"url": url}},
        ],
    }


_cached_banks: dict[str, Vectors] = {}


def text_vectors(encoder: Encoder, texts: Sequence[str]) -> Vectors:
    """Return embeddings of texts, float32 ``(len(texts), dim)``, cached in memory and on disk."""
    weights = hashlib.blake2b(f"{encoder.name}\0{encoder.fingerprint}".encode(), digest_size=8)
    digest = hashlib.blake2b("\0".join(texts).encode(), digest_size=12)
    name = f"{weights.hexdigest()}-{digest.hexdigest()}.npy"
    if name not in _cached_banks:
        vectors = _read(name, (len(texts), encoder.dim))
        if vectors is None:
            vectors = encode_in_batches(encoder, texts)
            _write(name, vectors)
        while len(_cached_banks) >= _MAX_CACHED_BANKS:
            _cached_banks.pop(next(iter(_cached_banks)), None)
        _cached_banks[name] = vectors
    return _cached_banks[name]


def _read(name: str, shape: tuple[int, int]) -> Vectors | None:
    """Return the embeddings in a file; None if it does not exist or is damaged."""
    try:
        vectors: Vectors = np.load(cache_folder() / "texts" / name, allow_pickle=False)
    except (OSError, ValueError, EOFError):
        return None
    return vectors.astype(np.float32) if vectors.shape == shape else None


def _write(name: str, vectors: Vectors) -> None:
    """Write the embeddings to a file; if that fails, they are encoded again next time."""
    path = cache_folder() / "texts" / name
    part = path.with_name(f"{name}.{os.getpid()}.part")
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        with part.open("wb") as file:
            np.save(file, vectors)
        part.replace(path)


def open_captioner(
    name: str,
    collection: "Collection",
    searcher: EmbeddingSearcher,
    settings: Settings | None = None,
) -> Captioner:
    """Open a captioner, to be closed with its ``close``.

    Args:
        name: one of ``CAPTIONERS``; a local model may be named, as in ``transformers:FOLDER``.
        collection: the collection with the captions of the bank.
        searcher: its encoder determines which captions are near.
        settings: of the language model; by default those of the environment.

    Raises:
        InputError: there is no such captioner, or a setting is invalid.
        RefinementError: there is no model or no key.
        MissingExtra: it needs what is not installed.
    """
    kind, _, model = name.partition(":")
    captioner_class = CAPTIONERS.load(kind)
    captioner: Captioner
    if kind == BANK:
        own = collection.caption_texts(MAX_COLLECTION_TEXTS)
        texts = list(dict.fromkeys([*own, *everyday()]))
        captioner = Bank(texts, text_vectors(searcher.encoder, texts), searcher.name)
    elif kind == OPENAI:
        captioner = captioner_class(settings or Settings.of_environment())
    else:
        captioner = captioner_class(model) if model else captioner_class()
    return captioner

"""The protocol of explanation methods, their result, and what all methods share."""

import re
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from firs.encoders import Encoder, Vectors
from firs.errors import InputError
from firs.explanation.heatmaps import Cells, Map, draw_outline, overlay, prepare_picture

MAX_WORDS = 80
"""Only the first words have a share; encoders read no more, and each takes an encoding."""

_WORD = re.compile(r"\S*\w\S*")
"""Text between spaces that contains a letter or a digit."""


@dataclass(frozen=True, slots=True)
class WordShare:
    """A word of the query, and the drop of the score without it.

    Args:
        word: the word as it was typed.
        start: its position in the text, in characters.
        share: of the score; negative if the picture matches better without the word.
    """

    word: str
    start: int
    share: float


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """A phrase of the query, and where it is in the picture."""

    phrase: str
    map: Map


@dataclass(frozen=True, slots=True, eq=False)
class Explanation:
    """Why a picture matches a text.

    Args:
        method: the method, a name in ``firs.explanation.EXPLAINERS``.
        text: the text.
        picture: RGB, upright, as it is displayed; its longer side has at most ``LARGEST`` pixels.
        map: the evidence at each pixel of the picture; None if the method has no map.
        score: the cosine of text and picture; None if the method does not compute it.
        cells: the contribution of each cell to the score, if known; may be negative.
        words: the words of the text with their shares, in their order.
        parts: phrases of the text, each with a map, if the method distinguishes them.
    """

    method: str
    text: str
    picture: Image.Image
    map: Map | None = None
    score: float | None = None
    cells: Cells | None = None
    words: tuple[WordShare, ...] = ()
    parts: tuple[Part, ...] = ()

    def overlay(self) -> Image.Image:
        """Return the picture with its map over it, or a copy of the picture without a map."""
        return self.picture.copy() if self.map is None else overlay(self.picture, self.map)

    def outline(self) -> Image.Image:
        """Return the picture with its marked area outlined, or a copy without a map."""
        return self.picture.copy() if self.map is None else draw_outline(self.picture, self.map)


@runtime_checkable
class Explainer(Protocol):
    """An explanation method: pictures and a text → why they match."""

    @property
    def name(self) -> str:
        """The method's name."""

    def explain(self, pictures: Sequence[Image.Image], text: str) -> list[Explanation]:
        """Explain pictures of any size and mode, in their order.

        Raises:
            InputError: there is no word in the text.
        """


class EncodedWords:
    """A text, encoded with all of its words, and without each of them.

    Args:
        encoder: the encoder that computes the scores.
        text: the text.

    Raises:
        InputError: there is no word in the text.
    """

    def __init__(self, encoder: Encoder, text: str) -> None:
        self.text = text
        self._words = require_words(text)[:MAX_WORDS]
        variants = [remove_word(text, word) for word in self._words]
        self._vectors: Vectors = encoder.encode_texts(
            [text, *variants] if len(variants) > 1 else [text]
        )

    @property
    def vector(self) -> NDArray[np.float32]:
        """The text's embedding, float32 ``(dim,)``."""
        whole: NDArray[np.float32] = self._vectors[0]
        return whole

    def score(self, embedding: NDArray[np.float32]) -> float:
        """Return the cosine of the text and a picture's embedding."""
        return float(self.vector @ embedding)

    def shares(self, embedding: NDArray[np.float32]) -> tuple[WordShare, ...]:
        """Return the drop of the score without each word; a single word has the whole score."""
        score, *others = (self._vectors @ embedding).tolist()
        losses = [score - other for other in others] or [score]
        return tuple(
            WordShare(word[0], word.start(), loss)
            for word, loss in zip(self._words, losses, strict=True)
        )


def require_words(text: str) -> list[re.Match[str]]:
    """Return the words of a text, in their order.

    Raises:
        InputError: there are none.

    >>> [word[0] for word in require_words("a dog, running!")]
    ['a', 'dog,', 'running!']
    """
    found = list(_WORD.finditer(text))
    if not found:
        raise InputError(f"There is no word in {text!r}; describe what is in the picture.")
    return found


def remove_word(text: str, word: re.Match[str]) -> str:
    """Return the text without one of its words."""
    return f"{text[: word.start()]} {text[word.end() :]}".strip()


class ScoreExplainer(ABC):
    """An explanation method for the scores of an encoder, one picture at a time.

    Args:
        encoder: the encoder that computes the scores.
    """

    name = ""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder

    def explain(self, pictures: Sequence[Image.Image], text: str) -> list[Explanation]:
        """Explain each picture: the score, the shares of the words, and what the method adds.

        Raises:
            InputError: there is no word in the text.
        """
        words = EncodedWords(self._encoder, text)
        return [self._explain(picture, prepare_picture(picture), words) for picture in pictures]

    @abstractmethod
    def _explain(
        self, picture: Image.Image, upright: Image.Image, words: EncodedWords
    ) -> Explanation:
        """Explain one picture; ``upright`` is the same, as it is displayed."""

    def _explanation(
        self,
        upright: Image.Image,
        words: EncodedWords,
        embedding: NDArray[np.float32],
        *,
        map_: Map | None = None,
        cells: Cells | None = None,
        parts: Sequence[Part] = (),
    ) -> Explanation:
        return Explanation(
            self.name,
            words.text,
            upright,
            map=map_,
            score=words.score(embedding),
            cells=cells,
            words=words.shares(embedding),
            parts=tuple(parts),
        )

"""``words``: which words carried the match, by leaving out one at a time.

Li, Monroe and Jurafsky, "Understanding neural networks through representation erasure", 2016:
the share of a word is what the score loses when the text is read without it,

    share(w) = s(text, picture) − s(text without w, picture)

It works with every encoder. The shares need not add up to the score, since words mean more
together than alone. It marks no places.
"""

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from firs.encoders import Encoder
from firs.encoders.base import Vectors
from firs.errors import InputError
from firs.explanation.base import Explanation, WordShare
from firs.explanation.heatmaps import prepare_picture

MAX_WORDS = 80
"""Words that are judged, from the first on; encoders read no more, and each takes an encoding."""

_WORD = re.compile(r"\S*\w\S*")
"""What stands between spaces and has a letter or a digit in it."""


class WordEncoder:
    """Leave-one-out on the words of a text.

    Args:
        encoder: any.
    """

    name = "words"

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder

    def explain(self, pictures: Sequence[Image.Image], text: str) -> list[Explanation]:
        """Compute the share of each word, for each of some pictures.

        Raises:
            InputError: there is no word in the text.
        """
        told = EncodedWords(self._encoder, text)
        vectors = self._encoder.encode_images(pictures)
        return [
            Explanation(
                self.name,
                text,
                prepare_picture(picture),
                score=told.score(vector),
                words=told.shares(vector),
            )
            for picture, vector in zip(pictures, vectors, strict=True)
        ]


class EncodedWords:
    """A text as an encoder reads it: with all of its words, and with each left out.

    Raises:
        InputError: there is no word in the text.
    """

    def __init__(self, encoder: Encoder, text: str) -> None:
        found = require_words(text)[:MAX_WORDS]
        texts = [text, *(without(text, word) for word in found)]
        self._words = found if len(found) > 1 else []
        self._alone = found if len(found) == 1 else []
        self._vectors: Vectors = encoder.encode_texts(texts if self._words else [text])

    @property
    def vector(self) -> NDArray[np.float32]:
        """The text's vector, float32 ``(dim,)``."""
        whole: NDArray[np.float32] = self._vectors[0]
        return whole

    def score(self, picture: NDArray[np.float32]) -> float:
        """The cosine of the text and a picture's vector."""
        return float(self.vector @ picture)

    def shares(self, picture: NDArray[np.float32]) -> tuple[WordShare, ...]:
        """Return what the score loses without each word; a single word has all of it."""
        score, *others = (self._vectors @ picture).tolist()
        losses = [score - other for other in others] or [score]
        return tuple(
            WordShare(word[0], word.start(), loss)
            for word, loss in zip(self._words or self._alone, losses, strict=True)
        )


def require_words(text: str) -> list[re.Match[str]]:
    """The words of a text, in their order.

    Raises:
        InputError: there are none.

    >>> [word[0] for word in require_words("a dog, running!")]
    ['a', 'dog,', 'running!']
    """
    found = list(_WORD.finditer(text))
    if not found:
        raise InputError(f"There is no word in {text!r}; say what to see in the picture.")
    return found


def without(text: str, word: re.Match[str]) -> str:
    """The text with one word left out."""
    return f"{text[: word.start()]} {text[word.end() :]}".strip()


MAX_PHRASES = 8
"""Phrases of a text that are looked for."""

_LONGEST_ING = 4
_SMALL = (
    "about above across after against along among and are around as at before behind being below "
    "beneath beside between beyond but by down during for from has have holds in inside into is "
    "looks near next of off on onto or out outside over past runs sits stands that through to "
    "towards under up upon was wears were where which while who with within without"
)
_POINTING = "a an the his her its their this these those some there it he she they"
_BETWEEN, _EMPTY = frozenset(_SMALL.split()), frozenset(_POINTING.split())
_CUT = re.compile(r"[,.!?:()\"“”]")


def phrases(text: str) -> list[str]:
    """The phrases of a text, in their order, none twice; the whole text where it has no parts.

    Raises:
        InputError: there is no word in the text.

    >>> phrases("A brown dog running on the beach with a red ball.")
    ['A brown dog', 'the beach', 'a red ball']
    >>> phrases("my dog; the ball")
    ['my dog', 'the ball']
    """
    require_words(text)
    if ";" in text:
        found = [part.strip() for part in text.split(";")]
    else:
        found = [phrase for part in _CUT.split(text) for phrase in _between(part.split())]
    told = [phrase for phrase in found if _says_something(phrase)]
    return list(dict.fromkeys(told))[:MAX_PHRASES] or [text.strip()]


def _between(words: list[str]) -> list[str]:
    """Return the phrases between small words and verbs."""
    found: list[list[str]] = [[]]
    for at, word in enumerate(words):
        if word.lower() in _BETWEEN or (_is_doing(word) and at):
            found.append([])
        else:
            found[-1].append(word)
    return [" ".join(words) for words in found]


def _is_doing(word: str) -> bool:
    return word.lower().endswith("ing") and len(word) > _LONGEST_ING


def _says_something(phrase: str) -> bool:
    return any(re.search(r"\w", word) and word.lower() not in _EMPTY for word in phrase.split())

"""Query: texts and images to find or to avoid, each with a weight.

>>> query = text("a dog on a beach") + 0.5 * like("like.jpg") - text("a leash") - like(3)
>>> print(query)
"a dog on a beach" + 0.5 * like.jpg - "a leash" - #3
>>> len(query.examples), len(query.positive)
(2, 2)
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

from firs.errors import InputError

if TYPE_CHECKING:
    from PIL import Image

Example: TypeAlias = "Path | bytes | Image.Image | int"
"""An image file, its bytes, a Pillow image, or the id of an image in the collection."""

Known: TypeAlias = Mapping[str, NDArray[np.float32]]
"""Name of an encoder → the embedding ``(dim,)`` by it, if it is available already."""


@dataclass(frozen=True, slots=True)
class TextTerm:
    """A description of the images to find.

    Args:
        text: the description.
        known: its embeddings, if they are available already.

    Raises:
        InputError: the text is empty.
    """

    text: str
    known: Known = field(default_factory=dict, compare=False, repr=False)

    def __post_init__(self) -> None:
        if not self.text.strip():
            raise InputError("A text of the query is empty: say what to see in the picture.")

    def __str__(self) -> str:
        return f'"{self.text}"'


@dataclass(frozen=True, slots=True)
class ImageTerm:
    """An image similar to the images to find.

    Args:
        example: the image.
        name: its display name, if it is not a file or an id.
        known: its embeddings, if they are available already.
    """

    example: Example
    name: str = ""
    known: Known = field(default_factory=dict, compare=False, repr=False)

    def __str__(self) -> str:
        if isinstance(self.example, Path):
            return self.name or self.example.name
        return f"#{self.example}" if isinstance(self.example, int) else self.name or "a picture"


@dataclass(frozen=True, slots=True)
class Term:
    """One part of a query; a negative weight lowers the scores of images that match it.

    Raises:
        InputError: the weight is 0 or not finite.
    """

    what: TextTerm | ImageTerm
    weight: float = 1.0

    def __post_init__(self) -> None:
        if not isfinite(self.weight) or self.weight == 0:
            raise InputError(
                f"The weight of {self.what} must be a number other than 0, not {self.weight}; "
                f"leave out what should not count."
            )

    def __str__(self) -> str:
        size = abs(self.weight)
        return str(self.what) if size == 1 else f"{size:g} * {self.what}"


@dataclass(frozen=True, slots=True)
class Query:
    """Any number of terms; made by :func:`text` and :func:`like`, with +, −, × and ÷.

    Raises:
        InputError: there are no terms.
    """

    terms: tuple[Term, ...]

    def __post_init__(self) -> None:
        if not self.terms:
            raise InputError("The query is empty: say what to see in the picture, or show one.")

    @property
    def texts(self) -> tuple[Term, ...]:
        """The text terms."""
        return tuple(term for term in self.terms if isinstance(term.what, TextTerm))

    @property
    def examples(self) -> tuple[Term, ...]:
        """The image terms."""
        return tuple(term for term in self.terms if isinstance(term.what, ImageTerm))

    @property
    def positive(self) -> tuple[Term, ...]:
        """The terms with a positive weight."""
        return tuple(term for term in self.terms if term.weight > 0)

    def require_positive(self) -> None:
        """Check that the query has a positive term.

        Raises:
            InputError: it has only negative terms.
        """
        if not self.positive:
            raise InputError(
                f"The query only says what not to find ({self}); say or show what to find, too."
            )

    def __add__(self, other: "Query") -> "Query":
        return Query((*self.terms, *other.terms)) if isinstance(other, Query) else NotImplemented

    def __sub__(self, other: "Query") -> "Query":
        return self + -other if isinstance(other, Query) else NotImplemented

    def __neg__(self) -> "Query":
        return self * -1

    def __mul__(self, factor: float) -> "Query":
        if not isinstance(factor, int | float):
            return NotImplemented
        return Query(tuple(replace(term, weight=term.weight * factor) for term in self.terms))

    __rmul__ = __mul__

    def __truediv__(self, divisor: float) -> "Query":
        if divisor == 0:
            raise InputError("The weights of a query cannot be divided by 0.")
        return self * (1 / divisor)

    def __str__(self) -> str:
        signs = [(" + " if term.weight > 0 else " - ") + str(term) for term in self.terms]
        return "".join(signs).removeprefix(" + ").strip()


def text(words: str) -> Query:
    """Create a query for a text.

    Raises:
        InputError: the text is empty.
    """
    return Query((Term(TextTerm(words)),))


def like(example: "Example | str", name: str = "") -> Query:
    """Create a query for an example: a file, its bytes, a Pillow image, or an image's id.

    ``name`` is its display name, if it is not a file or an id.
    """
    if isinstance(example, str | Path):
        example = Path(os.path.expanduser(example))  # noqa: PTH111, never raises
    return Query((Term(ImageTerm(example, name)),))

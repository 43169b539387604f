"""The protocol that every way to answer a query keeps."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from firs.encoders import Encoder
from firs.errors import ImageError
from firs.query import ImageTerm, Query, Term, TextTerm
from firs.ranking import Ranking
from firs.search.searcher import EmbeddingSearcher, Vector

if TYPE_CHECKING:
    from PIL import Image


@runtime_checkable
class QueryStrategy(Protocol):
    """A query of several terms → one ranking; its parameters are its fields."""

    def search(self, query: Query, space: EmbeddingSearcher, k: int) -> Ranking:
        """Return the ``k`` images that match the query best; ``parts`` explains their ranks.

        Args:
            query: with two or more terms, at least one of them positive.
            space: the embeddings to search.
            k: number of images; fewer if there are fewer.

        Raises:
            InputError: an id is unknown, ``k`` is below 1, or a required term is missing.
            ImageError: an example cannot be read.
        """


@dataclass(frozen=True, slots=True)
class EncodedTerm:
    """A term of a query with its vector; ``source`` names it in rankings."""

    term: Term
    vector: Vector
    source: str

    @property
    def is_image(self) -> bool:
        """Whether it is a picture and not words."""
        return isinstance(self.term.what, ImageTerm)


def search_term(term: EncodedTerm, space: EmbeddingSearcher, k: int) -> Ranking:
    """The ``k`` images nearest to a term alone.

    Raises:
        InputError: ``k`` is below 1.
    """
    find = space.search_vector if term.is_image else space.search_text
    return find(term.vector, k, term.source)


@dataclass(frozen=True, slots=True)
class Balance:
    """Default weights of the kinds of query terms.

    Args:
        example: weight of a picture relative to a text of weight 1. An example is often only
            roughly similar to the target.
        against: factor of negative terms. Unwanted images are often close to wanted ones, and a
            large negative weight pushes away from both.
    """

    example: float = 0.5
    against: float = 0.25

    def weight(self, encoded: EncodedTerm) -> float:
        """Return the effective weight of a term; negative for a negative term."""
        kind = self.example if encoded.is_image else 1.0
        side = self.against if encoded.term.weight < 0 else 1.0
        return encoded.term.weight * kind * side


def encode_terms(terms: Sequence[Term], space: EmbeddingSearcher) -> list[EncodedTerm]:
    """Return the vectors of query terms, in the same order.

    Raises:
        InputError: an id is unknown.
        ImageError: an example cannot be read; the message names it.
    """
    words = [
        term.what.text
        for term in terms
        if isinstance(term.what, TextTerm) and space.name not in term.what.known
    ]
    texts = iter(space.encoder.encode_texts(words) if words else ())
    return [
        EncodedTerm(term, _of(term.what, space, texts), f"{space.name}: {term.what}")
        for term in terms
    ]


def _of(what: TextTerm | ImageTerm, space: EmbeddingSearcher, texts: Iterator[Vector]) -> Vector:
    if space.name in what.known:
        return what.known[space.name]
    return _of_picture(what, space) if isinstance(what, ImageTerm) else next(texts)


def _of_picture(shown: ImageTerm, space: EmbeddingSearcher) -> Vector:
    example = shown.example
    if isinstance(example, int):
        return space.images.vector(example)
    if isinstance(example, Path | bytes):
        example = _decode(example, shown, space.encoder)
    vector: Vector = space.encoder.encode_images([example])[0]
    return vector


def _decode(source: Path | bytes, shown: ImageTerm, encoder: Encoder) -> "Image.Image":
    from firs.imaging import decode  # a query by text needs no Pillow

    try:
        return decode(source, at_least=encoder.image_size)
    except ImageError as error:
        told = source if isinstance(source, Path) else shown
        raise ImageError(f"{told} cannot be searched with: {error}.") from error

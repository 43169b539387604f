"""Search by a query: its terms are encoded, and a query strategy ranks images by them."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from firs.encoders import Encoder
from firs.errors import ImageError
from firs.query import ImageTerm, Query, Term, TextTerm
from firs.ranking import Ranking
from firs.registry import Registry
from firs.search.searcher import EmbeddingSearcher, Vector

if TYPE_CHECKING:
    from PIL.Image import Image

DEFAULT = "early-fusion"


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


QUERY_STRATEGIES: Registry[Callable[[], QueryStrategy]] = Registry(
    "query strategy",
    {
        "early-fusion": "firs.search.strategies:EarlyFusion",
        "late-fusion": "firs.search.strategies:LateFusion",
        "rerank": "firs.search.strategies:Rerank",
    },
)


def load_strategy(name: str = DEFAULT) -> QueryStrategy:
    """Return the query strategy called ``name``, with default parameters.

    Raises:
        InputError: there is no such strategy.
    """
    return QUERY_STRATEGIES.load(name)()


def search(
    query: Query, searcher: EmbeddingSearcher, k: int = 20, strategy: str | QueryStrategy = DEFAULT
) -> Ranking:
    """Return the ``k`` images that match a query best.

    A query of a single text or picture is searched by its own vector, whatever the strategy.

    Args:
        query: made of :func:`firs.query.text` and :func:`firs.query.like`.
        searcher: the embeddings of one encoder.
        k: number of images; fewer if there are fewer.
        strategy: a name in ``QUERY_STRATEGIES``, or a configured strategy.

    Raises:
        InputError: the query has no positive term, an id is unknown, ``k`` is below 1, or the query
            lacks a term that the strategy needs.
        ImageError: an example cannot be read.

    >>> search(text("a dog on a beach") - text("a leash"), searcher)  # doctest: +SKIP
    """
    query.require_positive()
    if len(query.terms) == 1:
        [term] = encode_terms(query.terms, searcher)
        return search_term(term, searcher, k)
    return (load_strategy(strategy) if isinstance(strategy, str) else strategy).search(
        query, searcher, k
    )


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


def _decode(source: Path | bytes, shown: ImageTerm, encoder: Encoder) -> "Image":
    from firs.imaging import decode

    try:
        return decode(source, at_least=encoder.image_size)
    except ImageError as error:
        name = source if isinstance(source, Path) else shown
        raise ImageError(f"{name} cannot be searched with: {error}.") from error

"""Search by a query: its terms are encoded, and a query strategy ranks images by them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable

from firs.encoders.base import TextReader
from firs.errors import ImageError
from firs.query import ImageTerm, Query, Term, TextTerm
from firs.ranking import Ranking
from firs.registry import Registry
from firs.search.searcher import EmbeddingSearcher, Vector

DEFAULT = "early-fusion"


@runtime_checkable
class QueryStrategy(Protocol):
    """A query of several terms → one ranking; its parameters are its fields."""

    def search(self, query: Query, searcher: EmbeddingSearcher, k: int) -> Ranking:
        """Return the ``k`` images that match the query best; ``parts`` explains their ranks.

        Args:
            query: with two or more terms, at least one of them positive.
            searcher: the embeddings to search.
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

    A query of a single term is searched by its own embedding, whatever the strategy.

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
        return encode_terms(query.terms, searcher)[0].search(searcher, k)
    chosen = load_strategy(strategy) if isinstance(strategy, str) else strategy
    return chosen.search(query, searcher, k)


@dataclass(frozen=True, slots=True)
class EncodedTerm:
    """A term of a query with its embedding; ``source`` names it in rankings."""

    term: Term
    vector: Vector
    source: str

    @property
    def is_image(self) -> bool:
        """Whether the term is an image."""
        return isinstance(self.term.what, ImageTerm)

    def search(self, searcher: EmbeddingSearcher, k: int) -> Ranking:
        """Return the ``k`` images nearest to this term alone.

        Raises:
            InputError: ``k`` is below 1.
        """
        find = searcher.search_vector if self.is_image else searcher.search_text
        return find(self.vector, k, self.source)


@dataclass(frozen=True, slots=True)
class Balance:
    """Default weights of the kinds of query terms.

    Args:
        example: weight of an image relative to a text of weight 1. An example is often only roughly
            similar to the target.
        against: factor of negative terms. Non-matching images are often close to matching ones, and
            a large negative weight pushes away from both.
    """

    example: float = 0.5
    against: float = 0.25

    def weight(self, encoded: EncodedTerm) -> float:
        """Return the effective weight of a term; negative for a negative term."""
        kind = self.example if encoded.is_image else 1.0
        side = self.against if encoded.term.weight < 0 else 1.0
        return encoded.term.weight * kind * side


def encode_terms(terms: Sequence[Term], searcher: EmbeddingSearcher) -> list[EncodedTerm]:
    """Return query terms with their embeddings, in the same order.

    Raises:
        InputError: an id is unknown.
        ImageError: an example cannot be read; the message names it.
    """
    name = searcher.name
    texts = _texts_to_encode(terms, name)
    vectors = iter(searcher.encoder.encode_texts(texts) if texts else ())
    encoded = []
    for term in terms:
        what = term.what
        if name in what.known:
            vector = what.known[name]
        else:
            vector = next(vectors) if isinstance(what, TextTerm) else _encode_image(what, searcher)
        encoded.append(EncodedTerm(term, vector, f"{name}: {what}"))
    return encoded


def _encode_image(term: ImageTerm, searcher: EmbeddingSearcher) -> Vector:
    example = term.example
    if isinstance(example, int):
        return searcher.images.vector(example)
    if isinstance(example, Path | bytes):
        from firs.imaging import decode

        try:
            example = decode(example, at_least=searcher.encoder.image_size)
        except ImageError as error:
            name = example if isinstance(example, Path) else term
            raise ImageError(f"{name} cannot be searched with: {error}.") from error
    vector: Vector = searcher.encoder.encode_images([example])[0]
    return vector


def text_warnings(query: Query, searcher: EmbeddingSearcher) -> tuple[str, ...]:
    """Return what the encoder cannot read in the texts of a query, in sentences."""
    texts = _texts_to_encode(query.terms, searcher.name)
    if not (texts and isinstance(searcher.encoder, TextReader)):
        return ()
    return tuple(warning for text in texts for warning in searcher.encoder.text_warnings(text))


def _texts_to_encode(terms: Sequence[Term], encoder: str) -> list[str]:
    return [
        term.what.text
        for term in terms
        if isinstance(term.what, TextTerm) and encoder not in term.what.known
    ]

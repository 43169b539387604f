"""Search: a query of words and pictures → a ranking, in one of several ways."""

from collections.abc import Callable

from firs.query import Query
from firs.ranking import Ranking
from firs.registry import Registry
from firs.search.base import Answering
from firs.search.encoding import encoded, nearest
from firs.search.space import GivenImages, Space
from firs.search.table import Table

__all__ = [
    "ANSWERINGS",
    "DEFAULT",
    "Answering",
    "GivenImages",
    "Space",
    "Table",
    "answer",
    "open_answering",
]

DEFAULT = "early"

ANSWERINGS: Registry[Callable[[], Answering]] = Registry(
    "way to answer",
    {
        "early": "firs.search.early:Early",
        "late": "firs.search.late:Late",
        "two-phase": "firs.search.two_phase:TwoPhase",
    },
)


def open_answering(name: str = DEFAULT) -> Answering:
    """Open the way to answer called ``name``, with its usual parameters.

    Raises:
        InputError: there is no such way.
    """
    return ANSWERINGS.load(name)()


def answer(query: Query, space: Space, k: int = 20, way: str | Answering = DEFAULT) -> Ranking:
    """Find the ``k`` images that answer a query best.

    A query of a single text or picture is answered by its own vector, whatever the way.

    Args:
        query: made of :func:`firs.query.text` and :func:`firs.query.like`.
        space: what is searched.
        k: how many; fewer where there are fewer.
        way: a name in ``ANSWERINGS``, or one with parameters of your own.

    Raises:
        InputError: the query only says what not to find, an id is unknown, ``k`` is below 1, or
            the way needs what the query lacks.
        ImageError: an example cannot be read.

    >>> answer(text("a dog on a beach") - text("a leash"), space)  # doctest: +SKIP
    """
    query.require_positive()
    if len(query.terms) == 1:
        [term] = encoded(query.terms, space)
        return nearest(term, space, k)
    return (open_answering(way) if isinstance(way, str) else way).answer(query, space, k)

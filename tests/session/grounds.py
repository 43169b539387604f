"""A ground of images that are nowhere but in memory; their ids are 1, 2, …."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from firs.query import Query, Term, TextTerm
from firs.session import Round, Session
from firs.session.context import SearchContext
from tests.feedback.marked import evidence, field


def paths_of(ids: Sequence[int]) -> dict[int, Path]:
    return {id_: Path(f"{id_}.jpg") for id_ in ids}


def ground(count: int = 40, seed: int = 0) -> SearchContext:
    images = field(count, seed)
    told = evidence(images)
    return SearchContext(
        images=images,
        paths=paths_of,
        query=Query((Term(TextTerm("a dog", {"fake": told.query})),)),
        strategy="early-fusion",
        vector=told.query,
        query_scores=told.query_scores,
        encoder="fake",
        fingerprint="fa4e",
        revision=7,
    )


def session(count: int = 40, seed: int = 0) -> Session:
    return Session(ground(count, seed))


def ids(of: Round, count: int = 20) -> list[int]:
    """The first results of a round."""
    found: list[int] = of.context.images.table.ids[of.places(0, count)].tolist()
    return found


def same(one: Session, other: Session) -> None:
    """Both have the same rounds to the last bit, and the same marks."""
    assert len(one.rounds) == len(other.rounds)
    for a, b in zip(one.rounds, other.rounds, strict=True):
        np.testing.assert_array_equal(a.scores, b.scores)
        assert (a.marks, a.method, a.summary, a.shown) == (b.marks, b.method, b.summary, b.shown)
        assert (a.parent and a.parent.number) == (b.parent and b.parent.number)
    assert one.round.number == other.round.number

"""A ground of images that are nowhere but in memory; their ids are 1, 2, …."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from firs.query import Query, Term, Words
from firs.session import Round, Session
from firs.session.ground import Ground
from tests.feedback.marked import evidence, field


def paths_of(ids: Sequence[int]) -> dict[int, Path]:
    return {id_: Path(f"{id_}.jpg") for id_ in ids}


def ground(count: int = 40, seed: int = 0) -> Ground:
    images = field(count, seed)
    told = evidence(images)
    return Ground(
        images=images,
        paths=paths_of,
        query=Query((Term(Words("a dog", {"fake": told.query})),)),
        way="early",
        vector=told.query,
        first=told.first,
        encoder="fake",
        fingerprint="fa4e",
        revision=7,
    )


def session(count: int = 40, seed: int = 0) -> Session:
    return Session(ground(count, seed))


def ids(of: Round, count: int = 20) -> list[int]:
    """The first results of a round."""
    found: list[int] = of.ground.images.table.ids[of.places(0, count)].tolist()
    return found


def same(one: Session, other: Session) -> None:
    """Both have the same rounds to the last bit, and the same marks."""
    assert len(one.rounds) == len(other.rounds)
    for a, b in zip(one.rounds, other.rounds, strict=True):
        np.testing.assert_array_equal(a.scores, b.scores)
        assert (a.marks, a.method, a.told, a.shown) == (b.marks, b.method, b.told, b.shown)
        assert (a.parent and a.parent.number) == (b.parent and b.parent.number)
    assert one.round.number == other.round.number

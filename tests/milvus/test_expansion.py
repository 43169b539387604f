"""A shortlist's expansion is that of all images, as far as these are at hand."""

from collections.abc import Iterator, Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from firs.expansion import Captions, Expansion
from firs.expansion.captions import Balance
from firs.milvus import searcher as module
from firs.milvus.expansions import READ, ExpansionStep, ServerExpansions
from firs.milvus.schema import Row
from firs.milvus.searcher import CachedExpansion
from firs.milvus.server import Hits
from tests.search.far import far
from tests.search.test_shortlist import COUNT, QUERY, space, units

TEXTS = units(COUNT, 21).astype(np.float16)
REFERENCE = units(32, 22).astype(np.float16)
BALANCE = {"weight": 0.7, "slope": 0.4, "offset": 0.1}


class Stored(ServerExpansions):
    """A text for each image, and a move of every third."""

    def __init__(self) -> None:
        self.given = 0
        shifts = units(COUNT, 23) / 20
        self.all = [
            {
                "id": at,
                "act": 1,
                "image": 3 * at,
                "is_move": 0,
                "text": f"text {at}",
                "floor": 0.0,
                "source": "",
            }
            | {"vector": TEXTS[at].astype(np.float32)}
            for at in range(COUNT)
        ] + [
            {
                "id": COUNT + at,
                "act": 2,
                "image": 3 * at,
                "is_move": 1,
                "text": f'["asked {at}"]',
                "source": "",
            }
            | {"vector": shifts[at], "floor": 0.01}
            for at in range(0, COUNT, 3)
        ]

    def state(self, encoder: str) -> str | None:
        return "a"

    def steps(self, encoder: str | None = None, *, fresh: bool = False) -> list[ExpansionStep]:
        return [
            ExpansionStep(number, "fake", kind, {"balance": BALANCE}, REFERENCE, "2026")
            for number, kind in enumerate(("captions", "moves"), start=1)
        ]

    def rows(
        self,
        encoder: str,
        images: Sequence[int] | None = None,
        where: str = "",
        fields: Sequence[str] = READ,
    ) -> Iterator[Row]:
        wanted = None if images is None else set(images)
        for row in self.all:
            if (wanted is None or row["image"] in wanted) and not (where and row["is_move"]):
                self.given += 1
                yield row

    def nearest(self, encoder: str, vectors: NDArray[np.float32], k: int) -> list[Hits]:
        order = np.argsort(-(TEXTS.astype(np.float32) @ vectors[0]))[:k]
        rows = [{"image": 3 * int(at)} for at in order]
        return [Hits(order.astype(np.int64), np.zeros(k, np.float32), rows)]


def of_all() -> Expansion:
    captions = Captions(
        TEXTS.astype(np.float32),
        np.arange(COUNT),
        REFERENCE.astype(np.float32),
        Balance(**BALANCE),
    )
    return Expansion("a", captions, str)


@pytest.mark.parametrize("most", [4_000, 100])
def test_captions_change_scores_as_in_a_complete_collection(
    most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "CACHED", most)
    kept, away = Stored(), far(space(), shortlist=40, sample=COUNT if most > COUNT else 200)
    at_hand = away.shortlist_for(QUERY)
    found = CachedExpansion(kept).of(at_hand, away.matrix)
    assert found is not None
    assert found.captions is not None
    here = space().raw_scores(QUERY[0])
    expected = of_all().captions.score_changes(QUERY, here[np.newaxis])[0]  # type: ignore[union-attr]
    added = found.captions.score_changes(QUERY, at_hand.raw_scores(QUERY[0])[np.newaxis])[0]
    owners = at_hand.matrix.ids[found.captions.places] // 3
    np.testing.assert_allclose(added, expected[owners], atol=1e-5 if most > COUNT else 0.02)
    assert found.caption_text(0) == f"text {owners[0]}"


def test_moves_of_images_in_memory_are_known_with_their_queries() -> None:
    kept, away = Stored(), far(space(), shortlist=40, sample=100)
    at_hand = away.shortlist_for(QUERY)
    found = CachedExpansion(kept).of(at_hand, away.matrix)
    assert found is not None
    assert found.moves is not None
    moved = at_hand.matrix.ids[found.moves.places]
    assert moved.tolist() == [id_ for id_ in at_hand.matrix.ids.tolist() if id_ % 9 == 0]
    assert found.move_texts(0) == (f"asked {moved[0] // 3}",)


def test_for_the_sample_alone_the_expansion_is_empty() -> None:
    kept, away = Stored(), far(space(), shortlist=40, sample=100)
    found = CachedExpansion(kept).of(away, away.matrix)
    assert found == Expansion("a", found.captions, found.caption_text, None, found.move_texts)  # type: ignore[union-attr]
    assert kept.given == 0


def test_cached_rows_are_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    kept, away = Stored(), far(space(), shortlist=40, sample=100)
    held = CachedExpansion(kept)
    for _ in range(3):
        held.of(away.shortlist_for(QUERY), away.matrix)
    assert kept.given == len(kept.all)


def test_images_are_found_by_their_texts() -> None:
    found = CachedExpansion(Stored()).images_near("fake", QUERY)
    best = 3 * int(np.argmax(TEXTS.astype(np.float32) @ QUERY[0]))
    assert best in found.tolist()
    assert len(found) == module.NEAREST

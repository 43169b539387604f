"""Rankings on a server are those of the same collection in a folder.

Both have the same ids, so that equal scores are in the same order. A shortlist and a sample hold
all of these images, so that only rounding differs. ``tests/distributed/test_milvus_rankings.py``
runs these on a real server with real photos.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from PIL import Image, ImageColor

from firs.collection import Collection
from firs.filters import Filter
from firs.migration import migrate
from firs.query import Query, like, text
from firs.ranking import Ranking
from firs.session import Session
from tests.collection.conftest import COLOURS
from tests.fakes import FakeEncoder, other
from tests.milvus.fake_client import installed
from tests.milvus.fake_server import FakeMilvus

COUNT = 100
NOUNS = ("wall", "sea", "coat", "hat", "door")


class Both(NamedTuple):
    """A collection in a folder, the same on a server, and captions to search for."""

    here: Collection
    there: Collection
    captions: list[str]


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Both]:
    folder = tmp_path_factory.mktemp("rankings") / "photos"
    captions = draw(folder)
    milvus = FakeMilvus()
    with installed(milvus), Collection(folder / ".firs", FakeEncoder()) as here:
        here.add(folder, captions=captions)
        here.index.choose("exact(dtype=float32)")
        here.tag(list(range(1, COUNT, 7)), "sevenths")
        migrate(here.path, milvus.url("rankings"))
        with Collection(milvus.url("rankings"), FakeEncoder(), create=False) as there:
            yield Both(here, there, [each.captions[1] for each in here][::10])


def draw(folder: Path) -> dict[str, list[str]]:
    """Draw pictures of four by four squares of two colours; return captions that name these."""
    folder.mkdir()
    chance = np.random.default_rng(0)
    captions = {}
    for number in range(COUNT):
        pair = [COLOURS[at] for at in chance.choice(len(COLOURS), 2, replace=False)]
        plain = np.array([ImageColor.getrgb(pair[at]) for at in chance.integers(0, 2, 16)])
        squares = (0.7 * plain + 0.3 * chance.integers(0, 256, (16, 3))).astype(np.uint8)
        name = f"{number:03}.png"
        image = Image.fromarray(squares.reshape(4, 4, 3))
        image.resize((40, 40), Image.Resampling.NEAREST).save(folder / name)
        captions[name] = [f"a {colour} {chance.choice(NOUNS)} {number}" for colour in pair]
    return captions


def is_same(one: Ranking, other: Ranking, within: float = 1e-5) -> bool:
    """Whether both have the same images in the same order, but for those with equal scores."""
    np.testing.assert_allclose(one.scores, other.scores, atol=within)
    moved = np.flatnonzero(one.ids != other.ids)
    by_id = dict(zip(one.ids.tolist(), one.scores.tolist(), strict=True))
    return all(
        abs(by_id.get(id_, one.scores[-1]) - other.scores[at]) <= within
        for at, id_ in zip(moved.tolist(), other.ids[moved].tolist(), strict=True)
    )


def test_flat_ranks_as_a_folder_does(both: Both) -> None:
    assert both.there.index.kind() == "flat"
    for caption in both.captions:
        one, other = (each.search(caption, k=100) for each in both[:2])
        assert is_same(one, other, 1e-6)
        assert one.paths == other.paths
    one, other = (each.search(image=17, k=len(both.here)) for each in both[:2])
    assert len(one) == len(other) == len(both.here)
    assert is_same(one, other, 1e-6)


@pytest.mark.parametrize("way", ["early-fusion", "late-fusion", "rerank"])
def test_queries_of_several_terms(both: Both, way: str) -> None:
    queries: list[Query] = [
        text(caption) + like(9 * at + 5) for at, caption in enumerate(both.captions[:10])
    ]
    queries += [] if way == "rerank" else [text("a black dog on a beach") - text("a red leash")]
    for query in queries:
        one, other = (each.search(query, k=30, strategy=way) for each in both[:2])
        assert is_same(one, other, 1e-4)


def test_near_duplicates_in_one_place_and_a_varied_page(both: Both) -> None:
    for caption in both.captions[:10]:
        one, other = (each.search(caption, dedupe=0.9, diversify=True) for each in both[:2])
        assert is_same(one, other, 1e-4)
        assert one.duplicates.keys() == other.duplicates.keys()


def test_filters(both: Both) -> None:
    folder = next(iter(both.here)).path.parent
    sizes = sorted(each.bytes for each in both.here)
    low, high = sizes[len(sizes) // 4], sizes[3 * len(sizes) // 4]
    filters = [
        Filter(tags="sevenths"),
        Filter(larger=low, smaller=high),
        Filter(larger=low, tags="sevenths"),
        Filter(within=f"{folder}/*1*"),
        Filter(within=f"{folder}/**", larger=high),
        Filter(within=(str(next(iter(both.here)).path), f"{folder}/0*"), tags="sevenths"),
        Filter(within=f"{folder}_other"),
    ]
    for where in filters:
        passing = both.here.filter_ids(where)
        np.testing.assert_array_equal(both.there.filter_ids(where), passing)
        for caption in both.captions[:3]:
            one, other = (each.search(caption, where=where) for each in both[:2])
            assert is_same(one, other, 1e-6)


def test_several_encoders_fused(both: Both) -> None:
    second = other()
    [first] = (each.name for each in both.here.info().encoders)
    chance = np.random.default_rng(0)
    given = {each.path: chance.standard_normal(second.dim).astype(np.float32) for each in both.here}
    for each in both[:2]:
        each.import_vectors(second, given)
    try:
        for fusion in ("rrf", "combsum(norm=z-score)"):
            one, two = (
                each.search("red", encoder=[first, second], fusion=fusion, k=30)
                for each in both[:2]
            )
            assert is_same(one, two, 1e-3)
            assert {part.ranking.source for part in one.parts} == {
                part.ranking.source for part in two.parts
            }
    finally:
        for each in both[:2]:
            each.forget_vectors(second.name)


def test_calibrated_by_the_same_texts_it_ranks_the_same(both: Both) -> None:
    for each in both[:2]:
        each.calibration.fit("everyday")
    try:
        for caption in both.captions[:10]:
            one, other = (each.search(caption, k=30) for each in both[:2])
            assert is_same(one, other, 1e-4)
        where = Filter(tags="sevenths")
        one, other = (each.search(both.captions[0], where=where) for each in both[:2])
        assert is_same(one, other, 1e-4)
    finally:
        for each in both[:2]:
            each.calibration.forget()


def test_expanded_by_captions_it_ranks_the_same(both: Both) -> None:
    for each in both[:2]:
        each.expansion.add(max_per_image=1)
    try:
        for caption in both.captions[:10]:
            one, other = (each.search(caption, k=30) for each in both[:2])
            assert is_same(one, other, 1e-4)
        sessions = [Session.start(each, both.captions[0]) for each in both[:2]]
        through = [[result.matched_via for result in each.round.results(0, 5)] for each in sessions]
        assert [[by.texts for by in each] for each in through[0]] == [
            [by.texts for by in each] for each in through[1]
        ]
    finally:
        for each in both[:2]:
            each.expansion.undo()
    one, other = (each.search(both.captions[0], k=30) for each in both[:2])
    assert is_same(one, other, 1e-6)


@pytest.mark.parametrize("method", ["auto", "rocchio", "bayes", "pseudo"])
def test_sessions_with_feedback(both: Both, method: str) -> None:
    shares = []
    for caption in both.captions[:2]:
        pages = []
        for each in both[:2]:
            session = Session.start(each, caption)
            for _ in range(2):
                shown = [result.hit.id for result in session.round.results()]
                session.mark(relevant=sorted(shown)[:2], irrelevant=sorted(shown)[-1:])
                session.next(method, shown=20)
            pages.append({result.hit.id for result in session.round.results()})
        shares.append(len(pages[0] & pages[1]) / 20)
    assert np.mean(shares) >= 0.95


def test_a_session_is_opened_again_and_replayed_as_it_was(both: Both) -> None:
    session = Session.start(both.there, both.captions[3])
    shown = [result.hit.id for result in session.round.results()]
    session.mark(relevant=shown[:2], irrelevant=shown[5:6])
    session.next()
    session.accept("a dog")
    session.undo()
    session.next("bayes")
    pages = [[result.hit.id for result in each.results()] for each in session.rounds]
    for again in (
        Session.open(both.there, session.id),
        Session.replay(both.there, session.to_json()),
    ):
        assert [[result.hit.id for result in each.results()] for each in again.rounds] == pages
        assert again.warnings == ()

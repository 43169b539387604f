"""Rankings of real photos on a server are those of the same collection in a folder.

Both have the same ids, so that equal scores stand in the same order. A shortlist of 1,000 and a
sample of 2,000 hold all of these 1,040 photos, so that what differs is rounding alone; how far a
shorter one leads is in ``tests/session/test_widening.py``.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from firs.collection import Collection
from firs.filter import Filter
from firs.query import Query, like, text
from firs.ranking import Ranking
from firs.session import Session
from firs.session.meaning import meaning_of
from tests.distributed.both import photos_of, put
from tests.distributed.milvus import MilvusServer
from tests.fakes import FakeEncoder

pytestmark = pytest.mark.distributed

COUNT = 1_040
"""Milvus builds no index over fewer than 1,024."""


class Both(NamedTuple):
    here: Collection
    there: Collection
    asked: list[str]


@pytest.fixture(scope="module")
def both(
    shared_data: Path, milvus: MilvusServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Both]:
    folder = photos_of(shared_data, tmp_path_factory.mktemp("rankings") / "photos", COUNT)
    url = milvus.url("rankings")
    with Collection(folder / ".firs", "mini", dtype="float16") as here:
        here.add(folder)
        here.index.choose("exact-float32")
        tagged = list(range(1, COUNT, 7))
        here.tag(tagged, "sevenths")
        put(here, url)
        with Collection(url, "mini") as there:
            captions = [each.captions[1] for each in here]
            yield Both(here, there, captions[::25])


def same(one: Ranking, other: Ranking, within: float = 1e-5) -> bool:
    """The same images in the same order, but for those whose scores are equal."""
    np.testing.assert_allclose(one.scores, other.scores, atol=within)
    moved = np.flatnonzero(one.ids != other.ids)
    by_id = dict(zip(one.ids.tolist(), one.scores.tolist(), strict=True))
    return all(
        abs(by_id.get(id_, one.scores[-1]) - other.scores[at]) <= within
        for at, id_ in zip(moved.tolist(), other.ids[moved].tolist(), strict=True)
    )


def overlap(both: Both, caption: str, where: Filter | None = None) -> float:
    """The share of the folder's best ten that the server has among its own."""
    one, other = (each.search(caption, k=10, where=where) for each in both[:2])
    return float(np.isin(one.ids, other.ids).mean())


def test_flat_ranks_as_a_folder_does(both: Both) -> None:
    assert both.there.index.kind() == "flat"
    for caption in both.asked:
        one, other = (each.search(caption, k=100) for each in both[:2])
        assert same(one, other, 1e-6)
        assert one.paths == other.paths
    one, other = (each.search(image=17, k=COUNT) for each in both[:2])
    assert len(one) == len(other) == COUNT
    assert same(one, other, 1e-6)


@pytest.mark.parametrize("way", ["early", "late", "two-phase"])
def test_queries_of_several_terms(both: Both, way: str) -> None:
    queries: list[Query] = [
        text(caption) + like(9 * at + 5) for at, caption in enumerate(both.asked[:10])
    ]
    queries += [] if way == "two-phase" else [text("a dog on a beach") - text("a leash")]
    for query in queries:
        one, other = (each.search(query, k=30, strategy=way) for each in both[:2])
        assert same(one, other, 1e-4)


def test_near_duplicates_in_one_place_and_a_varied_page(both: Both) -> None:
    for caption in both.asked[:10]:
        one, other = (each.search(caption, dedupe=0.9, diversify=True) for each in both[:2])
        assert same(one, other, 1e-4)
        assert one.duplicates.keys() == other.duplicates.keys()


def test_filters(both: Both) -> None:
    some = next(iter(both.here)).path
    filters = [
        Filter(tags="sevenths"),
        Filter(larger=15_000, smaller=25_000),
        Filter(larger=15_000, tags="sevenths"),
        Filter(before=datetime(2001, 1, 1, tzinfo=UTC)),
        Filter(within=f"{some.parent}/1*.jpg"),
        Filter(within=f"{some.parent}/**", larger=20_000),
        Filter(within=(str(some), f"{some.parent}/2*"), tags="sevenths"),
        Filter(within=f"{some.parent}_other"),
    ]
    for where in filters:
        passing = both.here.filter_ids(where)
        np.testing.assert_array_equal(both.there.filter_ids(where), passing)
        for caption in both.asked[:3]:
            one, other = (each.search(caption, where=where) for each in both[:2])
            assert same(one, other, 1e-6)


def test_several_encoders_fused(both: Both) -> None:
    fake = FakeEncoder()
    rng = np.random.default_rng(0)
    given = {each.path: rng.standard_normal(fake.dim).astype(np.float32) for each in both.here}
    for each in both[:2]:
        each.put_vectors(fake, given)
    try:
        for fusion in ("rrf", "combsum-z-score"):
            one, other = (
                each.search("red", encoder=["mini", fake], fusion=fusion, k=30) for each in both[:2]
            )
            assert same(one, other, 1e-3)
            assert {part.ranking.source for part in one.parts} == {
                part.ranking.source for part in other.parts
            }
    finally:
        for each in both[:2]:
            each.forget_vectors(fake.name)


def test_calibrated_by_the_same_texts_it_ranks_the_same(both: Both) -> None:
    for each in both[:2]:
        each.calibrate("everyday")
    try:
        for caption in both.asked[:10]:
            one, other = (each.search(caption, k=30) for each in both[:2])
            assert same(one, other, 1e-4)
        where = Filter(tags="sevenths")
        one, other = (each.search(both.asked[0], where=where) for each in both[:2])
        assert same(one, other, 1e-4)
        mine, theirs = (meaning_of(each, text(both.asked[1])) for each in both[:2])
        assert mine is not None
        assert theirs is not None
        best = one.ids[0]
        assert theirs.probabilities[best] == pytest.approx(mine.probabilities[best], rel=0.05)
    finally:
        for each in both[:2]:
            each.forget_calibration()


def test_calibrated_by_captions_of_which_each_draws_its_own(both: Both) -> None:
    made = [each.calibrate() for each in both[:2]]
    try:
        meant = [record.meaning for record in made]
        assert all(each is not None and each.caption_support is not None for each in meant)
        sharpness = [each.logit_scale for each in meant if each is not None]
        assert sharpness[0] == pytest.approx(sharpness[1], rel=0.1)
        shares = [overlap(both, caption) for caption in both.asked]
        assert np.mean(shares) >= 0.93
    finally:
        for each in both[:2]:
            each.forget_calibration()


def test_expanded_by_captions_it_ranks_the_same(both: Both) -> None:
    for each in both[:2]:
        each.expand(max_per_image=1)
    try:
        for caption in both.asked[:10]:
            one, other = (each.search(caption, k=30) for each in both[:2])
            assert same(one, other, 1e-4)
        sessions = [Session.start(each, both.asked[0]) for each in both[:2]]
        told = [[result.matched_via for result in each.round.results(0, 5)] for each in sessions]
        assert [[by.texts for by in each] for each in told[0]] == [
            [by.texts for by in each] for each in told[1]
        ]
    finally:
        for each in both[:2]:
            each.undo_expansion()
    one, other = (each.search(both.asked[0], k=30) for each in both[:2])
    assert same(one, other, 1e-6)


@pytest.mark.parametrize("method", ["auto", "rocchio", "bayes", "pseudo"])
def test_sessions_with_feedback(both: Both, method: str) -> None:
    shares = []
    for caption in both.asked[:2]:
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
    session = Session.start(both.there, both.asked[3])
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


@pytest.mark.parametrize(("kind", "least"), [("hnsw", 0.95), ("bin-flat", 0.98), ("bin-ivf", 0.98)])
def test_other_kinds_find_nearly_all_of_the_best_ten(both: Both, kind: str, least: float) -> None:
    """The last of this file: an index takes seconds to exchange, and is left as it is."""
    both.there.index.choose(kind)
    assert both.there.index.kind() == kind
    assert np.mean([overlap(both, caption) for caption in both.asked]) >= least
    certificate = both.there.index.verify()
    assert certificate == both.there.index.certificate()
    assert (certificate.kind, certificate.entries) == (kind, COUNT)
    assert all(each["10"].share >= least for each in certificate.recall.values())
    assert overlap(both, both.asked[0], Filter(tags="sevenths")) >= 0.9

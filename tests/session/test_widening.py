"""Sessions where never all images are at hand."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from firs.errors import InputError
from firs.feedback import FEEDBACKS
from firs.index.exact import ExactFloat32Index
from firs.query import ImageTerm, Query, Term, TextTerm
from firs.search import EmbeddingMatrix, EmbeddingSearcher, InMemoryImages
from firs.session import Session
from firs.session.context import build_search_context, pad_scores
from firs.session.events import Pushed, Refine, to_base64
from tests.fakes import FakeEncoder
from tests.feedback.marked import units
from tests.search.far import far
from tests.session.grounds import ids, paths_of, same

COUNT, DIM = 900, 16
MARKING = [name for name in FEEDBACKS if name != "none"]


def space() -> EmbeddingSearcher:
    """Images in 30 groups; the ids are 1, 2, …."""
    middles = units(30, DIM, seed=3)[np.arange(COUNT) % 30]
    vectors = middles + 0.12 * np.random.default_rng(4).standard_normal((COUNT, DIM))
    vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    numbers = np.arange(1, COUNT + 1)
    images = InMemoryImages(
        EmbeddingMatrix(numbers, vectors), lambda asked: [Path(str(id_)) for id_ in asked]
    )
    index = ExactFloat32Index.build(numbers, vectors)
    return EmbeddingSearcher("fake", FakeEncoder, index, images)


def asked(at: int = 7) -> Query:
    """Words that lie between two groups."""
    vector = units(30, DIM, seed=3)[[at % 30, (at + 11) % 30]].sum(axis=0)
    return Query((Term(TextTerm("a dog", {"fake": vector / np.linalg.norm(vector)})),))


def begun(of: EmbeddingSearcher, query: Query | None = None, way: str = "early-fusion") -> Session:
    return Session(build_search_context(query or asked(), of, paths_of, way))


def tried(session: Session, method: str) -> Session:
    """Three rounds, a branch of them, and one taken back."""
    shown = ids(session.round)
    session.mark(relevant=shown[2:4], irrelevant=shown[:1])
    session.next(method, shown=20)
    session.mark(relevant=ids(session.round)[5:6], found=ids(session.round)[9])
    session.next(method, shown=20, again=False)
    session.go(1)
    session.mark(irrelevant=ids(session.round)[3:4])
    session.next(method)
    session.undo()
    session.next("rocchio", strength=2)
    return session


@pytest.mark.parametrize("method", MARKING)
@pytest.mark.parametrize("way", ["early-fusion", "late-fusion"])
def test_a_shortlist_of_all_gives_the_same_rounds(method: str, way: str) -> None:
    query = asked() + Query((Term(ImageTerm(30), -0.5),)) if way == "late-fusion" else asked()
    here = tried(begun(_with_centre(space()), query, way), method)
    away = tried(begun(_with_centre(far(space(), shortlist=COUNT)), query, way), method)
    same(here, away)


@pytest.mark.parametrize("method", ["auto", "rocchio", "bayes", "classifier"])
def test_a_shorter_one_finds_nearly_the_same(method: str) -> None:
    alike = []
    for at in range(6):
        here, away = begun(space(), asked(at)), begun(far(space(), 60, 200), asked(at))
        assert ids(here.round) == ids(away.round)
        shown = ids(here.round)
        for session in (here, away):
            session.mark(relevant=[shown[3], shown[8]], irrelevant=[shown[0]])
            session.next(method, shown=20)
        alike.append(len(set(ids(here.round)) & set(ids(away.round))) / 20)
    assert np.mean(alike) >= 0.9


def test_a_tick_draws_in_what_is_like_it_though_it_is_far_from_the_query() -> None:
    session = begun(far(space(), shortlist=20, sample=20))
    group = list(range(16, COUNT, 30))
    before = len(session.round)
    session.mark(relevant=group[:4])
    session.next("rocchio", strength=5)
    assert len(session.round) > before
    assert len(set(ids(session.round)) & set(group)) >= 15


def test_rounds_that_were_keep_what_they_were() -> None:
    session = begun(far(space(), shortlist=20, sample=20))
    first, shown = session.round.scores.copy(), ids(session.round)
    session.mark(relevant=[16, 46])
    session.next("rocchio")
    np.testing.assert_array_equal(session.rounds[0].scores, first)
    assert ids(session.rounds[0]) == shown
    results = session.round.results(0, len(session.round))
    known = set(session.rounds[0].context.images.table.ids.tolist())
    assert {each.hit.id for each in results if each.previous_rank is None} == {
        each.hit.id for each in results if each.hit.id not in known
    }


def test_an_image_out_of_sight_can_be_marked_and_one_that_is_nowhere_cannot() -> None:
    session = begun(far(space(), shortlist=5, sample=5))
    unseen = next(
        id_ for id_ in range(1, COUNT) if not session.round.context.images.table.filter_known([id_])
    )
    assert session.mark(relevant=[unseen]).relevant == (unseen,)
    assert session.round.rank(unseen) is None
    session.next()
    assert session.round.rank(unseen) is not None
    with pytest.raises(InputError, match="no image with the id 5000 "):
        session.mark(relevant=[5000])


def test_done_again_it_comes_out_the_same() -> None:
    session = tried(begun(far(space(), shortlist=30, sample=50)), "auto")
    again = Session(
        build_search_context(asked(), far(space(), shortlist=30, sample=50), paths_of),
        events=session._history.events,
    )
    again.go(session.round.number)
    same(session, again)


def test_a_branch_has_the_rounds_that_led_to_it() -> None:
    session = tried(begun(far(space(), shortlist=30, sample=50)), "bayes")
    branch = session.branch()
    path = session.round.path
    assert len(branch.rounds) == len(path)
    for one, other in zip(path, branch.rounds, strict=True):
        np.testing.assert_array_equal(one.scores, other.scores)


def test_rounds_of_two_branches_are_compared_by_their_images() -> None:
    session = begun(far(space(), shortlist=20, sample=20))
    for group in (16, 20):
        session.go(0)
        session.mark(relevant=[group], clear=session.round.marks.relevant)
        session.next("rocchio", strength=4)
    compared = session.compare(1, 2, k=30)
    one, other = (ids(session.rounds[at], 30) for at in (1, 2))
    assert {each.id for each in compared.came} == set(other) - set(one)
    assert {each.id for each in compared.left} == set(one) - set(other)


def test_added_words_draw_in_what_they_are_near_to() -> None:
    session = begun(far(space(), shortlist=20, sample=20))
    added = Pushed("grass", 1.0, to_base64(units(30, DIM, seed=3)[15]))
    session._do(Refine(0, "a dog, grass", (added,), 3.0, "typed", 20, True))
    session.mark(relevant=ids(session.round)[:2])
    session.next()
    group = set(range(16, COUNT, 30))
    assert len(set(ids(session.rounds[1], 30)) & group) >= 15


def test_what_came_since_ties_for_the_last_place() -> None:
    scores = np.array([0.5, -np.inf, 0.25], dtype=np.float32)
    assert pad_scores(scores, 3) is scores
    assert pad_scores(scores, 5).tolist() == [0.5, -np.inf, 0.25, 0.25, 0.25]
    assert pad_scores(scores[1:2], 2).tolist() == [-np.inf, -np.inf]


def _with_centre(of: EmbeddingSearcher) -> EmbeddingSearcher:
    return replace(of, known_text_mean=units(1, DIM, seed=8)[0] / 2)

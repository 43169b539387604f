from dataclasses import replace

import numpy as np
import pytest

from firs.errors import InputError
from firs.evaluation.evaluation_set import evaluation_set_from_vectors
from firs.evaluation.measures import Relevant
from firs.evaluation.users import (
    USERS,
    KnownItemUser,
    Marks,
    NoFeedbackUser,
    NoisyUser,
    PseudoUser,
    RandomUser,
    RejectTopUser,
    TruthfulUser,
    image_similarity,
    make_user,
)
from tests.evaluation.evaluation_sets import small_dataset, small_evaluation_set

SHOWN = np.array([7, 3, 9, 1])


def test_pseudo_takes_the_ends() -> None:
    assert PseudoUser(2).mark(0, SHOWN) == Marks(relevant=(7, 3), irrelevant=(1, 9))


def test_truthful_ticks_what_is_relevant() -> None:
    user = TruthfulUser(Relevant.lists([[0], [3, 1, 5]]), most=2)
    assert user.mark(1, SHOWN) == Marks(relevant=(3, 1), irrelevant=(7, 9))
    assert user.mark(0, SHOWN) == Marks(irrelevant=(7, 3))


def test_a_known_item_is_accepted_when_it_is_shown() -> None:
    user = KnownItemUser(np.array([4, 9]), lambda target: np.arange(20, dtype=np.float32))
    assert user.mark(1, SHOWN) == Marks(found=9)


def test_otherwise_the_most_similar_image_is_ticked() -> None:
    like = np.zeros(20, dtype=np.float32)
    like[[3, 15]] = 0.5, 0.9
    user = KnownItemUser(np.array([4]), lambda target: like)
    assert user.mark(0, SHOWN) == Marks(relevant=(3,))


def test_a_random_tick_is_an_image_shown_and_deterministic() -> None:
    user = RandomUser(np.array([4, 9]), seed=1)
    assert user.mark(1, SHOWN) == Marks(found=9)
    (pick,) = user.mark(0, SHOWN).relevant
    assert pick in SHOWN
    assert user.mark(0, SHOWN) == Marks(relevant=(pick,))


def test_a_rejected_page_has_no_mark() -> None:
    user = RejectTopUser(np.array([4, 9]))
    assert user.mark(0, SHOWN) == Marks()
    assert user.mark(1, SHOWN) == Marks(found=9)


def test_a_silent_user_accepts_nothing() -> None:
    assert NoFeedbackUser().mark(0, SHOWN) == Marks()


@pytest.mark.parametrize("kind", USERS)
def test_an_empty_page_is_not_marked(kind: str) -> None:
    user = make_user(kind, small_evaluation_set(), most=2, noise=0, seed=0)
    assert user.mark(0, np.empty(0, dtype=np.int64)) == Marks()


def test_noise_repeats_and_grows() -> None:
    answers = Relevant.lists([[int(n)] for n in range(200)])
    pages = [np.roll(np.arange(200), -n)[:10] for n in range(200)]
    for noise, slips in ((0.0, 0), (0.2, 40), (1.0, 180)):
        user = NoisyUser(TruthfulUser(answers, most=1), noise, seed=3)
        marks = [user.mark(query, page) for query, page in enumerate(pages)]
        assert marks == [user.mark(query, page) for query, page in enumerate(pages)]
        wrong = sum(mark.relevant != (query,) for query, mark in enumerate(marks))
        assert wrong == pytest.approx(slips, abs=20)


def test_no_image_is_marked_as_both() -> None:
    user = NoisyUser(PseudoUser(2), 1.0, seed=0)
    for query in range(50):
        marks = user.mark(query, SHOWN)
        assert not set(marks.relevant) & set(marks.irrelevant)
        assert set(marks.relevant) | set(marks.irrelevant) <= set(SHOWN.tolist())


def test_a_find_may_be_overlooked() -> None:
    user = NoisyUser(KnownItemUser(np.array([9]), lambda target: np.zeros(20, np.float32)), 1, 0)
    assert user.mark(0, SHOWN) == Marks()


def test_users_by_name() -> None:
    evaluation_set = small_evaluation_set()
    kinds = [
        make_user(kind, evaluation_set, most=2, noise=0, seed=0)
        for kind in ("known-item", "truthful")
    ]
    assert [type(user) for user in kinds] == [KnownItemUser, TruthfulUser]
    assert isinstance(make_user("pseudo", evaluation_set, most=2, noise=0.1, seed=0), NoisyUser)
    assert (
        make_user("known-item", evaluation_set, most=1, noise=0, seed=0).mark(6, SHOWN).found
        is None
    )
    assert (
        make_user("known-item", evaluation_set, most=1, noise=0, seed=0).mark(9, SHOWN).found == 3
    )


def test_similarity_is_by_captions_where_most_images_have_some() -> None:
    evaluation_set = small_evaluation_set()
    assert image_similarity(evaluation_set)(0)[1:10].max() > 0, (
        "0 and 1 to 9 share the word for the place"
    )
    dataset = small_dataset()
    plain = replace(dataset, captions=dataset.captions[:3], owners=dataset.owners[:3])
    some = evaluation_set_from_vectors(plain, np.arange(3))
    np.testing.assert_array_equal(image_similarity(some)(7), some.images @ some.images[7])


def test_oracle_embeddings_have_priority() -> None:
    oracle = np.eye(60, dtype=np.float32)
    assert (
        image_similarity(replace(small_evaluation_set(), oracle_embeddings=oracle))(7).tolist()
        == oracle[7].tolist()
    )


@pytest.mark.parametrize(
    ("kind", "most", "noise"), [("me", 1, 0), ("pseudo", 0, 0), ("pseudo", 1, 2)]
)
def test_invalid_users_are_rejected(kind: str, most: int, noise: float) -> None:
    with pytest.raises(InputError, match=r"no user called 'me'|noise from 0 to 1"):
        make_user(kind, small_evaluation_set(), most=most, noise=noise, seed=0)

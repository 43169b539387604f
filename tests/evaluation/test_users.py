from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from firs.errors import InputError
from firs.evaluation.evaluation_set import evaluation_set_from_vectors
from firs.evaluation.measures import Relevant
from firs.evaluation.users import (
    USERS,
    ErringUser,
    KnownItemUser,
    Marks,
    NoFeedbackUser,
    PseudoUser,
    RandomUser,
    RejectTopUser,
    TruthfulUser,
    UserSettings,
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


def known_item(*similarities: float, **settings: Any) -> Marks:
    """Marks of a user on the images 0, 1, …, which have these similarities to the target."""
    like = np.array([*similarities, 1], dtype=np.float32)
    user = KnownItemUser(np.array([len(similarities)]), lambda _: like, UserSettings(**settings))
    return user.mark(0, np.arange(len(similarities)))


def test_images_within_a_margin_of_the_best_are_ticked() -> None:
    assert known_item(0.5, 0.9, 0.85, 0.8, margin=0.06).relevant == (1, 2)
    assert known_item(0.5, 0.9, 0.85, 0.8, margin=0.5, most=3).relevant == (1, 2, 3)
    assert known_item(0.5, 0.9, 0.85, 0.8, most=3).relevant == (1,)


def test_the_least_similar_images_are_crossed() -> None:
    assert known_item(0.5, 0.9, 0.1, 0.8, crosses=2) == Marks((1,), (2, 0))
    assert known_item(0.5, crosses=2) == Marks((0,)), "a ticked image is not crossed"


def test_noisy_judgements_are_deterministic_and_mostly_right() -> None:
    like = np.linspace(0, 1, 50, dtype=np.float32)
    user = KnownItemUser(np.zeros(200, dtype=int), lambda _: like, UserSettings(noise=0.1))
    pages = np.random.default_rng(0).permuted(np.tile(np.arange(1, 50), (200, 1)), axis=1)[:, :9]
    picks = [user.mark(query, page).relevant[0] for query, page in enumerate(pages)]
    assert picks == [user.mark(query, page).relevant[0] for query, page in enumerate(pages)]
    right = np.mean(np.array(picks) == pages.max(axis=1))
    assert 0.3 < right < 0.9


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
    user = make_user(kind, small_evaluation_set(), UserSettings())
    assert user.mark(0, np.empty(0, dtype=np.int64)) == Marks()


def test_errors_repeat_and_grow() -> None:
    answers = Relevant.lists([[int(n)] for n in range(200)])
    pages = [np.roll(np.arange(200), -n)[:10] for n in range(200)]
    for errors, slips in ((0.0, 0), (0.2, 40), (1.0, 180)):
        user = ErringUser(TruthfulUser(answers, most=1), errors, seed=3)
        marks = [user.mark(query, page) for query, page in enumerate(pages)]
        assert marks == [user.mark(query, page) for query, page in enumerate(pages)]
        wrong = sum(mark.relevant != (query,) for query, mark in enumerate(marks))
        assert wrong == pytest.approx(slips, abs=20)


def test_no_image_is_marked_as_both() -> None:
    user = ErringUser(PseudoUser(2), 1.0, seed=0)
    for query in range(50):
        marks = user.mark(query, SHOWN)
        assert not set(marks.relevant) & set(marks.irrelevant)
        assert set(marks.relevant) | set(marks.irrelevant) <= set(SHOWN.tolist())


def test_errors_do_not_overlook_the_target() -> None:
    user = ErringUser(KnownItemUser(np.array([9]), lambda _: np.zeros(20, np.float32)), 1, 0)
    assert user.mark(0, SHOWN) == Marks(found=9)


def test_users_by_name() -> None:
    evaluation_set = small_evaluation_set()
    truthful, known = (
        make_user(kind, evaluation_set, UserSettings()) for kind in ("truthful", "known-item")
    )
    assert [type(user) for user in (truthful, known)] == [TruthfulUser, KnownItemUser]
    assert known.mark(6, SHOWN).found is None
    assert known.mark(9, SHOWN).found == 3
    erring = make_user("pseudo", evaluation_set, UserSettings(errors=0.1))
    assert isinstance(erring, ErringUser)


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


def test_unknown_users_are_rejected() -> None:
    with pytest.raises(InputError, match="no user called 'me'"):
        make_user("me", small_evaluation_set(), UserSettings())


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"most": 0}, "ticks 1 image or more"),
        ({"noise": -0.1}, "0 or more, not noise=-0.1"),
        ({"margin": np.nan}, "0 or more, not noise=0.0, margin=nan"),
        ({"errors": 1.5}, "from 0 to 1, not 1.5"),
    ],
)
def test_invalid_settings_are_rejected(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        UserSettings(**settings)

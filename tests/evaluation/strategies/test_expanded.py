import numpy as np
import pytest

from firs.errors import InputError
from firs.evaluation.strategies import StrategyCall
from firs.evaluation.strategies.corrected import hot_images, restrict_expansion
from tests.evaluation.benches import small_bench

BENCH = small_bench(indexed_captions=2)


def test_hot_images_are_some_of_those_with_captions_and_always_the_same() -> None:
    hot = hot_images(BENCH, 0.3)
    assert len(hot) == 18
    assert hot.tolist() == hot_images(BENCH, 0.3).tolist()
    some = restrict_expansion(BENCH, 0.3)
    assert set(some.indexed_owners.tolist()) == set(hot.tolist())
    assert some.indexed_vectors is not None
    assert len(some.indexed_vectors) == len(some.indexed) == 36


@pytest.mark.parametrize("name", ["expanded", "moved"])
def test_others_score_what_they_did(name: str) -> None:
    [plain] = StrategyCall("none").make().start(BENCH).answers(np.arange(9))
    [rows] = StrategyCall(name, {"hot": 0.3}).make().start(BENCH).answers(np.arange(9))
    others = np.setdiff1d(np.arange(60), hot_images(BENCH, 0.3))
    np.testing.assert_allclose(rows[:, others], plain[:, others], atol=1e-6)
    assert not np.allclose(rows, plain)


@pytest.mark.parametrize("name", ["expanded", "moved", "entries"])
def test_what_cannot_be_meant(name: str) -> None:
    with pytest.raises(InputError, match=r"above 0 and up to 1"):
        StrategyCall(name, {"hot": 1.5}).make().start(BENCH)
    with pytest.raises(InputError, match="captions that are entries of the collection"):
        StrategyCall(name).make().start(small_bench())


def test_over_what() -> None:
    with pytest.raises(InputError, match="over none or hubness"):
        StrategyCall("moved", {"over": "bits"}).make()

import numpy as np
import pytest
from numpy.typing import NDArray

from firs.errors import InputError
from firs.search import Table
from firs.search.centres import Centres
from tests.fakes import FakeEncoder


def vectors(count: int) -> NDArray[np.float16]:
    return np.random.default_rng(0).standard_normal((count, 8)).astype(np.float16)


def test_rows_in_the_order_asked_for() -> None:
    held = vectors(4)
    rows = Table(np.array([2, 3, 7, 9]), held).rows(np.array([9, 2, 9]))
    assert rows.dtype == np.float32
    np.testing.assert_array_equal(rows, held[[3, 0, 3]].astype(np.float32))


@pytest.mark.parametrize("id_", [-1, 0, 4, 10, 1000])
def test_no_such_image(id_: int) -> None:
    for table in (Table(np.array([2, 3, 7, 9]), vectors(4)), Table(np.arange(0), vectors(0))):
        with pytest.raises(InputError, match=f"no image with the id {id_} "):
            table.rows(np.array([id_]))


@pytest.mark.parametrize("count", [1, 4, 1999, 2001, 9000])
def test_the_spread_of_scores(count: int) -> None:
    held, vector = vectors(count), np.eye(8, dtype=np.float32)[0]
    spread = Table(np.arange(count), held).spread(vector)
    assert spread == pytest.approx(np.std(held[:, 0], dtype=np.float64), rel=0.05)


def test_nothing_has_no_spread() -> None:
    assert Table(np.arange(0), vectors(0)).spread(np.ones(8, np.float32)) == 0


def test_centres_are_measured_once() -> None:
    class Counted(FakeEncoder):
        asked = 0

        def encode_texts(self, texts):  # type: ignore[no-untyped-def]
            self.asked += 1
            return super().encode_texts(texts)

    encoder = Counted()
    table = Table(np.arange(1), encoder.encode_images([])[:0])
    assert table.centres(encoder) is table.centres(encoder)
    assert encoder.asked == 1


def test_centres_that_are_known() -> None:
    known = Centres(np.ones(8, np.float32), np.zeros(8, np.float32))
    assert Table(np.arange(3), vectors(3), known).centres(FakeEncoder()) is known

import numpy as np

from firs.index.engine import axes_kept, principal_axes
from tests.index.test_contract import unit


def test_the_axes_of_most_spread_come_first() -> None:
    drawn = unit(4000, 0, dim=40) * np.linspace(9, 1, 40, dtype=np.float32) + np.float32(5)
    middle, axes = principal_axes(drawn, 8)
    np.testing.assert_allclose(middle, drawn.mean(axis=0), rtol=1e-5)
    np.testing.assert_allclose(axes @ axes.T, np.eye(8), atol=1e-5)
    spread = ((drawn - middle) @ axes.T).std(axis=0)
    assert np.all(np.diff(spread) < 0)
    assert np.abs(axes[0, 0]) > 0.5


def test_all_axes_of_a_few_vectors() -> None:
    middle, axes = principal_axes(np.ones((1, 6), dtype=np.float32), 6)
    assert middle.tolist() == [1] * 6
    np.testing.assert_allclose(axes @ axes.T, np.eye(6), atol=1e-6)


def test_a_bit_a_dimension() -> None:
    assert [axes_kept(dim) for dim in (1, 32, 33, 128, 130, 768)] == [1, 32, 32, 32, 33, 192]

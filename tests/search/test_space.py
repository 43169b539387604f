import numpy as np
import pytest

from firs.errors import InputError
from tests.search.spaces import coloured, id_of


def test_the_nearest() -> None:
    space = coloured()
    found = space.nearest(space.vector_of(id_of("green")), 2, "test")
    assert [hit.path.stem for hit in found] == ["green", "darkgreen"]
    assert (len(space), found.source) == (9, "test")


def test_some_images_by_nearness_to_a_vector() -> None:
    space = coloured()
    green, blue = space.vector_of(id_of("green")), space.vector_of(id_of("blue"))
    some = space.nearest(green, 5, "green")
    ranked = space.ranked(some, blue, "blue")
    nearest = [hit.id for hit in space.nearest(blue, 9, "blue") if hit.id in some.ids]
    assert ranked.ids.tolist() == nearest


def test_the_spread_of_scores() -> None:
    space = coloured()
    blue = space.vector_of(id_of("blue"))
    assert space.spread(blue) == pytest.approx(np.std(space.nearest(blue, 9, "").scores), abs=1e-5)
    assert coloured(()).spread(blue) == 0


def test_no_such_image() -> None:
    for space in (coloured(), coloured(())):
        with pytest.raises(InputError, match="no image with the id 11"):
            space.vector_of(11)

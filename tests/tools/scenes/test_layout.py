"""Layouts: inside the picture, at the right height, not hiding one another."""

from random import Random

import pytest

from tools.scenes.layout import MAY_HIDE, Spot, lay_out
from tools.scenes.plan import make_plan

SIZES = [(480, 320), (360, 480)]


def spots_of(seed: int, size: tuple[int, int]) -> list[Spot]:
    rng = Random(seed)
    return lay_out(make_plan(rng), rng, *size)


@pytest.mark.parametrize("size", SIZES)
def test_every_group_lies_within_the_picture(size: tuple[int, int]) -> None:
    for seed in range(150):
        for spot in spots_of(seed, size):
            assert spot.left >= 0
            assert spot.right <= size[0]
            assert spot.y <= size[1]


@pytest.mark.parametrize("size", SIZES)
def test_no_two_groups_hide_one_another(size: tuple[int, int]) -> None:
    for seed in range(150):
        spots = spots_of(seed, size)
        for at, one in enumerate(spots):
            for other in spots[at + 1 :]:
                wide = min(one.right, other.right) - max(one.left, other.left)
                high = min(one.y, other.y) - max(one.top, other.top)
                smaller = min(each.width * (each.y - each.top) for each in (one, other))
                assert max(wide, 0) * max(high, 0) <= (MAY_HIDE + 1e-9) * smaller


def test_the_main_group_always_finds_room() -> None:
    for seed in range(150):
        rng = Random(seed)
        plan = make_plan(rng)
        assert lay_out(plan, rng, 480, 360)[0].group is plan.groups[0]


def test_things_in_the_air_hang_and_others_stand() -> None:
    for seed in range(150):
        rng = Random(seed)
        plan = make_plan(rng)
        for spot in lay_out(plan, rng, 480, 360):
            row = plan.place.rows[spot.group.row]
            edge = spot.y - spot.size if spot.group.row in {"air", "wall"} else spot.y
            assert row.top * 360 - 1e-6 <= edge <= row.bottom * 360 + 1e-6


def test_nothing_hangs_where_the_wall_is_taken() -> None:
    hung = 0
    for seed in range(300):
        rng = Random(seed)
        for spot in lay_out(make_plan(rng), rng, 480, 360, taken=[(0, 240)]):
            if spot.group.row == "wall":
                assert spot.left >= 240
                hung += 1
    assert hung > 10

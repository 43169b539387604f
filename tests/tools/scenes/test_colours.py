"""Names of colours, light and shade."""

from random import Random

from tools.scenes.colours import NAMED, PLAIN, Light, mix, pick_rgb, shade


def test_a_picked_colour_has_its_name() -> None:
    assert pick_rgb(Random(1), "red") in NAMED["red"]


def test_mix_goes_from_one_to_the_other() -> None:
    assert mix((0, 0, 0), (100, 200, 50), 0) == (0, 0, 0)
    assert mix((0, 0, 0), (100, 200, 50), 0.5) == (50, 100, 25)
    assert mix((0, 0, 0), (100, 200, 50), 1) == (100, 200, 50)


def test_shade_lightens_above_and_darkens_below_zero() -> None:
    colour = (120, 120, 120)
    assert sum(shade(colour, 0.3)) > sum(colour) > sum(shade(colour, -0.3))


def test_plain_light_changes_nothing() -> None:
    assert PLAIN.on((12, 34, 56)) == (12, 34, 56)


def test_light_tints_and_veils() -> None:
    night = Light((0.5, 0.5, 1.0))
    assert night.on((200, 100, 80)) == (100, 50, 80)
    fog = Light(haze=(200, 200, 200), veil=0.5)
    assert fog.on((0, 100, 200)) == (100, 150, 200)


def test_light_never_leaves_the_range_of_a_byte() -> None:
    assert Light((2.0, 2.0, 2.0)).on((200, 200, 10)) == (255, 255, 20)

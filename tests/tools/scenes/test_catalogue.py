"""Every kind can be drawn, and every table names only what exists."""

import numpy as np
import pytest

from tools.scenes.canvas import Canvas
from tools.scenes.catalogue import CARRIED, HELD, KINDS, PLACES
from tools.scenes.colours import HAIRS, NAMED, SKINS
from tools.scenes.kinds import Kind, Look
from tools.scenes.pen import Pen
from tools.scenes.people import STANCES

SIDE = 120
UNIT = 60


def look_of(kind: Kind, pose: str, colour: str) -> Look:
    rgb = NAMED[colour][0] if colour else (200, 200, 200)
    return Look(colour, rgb, pose, hat="red", hat_rgb=NAMED["red"][0], hair=HAIRS[0], skin=SKINS[0])


def drawn(kind: Kind, pose: str, colour: str) -> Canvas:
    width = round(UNIT * kind.width) + SIDE
    canvas = Canvas(width, SIDE)
    pen = Pen(canvas, width / 2, SIDE - 20, UNIT, thing=1)
    kind.draw(pen, look_of(kind, pose, colour))
    return canvas


def all_poses(kind: Kind) -> list[str]:
    return list(STANCES) if kind.person else list(kind.poses)


CASES = [(kind, pose) for kind in KINDS.values() for pose in all_poses(kind)]


@pytest.mark.parametrize(("kind", "pose"), CASES, ids=lambda one: getattr(one, "name", one))
def test_every_pose_of_every_kind_is_about_as_large_as_said(kind: Kind, pose: str) -> None:
    canvas = drawn(kind, pose, kind.colours[0] if kind.colours else "")
    rows, columns = np.nonzero(canvas.things())
    high, wide = np.ptp(rows) / UNIT, np.ptp(columns) / UNIT
    assert 0.35 < high < 1.4
    assert wide < kind.width * 1.35 + 0.1
    assert rows.max() < SIDE - 20 + 0.35 * UNIT


@pytest.mark.parametrize("kind", [one for one in KINDS.values() if len(one.colours) > 1],
                         ids=lambda kind: kind.name)  # fmt: skip
def test_a_kind_is_painted_in_its_colour(kind: Kind) -> None:
    first, second = dict.fromkeys(kind.colours).__iter__(), list(dict.fromkeys(kind.colours))
    pose = next(iter(kind.poses))
    one = np.asarray(drawn(kind, pose, next(first)).picture()).astype(int)
    other = np.asarray(drawn(kind, pose, second[1]).picture()).astype(int)
    share = (np.abs(one - other).sum(axis=2) > 20).sum() / drawn(kind, pose, second[0]).area(1)
    assert share > 0.08


def test_kinds_name_only_colours_that_exist() -> None:
    assert {colour for kind in KINDS.values() for colour in kind.colours} <= set(NAMED)


def test_what_is_carried_or_held_exists_and_its_bearer_has_a_seat() -> None:
    assert set(HELD) <= set(KINDS)
    for host, carried in CARRIED.items():
        assert KINDS[host].seat is not None
        assert set(carried) <= set(KINDS)


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.name)
def test_a_place_has_words_and_rows_of_known_kinds(place) -> None:  # type: ignore[no-untyped-def]
    assert place.phrases
    assert place.views
    assert "front" in place.rows
    for row in place.rows.values():
        assert 0 <= row.top <= row.bottom <= 1
        assert set(row.kinds) <= set(KINDS)

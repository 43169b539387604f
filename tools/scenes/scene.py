"""A scene: its picture, its captions, and what is where in it."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import count
from random import Random

from firs.errors import InputError
from firs.samples import Scene, SceneObject
from tools.scenes.atmosphere import Atmosphere, draw_weather
from tools.scenes.canvas import Canvas
from tools.scenes.captions import Seen, describe
from tools.scenes.catalogue import RESTING_SCALE
from tools.scenes.colours import HAIRS, SKINS
from tools.scenes.grammar import noun_phrase
from tools.scenes.kinds import Look
from tools.scenes.layout import Spot, lay_out
from tools.scenes.pen import Pen
from tools.scenes.people import HAND
from tools.scenes.plan import Group, Plan, make_plan
from tools.scenes.stage import Stage

SHAPES = ((480, 360), (480, 360), (480, 320), (360, 480), (400, 400))
SMALLEST, LARGEST = 64, 2048
WORTH_NAMING = 0.003
STILL_SEEN = 0.55
FEWEST_GROUPS = 2
HIP_DROP = -0.245


@dataclass(frozen=True)
class _Drawn:
    """One thing on the canvas: the number it has there, how many pixels it had when painted."""

    group: Group
    spot: Spot
    thing: int
    painted: int


def draw_scene(seed: int, size: tuple[int, int] | None = (480, 360)) -> Scene:
    """Draw the scene of ``seed``: the same seed and size, the same pixels, captions and masks.

    Args:
        seed: any whole number.
        size: (width, height) in pixels; None lets the seed choose among 4:3, 3:2, 3:4 and 1:1.

    Raises:
        InputError: a side is below 64 or above 2048 pixels.

    >>> scene = draw_scene(7)
    >>> scene.image.size, len(scene.captions)
    ((480, 360), 5)
    """
    attempt = 0
    while True:
        rng = Random(f"firs scene {seed} {attempt}")  # noqa: S311  # pictures, not secrets
        chosen = rng.choice(SHAPES) if size is None else size
        _check_size(chosen)
        scene = _play(make_plan(rng), rng, *chosen)
        if scene is not None:
            return scene
        attempt += 1


def _check_size(size: tuple[int, int]) -> None:
    if not all(SMALLEST <= side <= LARGEST for side in size):
        raise InputError(
            f"A scene cannot be {size[0]}x{size[1]} pixels. "
            f"Choose sides from {SMALLEST} to {LARGEST}."
        )


def _play(plan: Plan, rng: Random, width: int, height: int) -> Scene | None:
    """Draw ``plan``; None when it came out with too little to tell."""
    canvas = Canvas(width, height)
    stage = Stage(canvas, plan.air, rng)
    plan.place.paint(stage)
    drawn = _draw_all(canvas, plan.air, lay_out(plan, rng, width, height, stage.taken))
    if not plan.place.indoors:
        draw_weather(canvas, plan.air, rng)
    seen = [one for one in drawn if _is_seen(canvas, one)]
    groups = tuple(_whole_groups(plan, drawn, seen))
    if len(groups) < FEWEST_GROUPS or groups[0].spot.group is not plan.groups[0]:
        return None
    return Scene(
        image=canvas.picture(),
        captions=describe(plan, groups, rng, width),
        objects=tuple(_objects(canvas, seen)),
        place=plan.place.name,
        time=plan.air.time,
        weather="" if plan.place.indoors else plan.air.weather,
    )


def _draw_all(canvas: Canvas, air: Atmosphere, spots: list[Spot]) -> list[_Drawn]:
    things = count(1)
    drawn: list[_Drawn] = []
    for spot in sorted(spots, key=lambda spot: (spot.group.row not in {"air", "wall"}, spot.y)):
        for place, pen in enumerate(_members(canvas, air, spot)):
            drawn.extend(_draw_one(pen, spot, _member_look(spot.group.look, place), things))
    return drawn


def _members(canvas: Canvas, air: Atmosphere, spot: Spot) -> Iterator[Pen]:
    group = spot.group
    step = group.kind.width * 0.92 * spot.size
    for place in range(group.count):
        x = spot.x + (place - (group.count - 1) / 2) * step
        y = spot.y - (spot.size * 0.1 * (place % 2) if group.count > 1 else 0)
        yield Pen(canvas, x, y, spot.size, spot.flip, 0, air.light)


def _member_look(look: Look, place: int) -> Look:
    """Dressed alike, but not the same person: only the first keeps hair and skin as planned."""
    if not place or look.skin not in SKINS:
        return look
    skin = SKINS[(SKINS.index(look.skin) + 2 * place) % len(SKINS)]
    hair = HAIRS[(HAIRS.index(look.hair) + place) % len(HAIRS)]
    return replace(look, skin=skin, hair=hair)


def _draw_one(pen: Pen, spot: Spot, look: Look, things: Iterator[int]) -> Iterator[_Drawn]:
    group = spot.group
    if group.row in {"front", "back", "shore"} and "swim" not in group.kind.poses:
        pen.shadow(group.kind.width * 0.5, 0.05)
    if group.held is not None:
        held = pen.at(HAND[0], HAND[1] - (0.08 if _is_child(group) else 0), _held_scale(group))
        yield _paint(held, group.held, group.held.look, spot, things)
    yield _paint(pen, group, look, spot, things)
    if group.carried is not None and group.kind.seat is not None:
        left, right, high = group.kind.seat
        across = (left + right) / 2 + (right - left) * 0.3 * (1 if spot.flip else -1)
        scale = group.carried.kind.height / group.kind.height * RESTING_SCALE
        seat = pen.at(across, high, scale)
        if group.carried.kind.person:
            seat = seat.at(0, HIP_DROP)
        yield _paint(seat, group.carried, group.carried.look, spot, things)


def _is_child(group: Group) -> bool:
    return group.kind.name in {"boy", "girl"}


def _held_scale(group: Group) -> float:
    return 0.85 if _is_child(group) else 0.72


def _paint(pen: Pen, group: Group, look: Look, spot: Spot, things: Iterator[int]) -> _Drawn:
    thing = next(things)
    group.kind.draw(replace(pen, thing=thing), look)
    return _Drawn(group, spot, thing, pen.canvas.area(thing))


def _is_seen(canvas: Canvas, one: _Drawn) -> bool:
    area = canvas.area(one.thing)
    large = area >= WORTH_NAMING * canvas.width * canvas.height
    return large and area >= STILL_SEEN * one.painted


def _whole_groups(plan: Plan, drawn: list[_Drawn], seen: list[_Drawn]) -> Iterator[Seen]:
    """Groups seen whole, with what each holds, in the order of the plan: the main one first."""
    spots = {id(one.spot): one.spot for one in drawn}.values()
    for spot in sorted(spots, key=lambda spot: plan.groups.index(spot.group)):
        mine = [one for one in seen if one.spot is spot]
        extras = tuple(one.group for one in mine if one.group is not spot.group)
        members = len(mine) - len(extras)
        if members == spot.group.count and (spot.group.held is None or extras):
            yield Seen(spot, extras)


def _objects(canvas: Canvas, seen: list[_Drawn]) -> Iterator[SceneObject]:
    things = canvas.things()
    for one in seen:
        yield SceneObject(one.group.kind.name, noun_phrase(one.group), things == one.thing)

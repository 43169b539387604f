"""The plan of a scene: which place, hour and weather, and which groups of things."""

from dataclasses import dataclass
from random import Random

from tools.scenes.atmosphere import ATMOSPHERES, Atmosphere
from tools.scenes.catalogue import CARRIED, HELD, KINDS, PLACES
from tools.scenes.colours import HAIRS, NAMED, SKINS, pick_rgb
from tools.scenes.kinds import Kind, Look
from tools.scenes.stage import Place

ANY_COLOUR = (236, 232, 226)
HAT_SHARE = 0.3
HELD_SHARE = 0.2
CARRYING_SHARE = 0.85
MOST_GROUPS = 4
ROW_CHANCES = {"back": 0.85, "front": 0.5, "shore": 0.5, "air": 0.5, "water": 0.5, "wall": 0.5}


@dataclass(frozen=True)
class Group:
    """One to four things of one kind that look alike.

    Attributes:
        row: the place's row where they stand.
        look: of each of them.
        held: what a person holds.
        carried: what is on the thing.
    """

    kind: Kind
    count: int
    look: Look
    row: str
    held: "Group | None" = None
    carried: "Group | None" = None


@dataclass(frozen=True)
class Plan:
    """A place at an hour in some weather, and its groups, the main one first."""

    place: Place
    air: Atmosphere
    groups: tuple[Group, ...]


def make_plan(rng: Random) -> Plan:
    """Choose a scene."""
    place = rng.choice(PLACES)
    air = _choose_air(rng, place)
    used: set[str] = set()
    main_rows = [row for row in ("front", "front", "shore") if row in place.rows]
    groups = [_choose_group(rng, place, rng.choice(main_rows), used)]
    for row, chance in ROW_CHANCES.items():
        if row in place.rows and rng.random() < chance and len(groups) < MOST_GROUPS:
            groups += _choose_another(rng, place, row, used)
    return Plan(place, air, tuple(groups))


def _choose_another(rng: Random, place: Place, row: str, used: set[str]) -> list[Group]:
    """A group of a kind that the scene has not yet; none when the row has no other kind."""
    if used.issuperset(place.rows[row].kinds):
        return []
    return [_choose_group(rng, place, row, used)]


def _choose_air(rng: Random, place: Place) -> Atmosphere:
    if not place.weathers:
        return ATMOSPHERES[0]
    return rng.choice([air for air in ATMOSPHERES if air.weather in place.weathers])


def _choose_group(rng: Random, place: Place, row: str, used: set[str]) -> Group:
    free = [name for name in place.rows[row].kinds if name not in used]
    kind = KINDS[rng.choice(free)]
    used.add(kind.name)
    count = _choose_count(rng, kind)
    pose = rng.choice([pose for pose in kind.poses if not (place.indoors and pose == "run")])
    held = carried = None
    if kind.person and count == 1 and rng.random() < HELD_SHARE:
        pose, held = "hold", _single(rng, rng.choice(HELD), row)
    if kind.name in CARRIED and count == 1 and rng.random() < CARRYING_SHARE:
        carried = _choose_carried(rng, kind, row, used)
    return Group(kind, count, _choose_look(rng, kind, pose), row, held, carried)


def _choose_count(rng: Random, kind: Kind) -> int:
    if kind.most == 1 or rng.random() < 0.5:
        return 1
    return rng.randint(2, kind.most)


def _choose_carried(rng: Random, host: Kind, row: str, used: set[str]) -> Group | None:
    free = [name for name in CARRIED[host.name] if name not in used]
    if not free:
        return None
    name = rng.choice(free)
    used.add(name)
    return _single(rng, name, row)


def _single(rng: Random, name: str, row: str) -> Group:
    kind = KINDS[name]
    resting = [pose for pose in ("lie", "sit") if pose in kind.poses]
    pose = "sit" if kind.person else rng.choice(resting or list(kind.poses))
    return Group(kind, 1, _choose_look(rng, kind, pose), row)


def _choose_look(rng: Random, kind: Kind, pose: str) -> Look:
    colour = rng.choice(kind.colours) if kind.colours else ""
    rgb = pick_rgb(rng, colour) if colour else ANY_COLOUR
    if not kind.person:
        return Look(colour, rgb, pose)
    hat = rng.choice([name for name in NAMED if name != "tan"]) if rng.random() < HAT_SHARE else ""
    return Look(
        colour,
        rgb,
        pose,
        trim=rng.choice(((62, 76, 116), (84, 88, 98), (150, 122, 92), (50, 52, 62))),
        hat=hat,
        hat_rgb=pick_rgb(rng, hat) if hat else ANY_COLOUR,
        hair=rng.choice(HAIRS),
        skin=rng.choice(SKINS),
    )

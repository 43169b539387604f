"""The layout: where in the picture each group of a plan stands, without hiding one another."""

from dataclasses import dataclass
from random import Random

from firs.samples.plan import Group, Plan

TRIES = 24
MAY_HIDE = 0.22
MAY_HIDE_IN_FRONT = 0.1
HANGING = ("air", "wall")


@dataclass(frozen=True)
class Spot:
    """Where a group stands, in pixels.

    Attributes:
        x, y: middle of the group, and the ground below it.
        size: pixels to one height of the kind.
        flip: it looks to the left.
        width: of the whole group.
    """

    group: Group
    x: float
    y: float
    size: float
    flip: bool
    width: float

    @property
    def left(self) -> float:
        """Its left edge."""
        return self.x - self.width / 2

    @property
    def right(self) -> float:
        """Its right edge."""
        return self.x + self.width / 2

    @property
    def top(self) -> float:
        """Its upper edge, with what is on it or held up."""
        crown = 0.0
        if self.group.held is not None or self.group.look.pose in {"jump", "wave"}:
            crown = 0.35
        if self.group.carried is not None and self.group.kind.seat is not None:
            crown = 0.6
        return self.y - self.size * (1 + crown)


def lay_out(plan: Plan, rng: Random, width: int, height: int) -> list[Spot]:
    """Give each group of ``plan`` its spot; a group for which there is no room is left out."""
    spots: list[Spot] = []
    for group in plan.groups:
        tries = [_try(plan, group, rng, width, height) for _ in range(TRIES)]
        best = min(tries, key=lambda spot: max([_hidden(spot, other) for other in spots] or [0.0]))
        limit = MAY_HIDE if group.row == "back" else MAY_HIDE_IN_FRONT
        if all(_hidden(best, other) <= limit for other in spots):
            spots.append(best)
    return spots


def _try(plan: Plan, group: Group, rng: Random, width: int, height: int) -> Spot:
    row = plan.place.rows[group.row]
    unit = min(height, width * 0.8)
    size = group.kind.height * unit * row.scale * rng.uniform(0.94, 1.08)
    many = 1 + 0.92 * (group.count - 1)
    across = group.kind.width * many + (0.35 if group.held else 0)
    if size * across > width * 0.9:
        size = width * 0.9 / across
    room = max(width - size * across, 0) / 2 * 0.96
    x = width / 2 + rng.uniform(-room, room)
    level = rng.uniform(row.top, row.bottom) * height
    y = level + size if group.row in HANGING else level
    return Spot(group, x, y, size, rng.random() < 0.5, size * across)


def _hidden(one: Spot, other: Spot) -> float:
    """The share of the smaller spot that lies within both."""
    wide = min(one.right, other.right) - max(one.left, other.left)
    high = min(one.y, other.y) - max(one.top, other.top)
    if wide <= 0 or high <= 0:
        return 0.0
    areas = (_area(one), _area(other))
    return wide * high / min(areas)


def _area(spot: Spot) -> float:
    return spot.width * (spot.y - spot.top)

"""The layout: where in the picture each group of a plan stands, without hiding one another."""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from tools.scenes.plan import Group, Plan

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


def lay_out(
    plan: Plan, rng: Random, width: int, height: int, taken: Sequence[tuple[float, float]] = ()
) -> list[Spot]:
    """Give each group of ``plan`` its spot; a group for which there is no room is left out.

    Args:
        plan: what is to stand somewhere.
        rng: chooses where.
        width: of the picture, in pixels.
        height: of the picture, in pixels.
        taken: (left, right) of each stretch of wall on which nothing can hang.
    """
    spots: list[Spot] = []
    for group in plan.groups:
        tries = [_try(plan, group, rng, width, height) for _ in range(TRIES)]
        best = min(tries, key=lambda spot: _crowding(spot, spots, taken))
        limit = MAY_HIDE if group.row == "back" else MAY_HIDE_IN_FRONT
        if _crowding(best, spots, taken) <= limit:
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


def _crowding(spot: Spot, others: Sequence[Spot], taken: Sequence[tuple[float, float]]) -> float:
    """How badly ``spot`` is chosen: 0 when free, 1 when it cannot be."""
    if spot.group.row == "wall" and any(
        spot.left < right and left < spot.right for left, right in taken
    ):
        return 1.0
    return max((_hidden(spot, other) for other in others), default=0.0)


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

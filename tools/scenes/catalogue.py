"""Every kind of thing and of place, by name."""

from tools.scenes import (
    birds,
    craft,
    furniture,
    indoors,
    landmarks,
    outdoors,
    people,
    quadrupeds,
    things,
    town,
    vehicles,
)
from tools.scenes.kinds import Kind
from tools.scenes.stage import Place

KINDS: dict[str, Kind] = {
    kind.name: kind
    for family in (people, quadrupeds, birds, vehicles, craft, furniture, things, landmarks)
    for kind in family.KINDS
}

PLACES: tuple[Place, ...] = (*outdoors.PLACES, *town.PLACES, *indoors.PLACES)

CARRIED: dict[str, tuple[str, ...]] = {
    "sofa": ("cat", "cat", "dog", "man", "woman", "boy", "girl", "book", "guitar"),
    "armchair": ("cat", "man", "woman", "boy", "girl"),
    "chair": ("cat", "cat", "guitar", "book"),
    "bed": ("cat", "dog", "guitar", "book", "girl", "boy"),
    "bench": ("man", "woman", "boy", "girl", "cat", "man", "woman"),
    "table": ("vase", "bottle", "cup", "apple", "book", "laptop", "vase"),
    "desk": ("laptop", "laptop", "vase", "cup", "book"),
}
"""What may be on a thing that carries others."""

RESTING_SCALE = 0.92
"""A thing that is carried is drawn a little smaller than one that stands in front."""

HELD: tuple[str, ...] = ("umbrella", "umbrella", "balloon", "balloon")

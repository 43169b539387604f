"""Kinds of things: how each is drawn, how large it is, where it may be, what it is called."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeAlias

from tools.scenes.colours import RGB
from tools.scenes.pen import Pen


@dataclass(frozen=True)
class Verb:
    """A verb phrase: ``Verb("run", "runs", "running")``."""

    plain: str
    third: str
    participle: str


def verb(plain: str) -> Verb:
    """Inflect the first word of ``plain``: ``stand on`` → stands on, standing on."""
    if plain == "be parked":
        return Verb("are parked", "is parked", "parked")
    first, space, rest = plain.partition(" ")
    tail = space + rest
    doubled = first + first[-1] if first in {"run", "sit", "swim"} else first
    stem = doubled[:-1] if doubled.endswith("e") else doubled
    participle = "lying" if first == "lie" else stem + "ing"
    return Verb(plain, _third(first) + tail, participle + tail)


def _third(word: str) -> str:
    if word.endswith("y") and word[-2] not in "aeiou":
        return word[:-1] + "ies"
    return word + ("es" if word.endswith(("ss", "sh", "ch", "x", "o")) else "s")


@dataclass(frozen=True)
class Look:
    """How one thing looks; captions say only what stands here.

    Attributes:
        colour: name of its main colour (the shirt's or dress's of a person), or "".
        rgb: that colour.
        pose: key of the kind's poses.
        trim: a second colour that captions do not name.
        hat: name of the hat's colour, or "" without a hat.
        hat_rgb: that colour.
        hair, skin: a person's.
    """

    colour: str
    rgb: RGB
    pose: str
    trim: RGB = (240, 236, 226)
    hat: str = ""
    hat_rgb: RGB = (0, 0, 0)
    hair: RGB = (0, 0, 0)
    skin: RGB = (0, 0, 0)


Draw: TypeAlias = Callable[[Pen, Look], None]


@dataclass(frozen=True)
class Kind:
    """One kind of thing.

    Attributes:
        name: its plainest name.
        nouns: what captions call it, each as (singular, plural), the plainest first.
        draw: draws it with a pen whose unit is the kind's height.
        height: as a share of the picture's height when it stands in front.
        width: in its own heights.
        colours: names it may have; empty when its colour is not worth a word.
        poses: pose → verbs that are true of it.
        most: how many may stand together.
        seat: (left, right, height) of what carries other things, in its own heights.
        person: wears clothes, may wear a hat.
        garment: of a person, what has the colour: ``shirt``.
    """

    name: str
    nouns: tuple[tuple[str, str], ...]
    draw: Draw
    height: float
    width: float
    colours: tuple[str, ...]
    poses: Mapping[str, tuple[Verb, ...]]
    most: int = 1
    seat: tuple[float, float, float] | None = None
    person: bool = False
    garment: str = ""


def poses(**verbs: str) -> Mapping[str, tuple[Verb, ...]]:
    """``poses(run="run, race")`` → the verbs of each pose, inflected."""
    return MappingProxyType(
        {pose: tuple(verb(one) for one in listed.split(", ")) for pose, listed in verbs.items()}
    )


def nouns(listed: str) -> tuple[tuple[str, str], ...]:
    """``nouns("dog, puppy:puppies, sheep:sheep")`` → (singular, plural) of each."""
    pairs = []
    for one in listed.split(", "):
        single, _, many = one.partition(":")
        pairs.append((single, many or single + "s"))
    return tuple(pairs)

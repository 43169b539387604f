"""Captions: five true sentences on a scene, each with its own focus and order."""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import TypeAlias

from tools.scenes.grammar import article, choose_verb, does, is_doing, noun_phrase
from tools.scenes.layout import Spot
from tools.scenes.plan import Group, Plan

CAPTIONS = 5
AWAY = 0.36
SAY_SIDE = 0.6
MAYBE = 0.5


@dataclass(frozen=True)
class Seen:
    """A group that is seen whole, and what is seen on it or in its hand."""

    spot: Spot
    extras: tuple[Group, ...]

    @property
    def group(self) -> Group:
        """The group."""
        return self.spot.group

    @property
    def carried(self) -> Group | None:
        """What is seen on it."""
        return next((one for one in self.extras if one is self.group.carried), None)


class _Speaker:
    """Knows what is seen in one scene and says parts of it."""

    def __init__(self, plan: Plan, seen: tuple[Seen, ...], rng: Random, width: int) -> None:
        self.plan = plan
        self.main = seen[0]
        self.others = seen[1:]
        self.rng = rng
        self.width = width
        self.outdoors = bool(plan.place.weathers)

    def who(self, seen: Seen) -> str:
        """The group, with what is on it."""
        phrase = noun_phrase(seen.group, self.rng)
        if seen.carried is None:
            return phrase
        if self.rng.random() < 0.5:
            return f"{phrase} with {noun_phrase(seen.carried, self.rng, bare=True)} on it"
        resting = {"sit": "sitting on", "lie": "lying on"}.get(seen.carried.look.pose, "on")
        return f"{noun_phrase(seen.carried, self.rng, bare=True)} {resting} {phrase}"

    def where(self) -> str:
        """The place, as an adverb of the main group."""
        row = self.plan.place.rows[self.main.group.row]
        return self.rng.choice(row.phrases or self.plan.place.phrases)

    def when(self) -> str:
        """Hour and weather; "" where they are not seen."""
        return self.rng.choice(self.plan.air.phrases) if self.outdoors else ""

    def view(self) -> str:
        """The place with its hour or weather: ``a rainy city street``."""
        view = self.rng.choice(self.plan.place.views)
        if not self.outdoors:
            return view
        if self.rng.random() < 0.5:
            return f"{view} {self.when()}"
        adjective = self.rng.choice(self.plan.air.adjectives)
        if adjective.split()[0] in view:
            return view
        return article(f"{adjective} {_without_article(view)}")

    def side(self, seen: Seen) -> str:
        """``on the left`` where that is plain to see, or ""."""
        middle = seen.spot.x / self.width
        if middle < AWAY:
            return "on the left"
        return "on the right" if middle > 1 - AWAY else ""

    def link(self, other: Seen) -> str:
        """How the main group lies to another: ``next to a red ball``."""
        other_words = self.who(other)
        if other.group.row == "wall":
            return f"with {other_words} on the wall"
        if other.group.row in {"air", "water"} and self.outdoors:
            return f"with {other_words} {self._beyond(other)}"
        return f"{self._nearness(other)} {other_words}"

    def _beyond(self, other: Seen) -> str:
        if other.group.row == "water":
            return self.rng.choice(("on the water behind", "on the sea"))
        return self.rng.choice(("in the sky", "above", "in the sky above"))

    def _nearness(self, other: Seen) -> str:
        mine, its = self.main.spot, other.spot
        overlap = min(mine.right, its.right) - max(mine.left, its.left)
        if other.group.row == "back" and overlap > 0:
            return "in front of"
        if overlap > -0.12 * self.width and other.group.row == self.main.group.row:
            return self.rng.choice(("next to", "beside"))
        return self.rng.choice(("near", "near", "not far from"))

    def aside(self, seen: Seen) -> str:
        """The group and where it is in the picture: ``a red ball on the left``."""
        if seen.group.row == "air" and self.outdoors:
            return f"{self.who(seen)} in the sky"
        if seen.group.row == "wall":
            return f"{self.who(seen)} on the wall"
        side = self.side(seen) if self.rng.random() < SAY_SIDE else ""
        return f"{self.who(seen)} {side}".strip()

    def act(self) -> tuple[str, str, str]:
        """The main group's words and its verb: ``is running``, ``runs``, ``running``."""
        verb = choose_verb(self.main.group, self.rng)
        group = self.main.group
        return is_doing(group, verb), does(group, verb), verb.participle

    def some(self, most: int) -> list[Seen]:
        """Up to ``most`` of the other groups, chosen anew each time."""
        return self.rng.sample(self.others, min(most, len(self.others)))


Sentence: TypeAlias = Callable[[_Speaker], str]


def _plainly(say: _Speaker) -> str:
    _, does_it, _ = say.act()
    links = [say.link(other) for other in say.some(1)]
    return _join(say.who(say.main), does_it, say.where(), *links, _maybe(say, say.when()))


def _in_progress(say: _Speaker) -> str:
    doing, _, _ = say.act()
    links = [say.link(other) for other in say.some(2)]
    return _join(say.who(say.main), doing, *links[:1], say.where(), *links[1:])


def _fragment(say: _Speaker) -> str:
    _, _, participle = say.act()
    links = [say.link(other) for other in say.some(1)]
    return _join(say.who(say.main), participle, say.where(), say.when(), *links)


def _there_is(say: _Speaker) -> str:
    verb = "There is" if say.main.group.count == 1 else "There are"
    others = [say.aside(other) for other in say.some(2)]
    return _join(verb, _listed([say.aside(say.main), *others]), say.where())


def _view(say: _Speaker) -> str:
    groups = [say.who(say.main), *(say.aside(other) for other in say.some(2))]
    return _join(say.view(), "with", _listed(groups))


def _weather_first(say: _Speaker) -> str:
    _, does_it, _ = say.act()
    links = [say.link(other) for other in say.some(1)]
    opening, *rest = (say.when(), say.where()) if say.outdoors else (say.where(),)
    return _join(f"{opening},", say.who(say.main), does_it, *rest, *links)


def _short(say: _Speaker) -> str:
    links = [say.link(other) for other in say.some(1)]
    return _join(say.who(say.main), *links, say.where() if say.rng.random() < 0.7 else say.when())


SENTENCES: tuple[Sentence, ...] = (
    _plainly, _in_progress, _fragment, _there_is, _view, _weather_first, _short,
)  # fmt: skip


def describe(plan: Plan, seen: tuple[Seen, ...], rng: Random, width: int) -> tuple[str, ...]:
    """Five captions, no two alike.

    Args:
        plan: what was planned.
        seen: what came out whole, the main group first.
        rng: chooses the words.
        width: of the picture, in pixels.
    """
    say = _Speaker(plan, seen, rng, width)
    forms = list(SENTENCES)
    rng.shuffle(forms)
    captions: dict[str, None] = {}
    while len(captions) < CAPTIONS:
        form = forms[len(captions) % len(forms)]
        captions[_finished(form(say))] = None
    return tuple(captions)


def _maybe(say: _Speaker, words: str) -> str:
    return words if say.rng.random() < MAYBE else ""


def _listed(groups: list[str]) -> str:
    if len(groups) == 1:
        return groups[0]
    return f"{', '.join(groups[:-1])} and {groups[-1]}"


def _join(*parts: str) -> str:
    return " ".join(part for part in parts if part)


def _without_article(words: str) -> str:
    first, _, rest = words.partition(" ")
    return rest if first in {"a", "an", "the"} else words


def _finished(words: str) -> str:
    return words[0].upper() + words[1:] + "."

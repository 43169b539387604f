"""English for one group of things: articles, numbers, clothes, verbs."""

from random import Random

from tools.scenes.kinds import Verb
from tools.scenes.plan import Group

NUMBERS = {2: "two", 3: "three", 4: "four"}


def article(words: str) -> str:
    """``words`` with "a" or "an" before them."""
    return f"an {words}" if words[0] in "aeiou" else f"a {words}"


def noun_phrase(group: Group, rng: Random | None = None, *, bare: bool = False) -> str:
    """What a caption calls the group: ``two brown dogs``, ``a girl in a red dress``.

    Without ``rng`` the plainest words are chosen and the group is one thing; ``bare`` leaves out
    hat and held thing.
    """
    count = group.count if rng else 1
    single, many = rng.choice(group.kind.nouns) if rng else group.kind.nouns[0]
    noun = single if count == 1 else many
    if not group.kind.person and group.look.colour:
        noun = f"{group.look.colour} {noun}"
    start = article(noun) if count == 1 else f"{NUMBERS[count]} {noun}"
    if not group.kind.person:
        return start
    return start + _clothes(group, rng, count, bare=bare)


def _clothes(group: Group, rng: Random | None, count: int, *, bare: bool) -> str:
    look, garment = group.look, group.kind.garment
    way = rng.choice((" in ", " in ", " wearing ")) if rng else " in "
    worn = (
        article(f"{look.colour} {garment}") if count == 1 else f"{look.colour} {_plural(garment)}"
    )
    if look.hat and not bare:
        hat = article(f"{look.hat} hat") if count == 1 else f"{look.hat} hats"
        worn = f"{worn} and {hat}"
    if group.held is not None and not bare:
        verb = rng.choice((" with ", " holding ")) if rng else " with "
        return f"{way}{worn}{verb}{noun_phrase(group.held)}"
    return way + worn


def is_doing(group: Group, verb: Verb) -> str:
    """``is running``, ``are running``."""
    return f"{'is' if group.count == 1 else 'are'} {verb.participle}"


def does(group: Group, verb: Verb) -> str:
    """``runs``, or for several ``run``."""
    return verb.third if group.count == 1 else verb.plain


def choose_verb(group: Group, rng: Random) -> Verb:
    """A verb that is true of the group's pose."""
    return rng.choice(group.kind.poses.get(group.look.pose, POSED.get(group.look.pose, STANDING)))


STANDING = (Verb("stand", "stands", "standing"),)
POSED = {"sit": (Verb("sit", "sits", "sitting"),)}


def _plural(garment: str) -> str:
    return garment + ("es" if garment.endswith("ss") else "s")

"""Words and phrases of texts, without those that say nothing."""

import re
from collections.abc import Iterator
from itertools import pairwise

EMPTY = frozenset(
    """
    a about above across after again against all along also am an and another any are around as at
    away back be because been before behind being below beneath beside between both but by can
    could day depicting did do does doing down during each every featuring few for from front get
    gets getting had has have having he her here hers him his how i image in including inside into
    is it its itself just like look looking looks made make makes many me more most much my near
    next no nor not of off on one only onto or other others our out outside over own part photo
    photograph picture same scene several she show showing shows side so some someone something
    such than that the their them then there these they this those three through to together
    toward towards two under until up upon us very via view was way we were what when where which
    while who whose will with within without you your
    """.split()  # noqa: SIM905, a list of words reads worse
)
"""They stand in captions of everything."""

_WORD = re.compile(r"[^\W\d_]+(?:['\u2019-][^\W\d_]+)*")
_LEAST = 3


def words(text: str) -> list[str]:
    """All words of a text, in lower case.

    >>> words("A dog's ball, in the SNOW")
    ['a', "dog's", 'ball', 'in', 'the', 'snow']
    """
    return [word.lower() for word in _WORD.findall(text)]


def terms(text: str) -> list[str]:
    """The words of a text that say something, in their order.

    >>> terms("A dog runs in the deep snow")
    ['dog', 'runs', 'deep', 'snow']
    """
    return [word for word in words(text) if _says_something(word)]


def phrases(text: str) -> Iterator[str]:
    """Pairs of such words that stand side by side.

    >>> list(phrases("A dog runs in the deep snow"))
    ['dog runs', 'deep snow']
    """
    all_ = words(text)
    for first, second in pairwise(all_):
        if _says_something(first) and _says_something(second):
            yield f"{first} {second}"


def _says_something(word: str) -> bool:
    return len(word) >= _LEAST and word not in EMPTY


def stem(word: str) -> str:
    """A word without its commonest endings, so that ``dogs`` and ``dog`` are one.

    >>> [stem(word) for word in ("dogs", "running", "runs", "snowy", "glasses")]
    ['dog', 'run', 'run', 'snow', 'glass']
    """
    for end in ("ing", "es", "ed", "s", "y"):
        cut = word.removesuffix(end)
        if cut != word and len(cut) >= _LEAST and not (end == "s" and cut.endswith("s")):
            return cut[:-1] if len(cut) > _LEAST and cut[-1] == cut[-2] and end == "ing" else cut
    return word

"""Terms: no model; words and phrases that set the captions of what fits apart from the rest.

A term deserves the share of what fits that says it, less the share of the rest that does:

    s(t) = Σ_c a_c · [t in c] − share of the rest that says t

Where images were marked, every marked image counts the same. Where nothing was marked, what fits is
a guess, and mostly a wrong one: so a caption c counts by its nearness to what was asked,
a_c ∝ exp(β · cos(query, c)). What the first images share then cancels out, and what is left tells
those that the query agrees with from those that merely came first. The weights are those of
Rocchio over captions, with words for dimensions (Rocchio, "Relevance feedback in information
retrieval", 1971; the choice of terms is the offer weight of Robertson, "On term selection for
query expansion", Journal of Documentation 46, 1990, in its plainest form).
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from firs.errors import InputError
from firs.refinement.base import Added, CaptionedImage, RefinementRequest, Suggestion
from firs.search.base import Balance

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
_MIN_LETTERS = 3


def words(text: str) -> list[str]:
    """All words of a text, in lower case.

    >>> words("A dog's ball, in the SNOW")
    ['a', "dog's", 'ball', 'in', 'the', 'snow']
    """
    return [word.lower() for word in _WORD.findall(text)]


def terms(text: str) -> list[str]:
    """Return the words of a text without stop words, in their order.

    >>> terms("A dog runs in the deep snow")
    ['dog', 'runs', 'deep', 'snow']
    """
    return [word for word in words(text) if _says_something(word)]


def phrases(text: str) -> Iterator[str]:
    """Return the pairs of such words that are next to each other.

    >>> list(phrases("A dog runs in the deep snow"))
    ['dog runs', 'deep snow']
    """
    all_ = words(text)
    for first, second in pairwise(all_):
        if _says_something(first) and _says_something(second):
            yield f"{first} {second}"


def _says_something(word: str) -> bool:
    return len(word) >= _MIN_LETTERS and word not in EMPTY


def stem(word: str) -> str:
    """A word without its commonest endings, so that ``dogs`` and ``dog`` are one.

    >>> [stem(word) for word in ("dogs", "running", "runs", "snowy", "glasses")]
    ['dog', 'run', 'run', 'snow', 'glass']
    """
    for end in ("ing", "es", "ed", "s", "y"):
        cut = word.removesuffix(end)
        if cut != word and len(cut) >= _MIN_LETTERS and not (end == "s" and cut.endswith("s")):
            return (
                cut[:-1] if len(cut) > _MIN_LETTERS and cut[-1] == cut[-2] and end == "ing" else cut
            )
    return word


BETA = 10.0
_AGAINST = -Balance().against
"""What is not sought often lies near what is: a term against counts less."""

_PHRASE = 1.25
"""A phrase says more than its words do, so it goes before them unless it is much rarer."""

_MIN_WEIGHT = 0.05
_SHARED = 2


@dataclass(frozen=True, slots=True)
class Terms:
    """Chips: ``+ snowy``, ``− indoors``.

    Args:
        most: how many for, at most, and how many against.
        beta: how sharply captions near the query count, where nothing was marked.

    Raises:
        InputError: ``most`` is below 1 or ``beta`` negative.
    """

    most: int = 4
    beta: float = BETA
    sends = ""

    def __post_init__(self) -> None:
        if self.most < 1 or not 0 <= self.beta < np.inf:
            raise InputError(f"most is 1 or more and beta 0 or more: {self.most}, {self.beta}.")

    def close(self) -> None:
        """Do nothing: no file or connection is open."""

    def refine(self, asked: RefinementRequest) -> list[Suggestion]:
        """Return one suggestion per term: first those for, then those against, the best first."""
        deserved = self.weigh(asked, with_phrases=True)
        known = {stem(word) for word in words(asked.text)}
        marked, rest = _images(asked.marked), _images([*asked.others, *asked.crossed])
        needed = min(_SHARED, len(marked))
        fits = {each for terms_ in marked for term in terms_ for each in _stems(term)}
        for_, against = [], []
        for term, weight in _telling(deserved):
            if _stems(term) & known:
                continue
            if weight >= _MIN_WEIGHT and _count_images(term, marked) >= needed:
                for_.append(term)
            elif (
                weight <= -_MIN_WEIGHT
                and not _stems(term) <= fits
                and _count_images(term, rest) >= _SHARED
            ):
                against.append(term)
        return [
            *(
                _for(term, asked, _count_images(term, marked), len(marked))
                for term in _apart(for_, self.most)
            ),
            *(
                _against(term, asked, _count_images(term, rest))
                for term in _apart(against, self.most)
            ),
        ]

    def weigh(self, asked: RefinementRequest, *, with_phrases: bool = False) -> dict[str, float]:
        """Term → its weight, from -1 to 1, not sorted."""
        found: dict[str, float] = defaultdict(float)
        rest = [*asked.others, *asked.crossed] or asked.marked
        for caption, share in [
            *self._shares(asked.marked, guessed=asked.guessed),
            *((caption, -share) for caption, share in _even(rest)),
        ]:
            for term in _terms(caption, with_phrases=with_phrases):
                found[term] += share
        return dict(found)

    def _shares(
        self, images: Sequence[CaptionedImage], *, guessed: bool
    ) -> Iterator[tuple[str, float]]:
        """Each caption and its share, all of which together are 1."""
        near = [near for each in images for near in each.near]
        if not guessed or not near:
            yield from _even(images)
            return
        cosines = np.array(near, dtype=np.float64)
        shares = np.exp(self.beta * (cosines - cosines.max()))
        captions = (caption for each in images for caption in each.captions)
        yield from zip(captions, (shares / shares.sum()).tolist(), strict=True)


def _even(images: Sequence[CaptionedImage]) -> Iterator[tuple[str, float]]:
    """Every image that has captions has the same share, and so have its captions."""
    told = [each for each in images if each.captions]
    for each in told:
        for caption in each.captions:
            yield caption, 1 / (len(told) * len(each.captions))


def _terms(caption: str, *, with_phrases: bool) -> set[str]:
    found = set(terms(caption))
    return found | set(phrases(caption)) if with_phrases else found


def _telling(deserved: Mapping[str, float]) -> list[tuple[str, float]]:
    """Return terms by weight, and equal ones in alphabetical order."""
    worth = {term: abs(w) * (_PHRASE if " " in term else 1) for term, w in deserved.items()}
    return sorted(deserved.items(), key=lambda each: (-round(worth[each[0]], 9), each[0]))


def _apart(found: Iterable[str], most: int) -> list[str]:
    """The first of them that share no word."""
    chosen: list[str] = []
    seen: set[str] = set()
    for term in found:
        if not _stems(term) & seen and len(chosen) < most:
            chosen.append(term)
            seen |= _stems(term)
    return chosen


def _images(images: Sequence[CaptionedImage]) -> list[set[str]]:
    """The terms of each image that has captions."""
    return [
        set().union(*(_terms(caption, with_phrases=True) for caption in each.captions))
        for each in images
        if each.captions
    ]


def _count_images(term: str, images: Sequence[set[str]]) -> int:
    return sum(term in each for each in images)


def _stems(term: str) -> set[str]:
    return {stem(word) for word in term.split()}


def _for(term: str, asked: RefinementRequest, count: int, of: int) -> Suggestion:
    whose = "first images" if asked.guessed else "relevant images"
    why = f"in captions of {count} of the {of} {whose}"
    return Suggestion(f"{asked.text.rstrip(' .')}, {term}", (Added(term),), why)


def _against(term: str, asked: RefinementRequest, count: int) -> Suggestion:
    why = f"in captions of {count} of the others and of no relevant image"
    return Suggestion(f"{asked.text.rstrip(' .')}, not {term}", (Added(term, _AGAINST),), why)

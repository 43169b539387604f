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

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from firs.errors import InputError
from firs.refinement.base import CaptionedImage, RefinementRequest
from firs.refinement.suggestion import Added, Suggestion
from firs.refinement.words import phrases, stem, terms, words
from firs.search.encoding import Balance

BETA = 10.0
_AGAINST = -Balance().against
"""What is not sought often lies near what is: a term against counts less."""

_PHRASE = 1.25
"""A phrase says more than its words do, so it goes before them unless it is much rarer."""

_LEAST = 0.05
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
        """A suggestion a term: first those for, then those against, the most telling first."""
        deserved = self.weigh(asked, with_phrases=True)
        known = {stem(word) for word in words(asked.text)}
        marked, rest = _images(asked.marked), _images([*asked.others, *asked.crossed])
        needed = min(_SHARED, len(marked))
        fits = {each for terms_ in marked for term in terms_ for each in _stems(term)}
        for_, against = [], []
        for term, weight in _telling(deserved):
            if _stems(term) & known:
                continue
            if weight >= _LEAST and _count_images(term, marked) >= needed:
                for_.append(term)
            elif (
                weight <= -_LEAST
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
    """Every image that anything is said of has the same share, and so have its captions."""
    told = [each for each in images if each.captions]
    for each in told:
        for caption in each.captions:
            yield caption, 1 / (len(told) * len(each.captions))


def _terms(caption: str, *, with_phrases: bool) -> set[str]:
    found = set(terms(caption))
    return found | set(phrases(caption)) if with_phrases else found


def _telling(deserved: Mapping[str, float]) -> list[tuple[str, float]]:
    """Terms by how much they tell, of equals in the order of the alphabet."""
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
    """The terms of each image that anything is said of."""
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
    whose = "first images" if asked.guessed else "images that fit"
    why = f"said of {count} of the {of} {whose}"
    return Suggestion(f"{asked.text.rstrip(' .')}, {term}", (Added(term),), why)


def _against(term: str, asked: RefinementRequest, count: int) -> Suggestion:
    why = f"said of {count} of the others and of none that fits"
    return Suggestion(f"{asked.text.rstrip(' .')}, not {term}", (Added(term, _AGAINST),), why)

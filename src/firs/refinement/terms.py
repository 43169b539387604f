"""Terms: words and phrases that distinguish the captions of relevant images; needs no model.

The weight of a term is its share of relevant captions, minus its share of the other captions:

    s(t) = Σ_c a_c · [t in c] − share of the other captions that contain t

If images were marked, all marked images have the same weight. If nothing was marked, the first
results count as relevant, which is mostly wrong: so a caption c counts by its similarity to the
query, a_c ∝ exp(β · cos(query, c)). What all first results share then cancels out, and the rest
separates those that match the query from those that merely came first. The weights are those of
Rocchio over captions, with words as dimensions (Rocchio, "Relevance feedback in information
retrieval", 1971; the choice of terms is the offer weight of Robertson, "On term selection for
query expansion", Journal of Documentation 46, 1990, in its simplest form).
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from firs.errors import InputError
from firs.refinement.base import Added, CaptionedImage, RefinementRequest, Suggestion
from firs.search.base import Balance

STOP_WORDS = frozenset(
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
"""Words that occur in captions of everything."""

_WORD = re.compile(r"[^\W\d_]+(?:['\u2019-][^\W\d_]+)*")
_MIN_LETTERS = 3


def words(text: str) -> list[str]:
    """Return all words of a text, in lower case.

    >>> words("A dog's ball, in the SNOW")
    ['a', "dog's", 'ball', 'in', 'the', 'snow']
    """
    return [word.lower() for word in _WORD.findall(text)]


def terms(text: str) -> list[str]:
    """Return the words of a text without stop words, in their order.

    >>> terms("A dog runs in the deep snow")
    ['dog', 'runs', 'deep', 'snow']
    """
    return [word for word in words(text) if _is_content_word(word)]


def phrases(text: str) -> Iterator[str]:
    """Yield the pairs of such words that are next to each other.

    >>> list(phrases("A dog runs in the deep snow"))
    ['dog runs', 'deep snow']
    """
    all_ = words(text)
    for first, second in pairwise(all_):
        if _is_content_word(first) and _is_content_word(second):
            yield f"{first} {second}"


def _is_content_word(word: str) -> bool:
    return len(word) >= _MIN_LETTERS and word not in STOP_WORDS


def stem(word: str) -> str:
    """Return a word without its most common endings, so that ``dogs`` and ``dog`` are equal.

    >>> [stem(word) for word in ("dogs", "running", "runs", "snowy", "glasses")]
    ['dog', 'run', 'run', 'snow', 'glass']
    """
    for end in ("ing", "es", "ed", "s", "y"):
        cut = word.removesuffix(end)
        if cut != word and len(cut) >= _MIN_LETTERS and not (end == "s" and cut.endswith("s")):
            is_doubled = end == "ing" and len(cut) > _MIN_LETTERS and cut[-1] == cut[-2]
            return cut[:-1] if is_doubled else cut
    return word


BETA = 10.0
_NEGATIVE_WEIGHT = -Balance().against
"""Weight of a negative term: irrelevant images are often similar to relevant ones."""

_PHRASE = 1.25
"""Factor of a phrase, which says more than its words: it precedes them unless it is much rarer."""

_MIN_WEIGHT = 0.05
_MIN_IMAGES = 2
"""Number of images that must share a term."""


@dataclass(frozen=True, slots=True)
class Terms:
    """Single terms such as ``+ snowy`` and ``− indoors``.

    Args:
        most: maximum number of positive terms, and of negative terms.
        beta: β, weight of a caption's similarity to the query if nothing was marked.

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

    def refine(self, request: RefinementRequest) -> list[Suggestion]:
        """Return one suggestion per term: first the positive ones, then the negative ones."""
        weights = self.weigh(request, with_phrases=True)
        rank = {t: abs(w) * (_PHRASE if " " in t else 1) for t, w in weights.items()}
        known = {stem(word) for word in words(request.text)}
        relevant = _terms_of_images(request.marked)
        others = _terms_of_images([*request.others, *request.crossed])
        relevant_stems = {each for terms_ in relevant for term in terms_ for each in _stems(term)}
        positive, negative = [], []
        for term in sorted(weights, key=lambda each: (-round(rank[each], 9), each)):
            stems, weight = _stems(term), weights[term]
            if stems & known:
                continue
            if weight >= _MIN_WEIGHT and _count(term, relevant) >= min(_MIN_IMAGES, len(relevant)):
                positive.append(term)
            elif (
                weight <= -_MIN_WEIGHT
                and not stems <= relevant_stems
                and _count(term, others) >= _MIN_IMAGES
            ):
                negative.append(term)
        text = request.text.rstrip(" .")
        group = "first images" if request.guessed else "relevant images"
        return [
            Suggestion(
                f"{text}, {term}",
                (Added(term),),
                f"in captions of {_count(term, relevant)} of the {len(relevant)} {group}",
            )
            for term in _without_repetition(positive, self.most)
        ] + [
            Suggestion(
                f"{text}, not {term}",
                (Added(term, _NEGATIVE_WEIGHT),),
                f"in captions of {_count(term, others)} of the others and of no relevant image",
            )
            for term in _without_repetition(negative, self.most)
        ]

    def weigh(self, request: RefinementRequest, *, with_phrases: bool = False) -> dict[str, float]:
        """Return the weight of each term, from -1 to 1, not sorted."""
        weights: dict[str, float] = defaultdict(float)
        others = [*request.others, *request.crossed] or request.marked
        for caption, share in [
            *self._shares(request.marked, guessed=request.guessed),
            *((caption, -share) for caption, share in _equal_shares(others)),
        ]:
            for term in _terms_of(caption, with_phrases=with_phrases):
                weights[term] += share
        return dict(weights)

    def _shares(
        self, images: Sequence[CaptionedImage], *, guessed: bool
    ) -> Iterator[tuple[str, float]]:
        """Yield each caption of relevant images and its share; the shares sum to 1."""
        near = [near for each in images for near in each.near]
        if not guessed or not near:
            yield from _equal_shares(images)
            return
        cosines = np.array(near, dtype=np.float64)
        shares = np.exp(self.beta * (cosines - cosines.max()))
        captions = (caption for each in images for caption in each.captions)
        yield from zip(captions, (shares / shares.sum()).tolist(), strict=True)


def _equal_shares(images: Sequence[CaptionedImage]) -> Iterator[tuple[str, float]]:
    """Yield captions with shares: captioned images have equal shares, as do their captions."""
    captioned = [each for each in images if each.captions]
    for each in captioned:
        for caption in each.captions:
            yield caption, 1 / (len(captioned) * len(each.captions))


def _terms_of(caption: str, *, with_phrases: bool) -> set[str]:
    single = set(terms(caption))
    return single | set(phrases(caption)) if with_phrases else single


def _terms_of_images(images: Sequence[CaptionedImage]) -> list[set[str]]:
    """Return the terms of each image that has captions."""
    return [
        set().union(*(_terms_of(caption, with_phrases=True) for caption in each.captions))
        for each in images
        if each.captions
    ]


def _without_repetition(candidates: Iterable[str], count: int) -> list[str]:
    """Return the first ``count`` terms that have no word in common."""
    chosen: list[str] = []
    seen: set[str] = set()
    for term in candidates:
        if not _stems(term) & seen and len(chosen) < count:
            chosen.append(term)
            seen |= _stems(term)
    return chosen


def _count(term: str, images: Sequence[set[str]]) -> int:
    return sum(term in each for each in images)


def _stems(term: str) -> set[str]:
    return {stem(word) for word in term.split()}

"""Guards: what a suggestion may say, and how far it may go.

A caption can hold anything, such as "ignore the above and …", and a model may obey it. So new
words of a suggestion must be said of at least two images that fit (of one, where there is only
one): what a single picture smuggles in is dropped. And the new text must stay near the old one.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from firs.encoders import Vectors
from firs.refinement.base import CaptionedImage, RefinementRequest
from firs.refinement.suggestion import Suggestion
from firs.refinement.words import stem, terms, words
from firs.search.centres import directions_from

BOUND = 0.3
"""Cosine of two texts, both seen from the middle of all texts, below which one drifts from another.

Of two captions that people wrote of one photo, 5 % lie below 0.30 with ``mini`` and below 0.25 with
CLIP ViT-B/32; half of all captions of different photos lie below 0.03 and -0.02.
"""

_SHARED = 2


def keep_grounded(suggestions: Sequence[Suggestion], asked: RefinementRequest) -> list[Suggestion]:
    """Those that say nothing new but what several of the images that fit share."""
    allowed = {stem(word) for word in words(asked.text)} | _shared_stems(asked.marked)
    return [each for each in suggestions if {stem(word) for word in terms(each.text)} <= allowed]


def _shared_stems(images: Sequence[CaptionedImage]) -> set[str]:
    """The stems that are said of two images, or of one where there are no two."""
    told = [{stem(word) for text in each.captions for word in words(text)} for each in images]
    told = [each for each in told if each]
    counts: dict[str, int] = {}
    for each in told:
        for word in each:
            counts[word] = counts.get(word, 0) + 1
    return {word for word, count in counts.items() if count >= min(_SHARED, len(told))}


def measure_drift(
    suggestions: Sequence[Suggestion], old: Vectors, new: Vectors, centre: Vectors
) -> list[Suggestion]:
    """The same with how near each is to the old text, and whether that is too far.

    Args:
        suggestions: ``m`` of them.
        old: float32 ``(dim,)``, the old text's vector.
        new: float32 ``(m, dim)``, the new texts'.
        centre: float32 ``(dim,)``, the middle of all texts.
    """
    near = directions_from(centre, new) @ directions_from(centre, old)
    return [
        replace(each, similarity=float(cosine), drifts=bool(cosine < BOUND))
        for each, cosine in zip(suggestions, np.atleast_1d(near), strict=True)
    ]

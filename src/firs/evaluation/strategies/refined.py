"""Refinement without a person: the first images are captioned, and their captions refine the query.

The set-up of the paper's table 3: nothing is marked; the best three images are assumed relevant.
"""

from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from firs.calibration.defaults import everyday
from firs.encoders.base import Vectors
from firs.errors import InputError
from firs.evaluation.evaluation_set import EvaluationSet
from firs.evaluation.measures import Indices, ScoreRows
from firs.evaluation.searchers import FloatSearcher
from firs.evaluation.strategies import StartedStrategy
from firs.evaluation.strategies.interactive import centred_embeddings
from firs.feedback.base import best
from firs.index.base import Scores
from firs.refinement import CaptionedImage, RefinementRequest
from firs.refinement.captioners import CAPTIONS
from firs.refinement.terms import BETA, Terms
from firs.refinement.terms import terms as terms_of
from firs.session.refinement import fuse_scores, term_scores

CAPTIONERS = ("bank", "human")
METHODS = ("fused", "replaced")


@dataclass(frozen=True, slots=True)
class RefinedQuery:
    """``refine``: one round of refinement by captions of the first images.

    The query caption itself is never among those that are read, no matter who wrote them.

    Args:
        captioner: ``human``, the captions by people of the images that were found; or ``bank``,
            the captions nearest to them by the encoder, of all texts of any image and, where
            there is an encoder, of the everyday texts that come with QT-FIRS. With ``own`` an
            image's own captions come first there, as they do for a person.
        mode: ``fused`` with the query, or ``replaced`` by the mean of the query and the
            captions, as in the paper.
        p: how many images are assumed relevant.
        captions: how many of each are read.
        own: whether ``bank`` reads an image's own captions first.
        strength: how much the added terms count.
        terms: how many are added at most, for and against together.
        beta: how sharply captions near the query count.
        first: how many of the first images may change places; 0 for all.

    Raises:
        InputError: a name or a number is out of range.
    """

    captioner: str = "bank"
    mode: str = "fused"
    p: int = 3
    captions: int = CAPTIONS
    own: bool = True
    strength: float = 0.05
    terms: int = 24
    beta: float = BETA
    first: int = 10

    def __post_init__(self) -> None:
        if self.captioner not in CAPTIONERS or self.mode not in METHODS:
            raise InputError(
                f"The captioner is one of {', '.join(CAPTIONERS)} and the mode one of "
                f"{', '.join(METHODS)}, not {self.captioner} and {self.mode}."
            )
        if min(self.p, self.captions, self.terms) < 1 or min(self.strength, self.first) < 0:
            raise InputError("p, captions and terms are 1 or more, strength and first 0 or more.")
        Terms(beta=self.beta)

    def start(self, evaluation_set: EvaluationSet) -> StartedStrategy:
        """Start with one search, then one refined one."""
        searcher, source = FloatSearcher(evaluation_set.images), _CaptionSource(evaluation_set)
        refine = self._fuse if self.mode == "fused" else self._replace

        def answers(block: Indices) -> list[ScoreRows]:
            scores = searcher.scores(evaluation_set.queries[block])
            top = best(scores, min(self.p, scores.shape[1]))
            refined = []
            for query, row, images in zip(block.tolist(), scores, top.tolist(), strict=True):
                captions = [self._select(source, query, image) for image in images]
                refined.append(refine(source, query, row, captions))
            return [scores, np.stack(refined)]

        return StartedStrategy(answers, searcher)

    def _fuse(
        self, source: "_CaptionSource", query: int, row: Scores, captions: list[list[int]]
    ) -> Scores:
        captioned = []
        for each in captions:
            cosines = source.vectors[each] @ source.evaluation_set.queries[query]
            texts = tuple(source.texts[caption] for caption in each)
            captioned.append(CaptionedImage(texts, tuple(cosines.tolist())))
        text = source.evaluation_set.query_text(query)
        weights = Terms(beta=self.beta).weigh(RefinementRequest(text, captioned, guessed=True))
        heaviest = sorted(weights.items(), key=lambda each: (-round(abs(each[1]), 9), each[0]))
        changes = [
            self.strength * weight * source.term_scores(term)
            for term, weight in heaviest[: self.terms]
        ]
        return fuse_scores(row, changes, self.first or None)

    def _replace(
        self, source: "_CaptionSource", query: int, row: Scores, captions: list[list[int]]
    ) -> Scores:
        del row
        evaluation_set = source.evaluation_set
        vectors = source.vectors[[caption for each in captions for caption in each]]
        vector = np.mean([evaluation_set.queries[query], *vectors], axis=0)
        scores: Scores = (evaluation_set.images @ vector).astype(np.float32)
        return scores

    def _select(self, source: "_CaptionSource", query: int, image: int) -> list[int]:
        """Return the captions of an image that are read, as indices in all texts."""
        own = source.own[image] if self.captioner == "human" or self.own else []
        more = source.nearest(image, self.captions) if self.captioner == "bank" else []
        query_caption = source.evaluation_set.query_captions[query]
        found = [each for each in dict.fromkeys([*own, *more]) if each != query_caption]
        return found[: self.captions]


class _CaptionSource:
    """All captions of an evaluation set and, if texts can be encoded, everyday texts."""

    def __init__(self, evaluation_set: EvaluationSet) -> None:
        self.evaluation_set = evaluation_set
        self.own: dict[int, list[int]] = defaultdict(list)
        for caption, owner in enumerate(evaluation_set.dataset.owners.tolist()):
            self.own[owner].append(caption)
        self._images = centred_embeddings(evaluation_set)
        self._nearest: dict[int, list[int]] = {}
        self._term_scores: dict[str, Scores] = {}

    @cached_property
    def texts(self) -> list[str]:
        more = everyday() if self.evaluation_set.collection is not None else ()
        return [*self.evaluation_set.dataset.captions, *more]

    @cached_property
    def vectors(self) -> Vectors:
        known = self.evaluation_set.dataset.caption_vectors
        return self.evaluation_set.encode_texts(self.texts) if known is None else known

    def nearest(self, image: int, count: int) -> list[int]:
        """Return the texts nearest to an image, more than needed: one may be the query."""
        if image not in self._nearest:
            cosines = self.vectors @ self.evaluation_set.images[image]
            self._nearest[image] = np.argsort(-cosines, kind="stable")[: 2 * count + 1].tolist()
        return self._nearest[image]

    def term_scores(self, term: str) -> Scores:
        """Return the scores of a term for all images."""
        if term not in self._term_scores:
            self._term_scores[term] = term_scores(self._images, self._encode(term), 1.0)
        return self._term_scores[term]

    def _encode(self, term: str) -> Vectors:
        """By the encoder; or the mean of the texts with the term, minus that of all texts."""
        if self.evaluation_set.collection is not None:
            [vector] = self.evaluation_set.encode_texts([term])
            return np.asarray(vector, dtype=np.float32)
        differences = self.vectors[self._texts_with[term]] - self.vectors.mean(axis=0)
        return np.asarray(differences.mean(axis=0), dtype=np.float32)

    @cached_property
    def _texts_with(self) -> dict[str, list[int]]:
        texts: dict[str, list[int]] = defaultdict(list)
        for index, text in enumerate(self.texts):
            for term in set(terms_of(text)):
                texts[term].append(index)
        return texts

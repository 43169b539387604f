"""Refinement without a person: the first images are captioned, and their captions refine the query.

The set-up of the paper's table 3: nothing is marked, and the best three images are taken for right.
"""

from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from firs.calibration.defaults import everyday
from firs.encoders.base import Vectors
from firs.errors import InputError
from firs.evaluation.evaluation_set import EvaluationSet
from firs.evaluation.ranks import Places, ScoreRows
from firs.evaluation.searchers import FloatSearcher
from firs.evaluation.strategies.base import Started
from firs.evaluation.strategies.calibrated import encode_texts
from firs.feedback import CentredEmbeddings
from firs.feedback.base import best
from firs.index.base import Scores
from firs.refinement import CaptionedImage, RefinementRequest
from firs.refinement.captioners import CAPTIONS
from firs.refinement.terms import BETA, Terms
from firs.refinement.terms import terms as words_of
from firs.search import EmbeddingMatrix
from firs.session.refinement import fuse_scores, term_scores

CAPTIONERS = ("bank", "human")
WAYS = ("fused", "replaced")


@dataclass(frozen=True, slots=True)
class RefinedQuery:
    """``refine``: one round of refinement by captions of the first images.

    The caption that is asked is never among those that are read, anyone who wrote them.

    Args:
        captioner: ``human``, what people say of the images that were found; or ``bank``, the
            captions nearest to them by the encoder, of all texts of any image and, where
            there is an encoder, of the everyday texts that come with QT-FIRS. With ``own`` an
            image's own captions come first there, as they do for a person.
        way: ``fused`` with what was asked, or ``replaced`` by the mean of the query and the
            captions, as in the paper.
        p: how many images are taken for right.
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
    way: str = "fused"
    p: int = 3
    captions: int = CAPTIONS
    own: bool = True
    strength: float = 0.05
    terms: int = 24
    beta: float = BETA
    first: int = 10

    def __post_init__(self) -> None:
        if self.captioner not in CAPTIONERS or self.way not in WAYS:
            raise InputError(
                f"The captioner is one of {', '.join(CAPTIONERS)} and the way one of "
                f"{', '.join(WAYS)}, not {self.captioner} and {self.way}."
            )
        if min(self.p, self.captions, self.terms) < 1 or min(self.strength, self.first) < 0:
            raise InputError("p, captions and terms are 1 or more, strength and first 0 or more.")
        Terms(beta=self.beta)

    def start(self, evaluation_set: EvaluationSet) -> Started:
        """One search, then one refined one."""
        searcher, sayings = FloatSearcher(evaluation_set.images), _CaptionSource(evaluation_set)
        refine = {"fused": self._fuse, "replaced": self._replace}[self.way]

        def answers(block: Places) -> list[ScoreRows]:
            scores = searcher.scores(evaluation_set.queries[block])
            top = best(scores, min(self.p, scores.shape[1]))
            found = [
                refine(sayings, int(query), row, images.tolist())
                for query, row, images in zip(block, scores, top, strict=True)
            ]
            return [scores, np.stack(found)]

        return Started(answers, searcher)

    def _fuse(self, said: "_CaptionSource", query: int, row: Scores, images: list[int]) -> Scores:
        told = [self._captions_of(said, query, image) for image in images]
        asked = RefinementRequest(said.query_text(query), told, guessed=True)
        deserved = Terms(beta=self.beta).weigh(asked)
        telling = sorted(deserved.items(), key=lambda each: (-round(abs(each[1]), 9), each[0]))
        pushes = [self.strength * w * said.push(term) for term, w in telling[: self.terms]]
        return fuse_scores(row, pushes, self.first or None)

    def _replace(
        self, said: "_CaptionSource", query: int, row: Scores, images: list[int]
    ) -> Scores:
        del row
        read = [text for image in images for text in self._read(said, query, image)]
        vector = np.mean([said.evaluation_set.queries[query], *said.vectors[read]], axis=0)
        scores: Scores = (said.evaluation_set.images @ vector).astype(np.float32)
        return scores

    def _captions_of(self, said: "_CaptionSource", query: int, image: int) -> CaptionedImage:
        read = self._read(said, query, image)
        near = said.vectors[read] @ said.evaluation_set.queries[query]
        return CaptionedImage(tuple(said.texts[each] for each in read), tuple(near.tolist()))

    def _read(self, said: "_CaptionSource", query: int, image: int) -> list[int]:
        """The captions of an image that are read, as places in all texts."""
        own = said.of_image(image) if self.captioner == "human" or self.own else []
        more = said.near(image, self.captions) if self.captioner == "bank" else []
        read = [
            each
            for each in dict.fromkeys([*own, *more])
            if each != said.evaluation_set.asked[query]
        ]
        return read[: self.captions]


class _CaptionSource:
    """Return all captions of an evaluation set and, if it can be encoded, everyday texts."""

    def __init__(self, evaluation_set: EvaluationSet) -> None:
        self.evaluation_set = evaluation_set
        self._field = CentredEmbeddings(
            EmbeddingMatrix(np.arange(len(evaluation_set.images)), evaluation_set.images)
        )
        self._near: dict[int, list[int]] = {}
        self._pushes: dict[str, Scores] = {}
        self._own: dict[int, list[int]] = defaultdict(list)
        for caption, owner in enumerate(evaluation_set.dataset.owners.tolist()):
            self._own[owner].append(caption)

    @cached_property
    def texts(self) -> list[str]:
        more = everyday() if self.evaluation_set.collection is not None else ()
        return [*self.evaluation_set.dataset.captions, *more]

    @cached_property
    def vectors(self) -> Vectors:
        known = self.evaluation_set.dataset.caption_vectors
        return encode_texts(self.evaluation_set, self.texts) if known is None else known

    def query_text(self, query: int) -> str:
        return self.texts[int(self.evaluation_set.asked[query])]

    def of_image(self, image: int) -> list[int]:
        return self._own[image]

    def near(self, image: int, count: int) -> list[int]:
        """Return the texts nearest to an image, one more than needed: one may be the query."""
        if image not in self._near:
            cosines = self.vectors @ self.evaluation_set.images[image]
            self._near[image] = np.argsort(-cosines, kind="stable")[: 2 * count + 1].tolist()
        return self._near[image]

    def push(self, term: str) -> Scores:
        """Return the scores of a term for all images."""
        if term not in self._pushes:
            self._pushes[term] = term_scores(self._field, self._vector(term), 1.0)
        return self._pushes[term]

    def _vector(self, term: str) -> Vectors:
        """By the encoder; or the mean of the texts with the term, minus that of all texts."""
        if self.evaluation_set.collection is not None:
            [vector] = encode_texts(self.evaluation_set, [term])
            return np.asarray(vector, dtype=np.float32)
        told = self.vectors[self._places[term]] - self.vectors.mean(axis=0)
        return np.asarray(told.mean(axis=0), dtype=np.float32)

    @cached_property
    def _places(self) -> dict[str, list[int]]:
        places: dict[str, list[int]] = defaultdict(list)
        for at, text in enumerate(self.texts):
            for term in set(words_of(text)):
                places[term].append(at)
        return places

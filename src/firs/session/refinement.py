"""Query refinement in a session: suggestions from captions, and the fusion of an accepted one.

The old query and the added terms are both searched, and fused; neither replaces the other:

    s(d) = z_old(d) + λ · Σ_t w_t · z_t(d)

Scores are brought to one scale by their mean and standard deviation over the collection (z-score,
see ``firs.fusion.ballots``). The paper searched by the refined query alone, and lost 12 points of
R@5.
"""

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from firs.encoders import Vectors
from firs.errors import ImageError, InputError, MissingExtra, RefinementError
from firs.feedback import CentredEmbeddings
from firs.feedback.base import Scores, best, standardise
from firs.query import TextTerm
from firs.refinement import (
    BANK,
    CAPTIONERS,
    REFINERS,
    TERMS,
    CaptionedImage,
    RefinementRequest,
    Settings,
    Suggestion,
    open_refiner,
    suggestion_from_text,
)
from firs.refinement.captioners import open_captioner
from firs.refinement.captioning import captions_of
from firs.refinement.language_model import measure_drift
from firs.search import EmbeddingSearcher
from firs.search.matrix import PopulationSample
from firs.search.searcher import Vector
from firs.session.events import Pushed, Refine, to_base64
from firs.session.round import PAGE, Round

if TYPE_CHECKING:
    from firs.collection import Collection

STRENGTH = 0.2
"""Default λ of an accepted suggestion: more of a single word harms long queries
(docs/refinement.md)."""

FIRST = 3
"""Number of first results that count as relevant if nothing is marked, as in the paper."""

_MAX_MARKED = 12
"""Number of marked images to caption, the newest."""

_NOTHING = 1e-6


def term_scores(images: CentredEmbeddings, vector: Vector, weight: float) -> Scores:
    """Return a vector's standardised cosines times a weight: float32 ``(n,)``."""
    scores = images.table.scores(vector[np.newaxis])[:, 0]
    return (np.float32(weight) * images.standardise(scores)).astype(np.float32)


def fuse_scores(
    old: Scores,
    added: Sequence[Scores],
    first: int | None = None,
    whole: PopulationSample | None = None,
) -> Scores:
    """Return the fused scores of all images: float32 ``(n,)``.

    Args:
        old: float32 ``(n,)``, by the old query; minus infinity if an image is left out.
        added: float32 ``(n,)`` each, added to the standardised old scores.
        first: number of first images that are reordered; default all.
        whole: the sample that represents all images, if not all are known.
    """
    before = standardise(old, whole)
    new: Scores = np.sum([before, *added], axis=0, dtype=np.float32)
    if first is None or first >= len(old):
        return new
    head = best(old[np.newaxis], first)[0]
    tail = np.ones(len(old), dtype=bool)
    tail[head] = False
    new[head] += max(np.float32(0), before[tail].max() + 1 - new[head].min())
    new[tail] = before[tail]
    return new


def move_query(old: Vector, vectors: Sequence[Vector], weights: Sequence[float]) -> Vector:
    """Return the query's one vector plus weighted vectors: float32 ``(dim,)``, of length 1."""
    total = np.asarray([1.0, *weights], dtype=np.float32) @ np.stack([old, *vectors])
    length = float(np.linalg.norm(total))
    return total / np.float32(length) if length > _NOTHING else old


@dataclass(frozen=True, slots=True)
class Refinement:
    """Result of a refinement.

    Args:
        suggestions: best first; may be empty.
        summary: one line about their source, or why there are none.
        text: the query that they refine.
        by: name of the refiner.
        failed: whether the refiner or the captioner failed.
    """

    suggestions: tuple[Suggestion, ...]
    summary: str
    text: str
    by: str
    failed: bool = False


@dataclass(frozen=True, slots=True)
class RefinementTask:
    """A round to refine; it can run while the session continues.

    Args:
        collection: the collection of the images.
        encoder: name of the session's encoder.
        text: the text of the query.
        marked: ids of relevant images.
        others: ids of other images on the page.
        crossed: ids of irrelevant images.
        guessed: whether nothing was marked, so that ``marked`` is a guess.
        refiner: a name in ``firs.refinement.REFINERS``.
        captioner: a name in ``firs.refinement.CAPTIONERS``.
        settings: of the language model.
    """

    collection: "Collection"
    encoder: str
    text: str
    marked: Sequence[int]
    others: Sequence[int]
    crossed: Sequence[int]
    guessed: bool
    refiner: str
    captioner: str
    settings: Settings | None = None

    def run(self) -> Refinement:
        """Run the refinement; a failure becomes one line in the result.

        Raises:
            InputError: a setting is invalid.
            EncoderMismatch: the collection's embeddings now come from other weights.
        """
        try:
            suggestions, failed = tuple(self._suggestions()), False
        except (RefinementError, MissingExtra, ImageError) as error:
            suggestions, failed = (), True
            summary = f"The query stays as it is: {error}"
        else:
            images = "the first results" if self.guessed else "the ticked images"
            summary = f"From the captions of {images} ({self.captioner})."
            if not suggestions:
                summary = "The captions of these images add nothing to your query."
        return Refinement(suggestions, summary, self.text, self.refiner, failed)

    def _suggestions(self) -> list[Suggestion]:
        with (
            closing(open_refiner(self.refiner, self.settings)) as refiner,
            self.collection.open_searcher(self.encoder) as searcher,
        ):
            old = searcher.encoder.encode_texts([self.text])[0]
            found = refiner.refine(self._request(searcher, old))
            if not found:
                return []
            new = searcher.encoder.encode_texts([each.text for each in found])
            text_mean = searcher.matrix.centres(searcher.encoder).text_mean
            return measure_drift(found, old, new, text_mean)

    def _request(self, searcher: EmbeddingSearcher, query: Vector) -> RefinementRequest:
        """Caption the images and measure the similarity of each caption to the query."""
        ids = [*self.marked, *self.others, *self.crossed]
        opened = open_captioner(self.captioner, self.collection, searcher, self.settings)
        with closing(opened) as captioner:
            captions = captions_of(self.collection, ids, captioner, searcher.images.vector)
        texts = list(dict.fromkeys(text for each in captions.values() for text in each))
        cosines = (searcher.encoder.encode_texts(texts) @ query).tolist() if texts else []
        cosine_of = dict(zip(texts, cosines, strict=True))
        marked, others, crossed = (
            [
                CaptionedImage(captions[id_], tuple(cosine_of[text] for text in captions[id_]))
                for id_ in group
            ]
            for group in (self.marked, self.others, self.crossed)
        )
        return RefinementRequest(self.text, marked, others, crossed, self.guessed)


def prepare_refinement(
    collection: "Collection | None",
    round_: Round,
    refiner: str = TERMS,
    captioner: str = BANK,
    settings: Settings | None = None,
) -> RefinementTask:
    """Return the task of refining a round.

    Raises:
        InputError: the session has no collection, the query has no text, or the refiner or
            captioner is unknown.
    """
    if collection is None:
        raise InputError("This session is of no collection, so its images cannot be captioned.")
    REFINERS.load(refiner)
    CAPTIONERS.load(captioner.partition(":")[0])
    marks = round_.current_marks()
    ticked = [id_ for id_, mark in marks.items() if mark.kind != "irrelevant"][-_MAX_MARKED:]
    crossed = [id_ for id_, mark in marks.items() if mark.kind == "irrelevant"][-_MAX_MARKED:]
    page = round_.ids(0, PAGE)
    relevant = ticked or page[:FIRST]
    existing = set(collection.paths([*page, *ticked, *crossed]))
    return RefinementTask(
        collection,
        round_.context.encoder,
        round_.text or _text_of(round_),
        marked=[id_ for id_ in relevant if id_ in existing],
        others=[id_ for id_ in page if id_ in existing and id_ not in {*relevant, *marks}],
        crossed=[id_ for id_ in crossed if id_ in existing],
        guessed=not ticked,
        refiner=refiner,
        captioner=captioner,
        settings=settings,
    )


def _text_of(round_: Round) -> str:
    """Return the positive texts of the query.

    Raises:
        InputError: the query has no text.
    """
    terms = [each for each in round_.context.query.texts if each.weight > 0]
    texts = [each.what.text for each in terms if isinstance(each.what, TextTerm)]
    if not texts:
        raise InputError("There are no words to refine: the query is of pictures alone.")
    return ", ".join(texts)


def encode_suggestion(
    collection: "Collection | None",
    after: Round,
    suggestion: Suggestion | str,
    strength: float,
    by: str,
    shown: int | None,
    *,
    again: bool,
) -> Refine:
    """Return the event of adding a suggestion or a typed text to the query.

    Raises:
        InputError: the session has no collection, the text is empty, or a number is out of range.
        EncoderError: the encoder cannot be opened.
    """
    is_typed = isinstance(suggestion, str)
    taken = suggestion_from_text(suggestion) if isinstance(suggestion, str) else suggestion
    if collection is None:
        raise InputError("This session is of no collection, so words cannot be encoded.")
    with collection.open_searcher(after.context.encoder) as searcher:
        vectors: Vectors = searcher.encoder.encode_texts([each.text for each in taken.added])
    terms = tuple(
        Pushed(each.text, each.weight, to_base64(vector))
        for each, vector in zip(taken.added, vectors, strict=True)
    )
    source = by or ("typed" if is_typed else "suggested")
    viewed = after.count_viewed(shown)
    return Refine(after.number, taken.text, terms, float(strength), source, viewed, bool(again))

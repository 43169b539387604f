"""The old query and what refines it, both searched, and fused: neither replaces the other.

    s(d) = z_old(d) + λ · Σ_t w_t · z_t(d)

Scores are brought to one scale by their mean and standard deviation over the collection (z-score,
see ``firs.fusion.ballots``). The paper searched by the refined query alone, and lost
12 points of R@5.
"""

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from firs.encoders import Vectors
from firs.errors import ImageError, InputError, MissingExtra, RefinementError
from firs.feedback import CentredEmbeddings
from firs.feedback.base import Places, Scores, standardise
from firs.feedback.pseudo import best
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
from firs.session.context import Question
from firs.session.events import Pushed, Refine, to_base64
from firs.session.round import PAGE, Push, Round

if TYPE_CHECKING:
    from firs.collection import Collection
    from firs.session.events import Event
    from firs.session.history import History

STRENGTH = 0.2
"""λ, for what a person took: more of a single word harms long queries (docs/refinement.md)."""

_NOTHING = 1e-6


def term_scores(images: CentredEmbeddings, vector: Vector, weight: float) -> Scores:
    """Return a vector's standardised cosines times a weight, float32 ``(n,)``."""
    scores = images.table.scores(vector[np.newaxis])[:, 0]
    return (np.float32(weight) * images.standardise(scores)).astype(np.float32)


def fuse_scores(
    old: Scores,
    pushes: Sequence[Scores],
    first: int | None = None,
    whole: PopulationSample | None = None,
) -> Scores:
    """The scores of all images by both, float32 ``(n,)``.

    Args:
        old: float32 ``(n,)``, by the old query; minus infinity where one is left out.
        pushes: float32 ``(n,)`` each, what is added to the old scores when these are standardised.
        first: how many of the first images may change places, all of them among themselves;
            without it, all may.
        whole: the sample that represents all images, if not all are known.
    """
    before = standardise(old, whole)
    new: Scores = np.sum([before, *pushes], axis=0, dtype=np.float32)
    if first is None or first >= len(old):
        return new
    head = best(old[np.newaxis], first)[0]
    behind = np.ones(len(old), dtype=bool)
    behind[head] = False
    above = before[behind].max()
    new[head] += max(np.float32(0), above + 1 - new[head].min())
    new[behind] = before[behind]
    return new


def move_query(old: Vector, vectors: Sequence[Vector], weights: Sequence[float]) -> Vector:
    """The query's one vector with what was added in it, float32 ``(dim,)``, of length 1."""
    total = np.asarray([1.0, *weights], dtype=np.float32) @ np.stack([old, *vectors])
    length = float(np.linalg.norm(total))
    return total / np.float32(length) if length > _NOTHING else old


def refine_question(
    question: Question,
    pushes: Sequence[Push],
    vectors: Sequence[Vector],
    weights: Sequence[float],
    whole: PopulationSample | None = None,
) -> Question:
    """A question with what was added to it."""
    return Question(
        move_query(question.vector, vectors, weights),
        fuse_scores(question.query_scores, [each.scores for each in pushes], whole=whole),
    )


FIRST = 3
"""Images that are taken for fitting where nothing is marked; the paper's number."""

_MOST = 12
"""Marked images that are looked at, the newest."""


@dataclass(frozen=True, slots=True)
class Refinement:
    """Result of a refinement.

    Args:
        suggestions: best first; may be empty.
        told: one line about their source, or why there are none.
        text: the query that they refine.
        by: name of the refiner.
        failed: whether the refiner or the captioner failed.
    """

    suggestions: tuple[Suggestion, ...]
    told: str
    text: str
    by: str
    failed: bool = False


@dataclass(frozen=True, slots=True)
class Refining:
    """A round to refine.

    Args:
        collection: the collection of the images.
        encoder: name of the session's encoder.
        text: the query in words.
        marked: ids of relevant images.
        others: ids of other images on the page.
        crossed: ids of irrelevant images.
        guessed: whether nothing was marked.
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
            found = self._suggestions()
        except (RefinementError, MissingExtra, ImageError) as error:
            return self._outcome((), f"The query stays as it is: {error}", failed=True)
        if not found:
            return self._outcome((), "The captions of these images add nothing to your query.")
        what = "the first results" if self.guessed else "the ticked images"
        return self._outcome(found, f"From the captions of {what} ({self.captioner}).")

    def _outcome(
        self, found: Sequence[Suggestion], told: str, *, failed: bool = False
    ) -> Refinement:
        return Refinement(tuple(found), told, self.text, self.refiner, failed)

    def _suggestions(self) -> list[Suggestion]:
        with (
            closing(open_refiner(self.refiner, self.settings)) as refiner,
            self.collection.open_searcher(self.encoder) as space,
        ):
            old = space.encoder.encode_texts([self.text])[0]
            requested = self._refinement_request(space, old)
            found = refiner.refine(requested)
            if not found:
                return []
            new = space.encoder.encode_texts([each.text for each in found])
            return measure_drift(found, old, new, space.matrix.centres(space.encoder).text_mean)

    def _refinement_request(self, space: EmbeddingSearcher, old: Vectors) -> RefinementRequest:
        ids = [*self.marked, *self.others, *self.crossed]
        opened = open_captioner(self.captioner, self.collection, space, self.settings)
        with closing(opened) as captioner:
            captions = captions_of(self.collection, ids, captioner, space.images.vector)
        told = self._near(captions, space, old)
        marked, others, crossed = (
            [told[id_] for id_ in group] for group in (self.marked, self.others, self.crossed)
        )
        return RefinementRequest(self.text, marked, others, crossed, self.guessed)

    def _near(
        self, captions: dict[int, tuple[str, ...]], space: EmbeddingSearcher, old: Vectors
    ) -> dict[int, CaptionedImage]:
        """Return the captions of each image, with their similarity to the query."""
        texts = list(dict.fromkeys(text for each in captions.values() for text in each))
        cosines = (space.encoder.encode_texts(texts) @ old).tolist() if texts else []
        near = dict(zip(texts, cosines, strict=True))
        return {
            id_: CaptionedImage(each, tuple(near[text] for text in each))
            for id_, each in captions.items()
        }


def refining(
    collection: "Collection | None",
    round_: Round,
    refiner: str = TERMS,
    captioner: str = BANK,
    settings: Settings | None = None,
) -> Refining:
    """A round that is about to be refined.

    Raises:
        InputError: the session is of no collection, the query has no words, or there is no such
            refiner or captioner.
    """
    if collection is None:
        raise InputError("This session is of no collection, so its images cannot be captioned.")
    REFINERS.load(refiner)
    CAPTIONERS.load(captioner.partition(":")[0])
    held = round_.standing()
    ticked = [id_ for id_, mark in held.items() if mark.kind != "irrelevant"][-_MOST:]
    page = _ids(round_, round_.places(0, PAGE))
    marked = ticked or page[:FIRST]
    crossed = [id_ for id_, mark in held.items() if mark.kind == "irrelevant"][-_MOST:]
    known = set(collection.paths([*page, *ticked, *crossed]))
    others = [id_ for id_ in page if id_ not in {*marked, *held}]
    return Refining(
        collection,
        round_.context.encoder,
        round_.text or _words(round_),
        marked=[id_ for id_ in marked if id_ in known],
        others=[id_ for id_ in others if id_ in known],
        crossed=[id_ for id_ in crossed if id_ in known],
        guessed=not ticked,
        refiner=refiner,
        captioner=captioner,
        settings=settings,
    )


def _ids(round_: Round, places: Places) -> list[int]:
    found: list[int] = round_.context.images.table.ids[places].tolist()
    return found


def _words(round_: Round) -> str:
    """Return the positive texts of the query.

    Raises:
        InputError: the query has no text.
    """
    terms = round_.context.query.texts
    said = [each.what.text for each in terms if isinstance(each.what, TextTerm) and each.weight > 0]
    if not said:
        raise InputError("There are no words to refine: the query is of pictures alone.")
    return ", ".join(said)


def vectors_of(collection: "Collection | None", encoder: str, texts: Sequence[str]) -> Vectors:
    """Added words → vectors, float32 ``(len(texts), dim)``.

    Raises:
        InputError: the session is of no collection.
        EncoderError: the encoder cannot be opened.
    """
    if collection is None:
        raise InputError("This session is of no collection, so words cannot be encoded.")
    with collection.open_searcher(encoder) as space:
        return space.encoder.encode_texts(list(texts))


class RefinementMixin:
    """What a session does with other words."""

    _collection: "Collection | None"
    _history: "History"

    def _do(self, event: "Event") -> None:
        """Let an event happen and write it down."""
        raise NotImplementedError

    def refining(
        self,
        refiner: str = TERMS,
        captioner: str = BANK,
        *,
        settings: Settings | None = None,
        round: int | None = None,  # noqa: A002, what it names
    ) -> Refining:
        """Return the refinement task of ``refine``, which can run while the session continues.

        Raises:
            InputError: the refiner, captioner or round is unknown, or the query has no text.
        """
        at = self._history.round(round)
        return refining(self._collection, at, refiner, captioner, settings)

    def refine(
        self,
        refiner: str = TERMS,
        captioner: str = BANK,
        *,
        settings: Settings | None = None,
        round: int | None = None,  # noqa: A002, what it names
    ) -> Refinement:
        """Suggest better queries from captions of the ticked images.

        Without ticks the first three results are used. Nothing changes until a suggestion is
        accepted. A failure is reported in the ``told`` field of the result.

        Args:
            refiner: a name in ``firs.refinement.REFINERS``.
            captioner: a name in ``firs.refinement.CAPTIONERS``.
            settings: of the language model; default from the environment.
            round: round to refine; default the current one.

        Raises:
            InputError: the refiner, captioner or round is unknown, or the query has no text.

        >>> for each in session.refine().suggestions:  # doctest: +SKIP
        ...     print(each.label, each.why)
        """
        return self.refining(refiner, captioner, settings=settings, round=round).run()

    def accept(
        self,
        suggestion: Suggestion | str,
        strength: float = STRENGTH,
        *,
        by: str = "",
        shown: int | None = None,
        again: bool = True,
        round: int | None = None,  # noqa: A002, what it names
    ) -> Round:
        """Add a suggestion to the query: a new round, fused with the scores so far.

        Args:
            suggestion: one of ``refine``'s, or an edited text.
            strength: weight relative to the query so far; default 1.
            by: name of the refiner.
            shown: as for ``next``.
            again: as for ``next``.
            round: round to continue from; default the current one.

        Returns:
            The new round, which becomes the current one.

        Raises:
            InputError: the text is empty, the round is unknown, or the strength is out of range;
                the session does not change.
            SessionConflict: another process has changed the session, which stays as it is.
            StorageError: the disk is full or failing; the session does not change.
        """
        typed = isinstance(suggestion, str)
        taken = suggestion_from_text(suggestion) if isinstance(suggestion, str) else suggestion
        after = self._history.round(round)
        texts = [each.text for each in taken.added]
        vectors = vectors_of(self._collection, after.context.encoder, texts)
        terms = tuple(
            Pushed(each.text, each.weight, to_base64(vector))
            for each, vector in zip(taken.added, vectors, strict=True)
        )
        who = by or ("typed" if typed else "suggested")
        looked_at = after.count_viewed(shown)
        self._do(
            Refine(after.number, taken.text, terms, float(strength), who, looked_at, bool(again))
        )
        return self._history.round()

"""Query refinement in a session: ``Session.refine`` and ``Session.accept``."""

from typing import TYPE_CHECKING

from firs.refinement import BANK, TERMS, Settings, Suggestion, suggestion_from_text
from firs.session.events import Pushed, Refine
from firs.session.fusing import STRENGTH
from firs.session.refining import Refinement, Refining, refining, vectors_of
from firs.session.round import Round
from firs.session.vectors import to_base64

if TYPE_CHECKING:
    from firs.collection import Collection
    from firs.session.events import Event
    from firs.session.history import History


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

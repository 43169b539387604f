"""``Session.refine`` and ``Session.accept``: other words, asked for and taken."""

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
        """What ``refine`` would ask, which can be run while the session goes on.

        Raises:
            InputError: there is no such refiner, captioner or round, or the query has no words.
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
        """Ask for a better query: what was ticked is captioned, and a refiner proposes.

        Without ticks the first three results are taken for fitting. Nothing changes until a
        suggestion is accepted. What fails is told in the answer's ``told``.

        Args:
            refiner: a name in ``firs.refinement.REFINERS``.
            captioner: a name in ``firs.refinement.CAPTIONERS``.
            settings: of the language model; by default those of the environment.
            round: which to refine; by default the one one is at.

        Raises:
            InputError: there is no such refiner, captioner or round, or the query has no words.

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
        """Search by a suggestion, too: a step like any other, fused with what was asked before.

        Args:
            suggestion: one of ``refine``'s; or a text, as a person edited it.
            strength: how much it counts, where what was asked before counts 1.
            by: who proposed it.
            shown: as for ``next``.
            again: as for ``next``.
            round: from which to go on; by default the one one is at.

        Returns:
            The new round, at which one is now.

        Raises:
            InputError: the text is empty, there is no such round, the strength cannot be meant, or
                the session was gone on with elsewhere; one stays where one is.
            StorageError: the disk is full or failing; one stays where one is.
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

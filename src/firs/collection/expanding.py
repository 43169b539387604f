"""``Collection.expand``: captions and accepted queries come to stand for images, or move them."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict
from typing import TYPE_CHECKING

import numpy as np

from firs.collection.calibrating import Progress
from firs.collection.encoding import AskedEncoders
from firs.collection.expansions import CAPTIONS, MOVES, ExpansionRecord, KnownBy
from firs.collection.hot import Limits
from firs.collection.joining import joining
from firs.collection.moving import moving
from firs.collection.stores import Expansions
from firs.errors import InputError

if TYPE_CHECKING:
    from firs.search import Space


class Expanded:
    """What a collection does to learn from its captions and its users."""

    space: "Callable[[AskedEncoders], AbstractContextManager[Space]]"
    _expansions: Expansions

    def expand(
        self,
        by: str = CAPTIONS,
        *,
        most: int = 5,
        hot: int = 0,
        near: float = 0.95,
        source: str | None = None,
        encoder: AskedEncoders = None,
        progress: Progress | None = None,
    ) -> ExpansionRecord:
        """Let texts stand for images, or move images towards the queries that found them.

        From then on searches and sessions find images by them too. Images' vectors stay as they
        are, and ``undo_expansion`` takes all of it back.

        Args:
            by: ``captions`` of the collection, or ``queries`` for which images were accepted
                while the log was on, join as entries; ``moves`` moves images towards such queries.
            most: how many texts an image has as entries at most.
            hot: only images that were accepted for so many queries or more.
            near: cosine from which on two texts of one image are the same.
            source: only captions from this source, such as the name of a file.
            encoder: of whose vectors; by default the one that the collection was opened with.
            progress: called with the texts encoded, and those to encode.

        Raises:
            InputError: a limit cannot be meant, or there is nothing to add.
            CollectionNotFound: the collection is empty.
            EncoderMismatch: there are no vectors of this encoder, or of other weights.
            StorageError: the disk is full, read-only or failing; nothing is changed.
        """
        limits = Limits(by, most, hot, near, source)
        add = self._move if by == MOVES else self._join
        made = add(limits, encoder, progress)
        return next(each for each in self.expansions() if each.id == made)

    def expansions(self) -> list[ExpansionRecord]:
        """All acts of adding that were not taken back, the newest first."""
        return self._expansions.records()

    def known_by(self, image: int) -> list[KnownBy]:
        """What an image is also found by, the oldest first.

        Raises:
            InputError: there is none with this id.
        """
        return self._expansions.known_by(image)

    def undo_expansion(self, id_: int | None = None) -> ExpansionRecord:
        """Take one act of adding back, by default the newest; search as if it had never been.

        Raises:
            InputError: there is none, or none of this id.
            StorageError: the disk is full, read-only or failing; nothing is changed.
        """
        known = self._expansions.records()
        found = [each for each in known if id_ in (None, each.id)][:1]
        if not found or not self._expansions.forget(found[0].id):
            raise InputError(_nothing_to_undo(id_, [each.id for each in known]))
        return found[0]

    def _join(self, limits: Limits, encoder: AskedEncoders, progress: Progress | None) -> int:
        with self.space(encoder) as space:
            found, name = joining(self._expansions, space, limits, progress), space.name
        settings = asdict(limits) | {"balance": asdict(found.balance)}
        texts = found.reference.astype(np.float16)
        return self._expansions.write_entries(name, limits.by, settings, texts, found.entries)

    def _move(self, limits: Limits, encoder: AskedEncoders, progress: Progress | None) -> int:
        with self.space(encoder) as space:
            found, name = moving(self._expansions, space, limits, progress), space.name
        return self._expansions.write_moves(name, asdict(limits), found)


def _nothing_to_undo(id_: int | None, known: Sequence[int]) -> str:
    if id_ is None or not known:
        return "The collection was not expanded, so there is nothing to take back."
    listed = ", ".join(map(str, known))
    return f"There is no expansion {id_} to take back; there are: {listed}."

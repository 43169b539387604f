"""``Collection.expand``: add captions and accepted queries as image entries, or move images."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict
from typing import TYPE_CHECKING

import numpy as np

from firs.collection.calibrating import Progress
from firs.collection.encoding import AskedEncoders
from firs.collection.expansions import CAPTIONS, MOVES, ExpansionRecord, ImageExpansion
from firs.collection.hot import ExpansionLimits
from firs.collection.joining import joining
from firs.collection.moving import moving
from firs.collection.stores import Expansions
from firs.errors import InputError

if TYPE_CHECKING:
    from firs.search import EmbeddingSearcher


class ExpansionMixin:
    """Expansion by captions and accepted queries as methods of a collection."""

    open_searcher: "Callable[[AskedEncoders], AbstractContextManager[EmbeddingSearcher]]"
    _expansions: Expansions

    def expand(
        self,
        by: str = CAPTIONS,
        *,
        max_per_image: int = 5,
        min_accepted: int = 0,
        duplicate_cosine: float = 0.95,
        source: str | None = None,
        encoder: AskedEncoders = None,
        progress: Progress | None = None,
    ) -> ExpansionRecord:
        """Add texts as extra entries of images, or move images towards their accepted queries.

        Searches and sessions use the expansion afterwards. The image embeddings are unchanged, and
        ``undo_expansion`` reverts everything.

        Args:
            by: ``captions`` of the collection, or ``queries`` for which images were accepted while
                the log was on, are added as entries; ``moves`` moves images towards such queries.
            max_per_image: the maximum number of text entries per image.
            min_accepted: only images that were accepted for this many queries or more.
            duplicate_cosine: the cosine similarity from which two texts of one image are
                duplicates.
            source: only captions from this source, such as the name of a file.
            encoder: the encoder to expand; by default the one that the collection was opened with.
            progress: called with the number of texts encoded and the number to encode.

        Raises:
            InputError: a limit is out of range, or there is nothing to add.
            CollectionNotFound: the collection is empty.
            EncoderMismatch: there are no embeddings of this encoder, or only of other weights.
            StorageError: the disk is full, read-only or failing; nothing is changed.
        """
        limits = ExpansionLimits(by, max_per_image, min_accepted, duplicate_cosine, source)
        add = self._move if by == MOVES else self._join
        made = add(limits, encoder, progress)
        return next(each for each in self.expansions() if each.id == made)

    def expansions(self) -> list[ExpansionRecord]:
        """Return all expansion steps that were not undone, newest first."""
        return self._expansions.records()

    def expansions_of(self, image: int) -> list[ImageExpansion]:
        """Return the expansions of an image, oldest first.

        Raises:
            InputError: there is none with this id.
        """
        return self._expansions.expansions_of(image)

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

    def _join(
        self, limits: ExpansionLimits, encoder: AskedEncoders, progress: Progress | None
    ) -> int:
        with self.open_searcher(encoder) as space:
            found, name = joining(self._expansions, space, limits, progress), space.name
        settings = asdict(limits) | {"balance": asdict(found.balance)}
        texts = found.reference.astype(np.float16)
        return self._expansions.write_entries(
            name, limits.source_kind, settings, texts, found.entries
        )

    def _move(
        self, limits: ExpansionLimits, encoder: AskedEncoders, progress: Progress | None
    ) -> int:
        with self.open_searcher(encoder) as space:
            found, name = moving(self._expansions, space, limits, progress), space.name
        return self._expansions.write_moves(name, asdict(limits), found)


def _nothing_to_undo(id_: int | None, known: Sequence[int]) -> str:
    if id_ is None or not known:
        return "The collection was not expanded, so there is nothing to take back."
    listed = ", ".join(map(str, known))
    return f"There is no expansion {id_} to take back; there are: {listed}."

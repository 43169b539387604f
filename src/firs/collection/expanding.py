"""``Collection.expand``: captions and accepted queries come to stand for images, or move them."""

from collections.abc import Sequence
from dataclasses import asdict

import numpy as np

from firs.collection import expansions
from firs.collection.calibrating import Progress
from firs.collection.database import Database
from firs.collection.encoding import AskedEncoders
from firs.collection.expansions import CAPTIONS, MOVES, ExpansionRecord, KnownBy
from firs.collection.finding import Finding
from firs.collection.hot import Limits
from firs.collection.joining import joining
from firs.collection.moving import moving
from firs.errors import InputError


class Expanded:
    """What a collection does to learn from its captions and its users."""

    _database: Database
    _finding: Finding

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
        """Let texts stand for images, or move images towards the queries that found them."""
        limits = Limits(by, most, hot, near, source)
        add = self._move if by == MOVES else self._join
        made = add(limits, encoder, progress)
        return next(each for each in self.expansions() if each.id == made)

    def expansions(self) -> list[ExpansionRecord]:
        """All acts of adding that were not taken back, the newest first."""
        with self._database.reading() as connection:
            return expansions.records(connection)

    def known_by(self, image: int) -> list[KnownBy]:
        """What an image is also found by, the oldest first."""
        with self._database.reading() as connection:
            return expansions.known_by(connection, image)

    def undo_expansion(self, id_: int | None = None) -> ExpansionRecord:
        """Take one act of adding back, by default the newest; search as if it had never been."""
        with self._database.noting() as connection:
            known = expansions.records(connection)
            found = [each for each in known if id_ in (None, each.id)][:1]
            if not found:
                raise InputError(_nothing_to_undo(id_, [each.id for each in known]))
            expansions.forget(connection, found[0].id)
            return found[0]

    def _join(self, limits: Limits, encoder: AskedEncoders, progress: Progress | None) -> int:
        with self._finding.space(encoder, None) as space, self._database.reading() as connection:
            found, name = joining(connection, space, limits, progress), space.name
        settings = asdict(limits) | {"balance": asdict(found.balance)}
        texts = found.reference.astype(np.float16)
        with self._database.noting() as connection:
            return expansions.write_entries(
                connection, name, limits.by, settings, texts, found.entries
            )

    def _move(self, limits: Limits, encoder: AskedEncoders, progress: Progress | None) -> int:
        with self._finding.space(encoder, None) as space, self._database.reading() as connection:
            found, name = moving(connection, space, limits, progress), space.name
        with self._database.noting() as connection:
            return expansions.write_moves(connection, name, asdict(limits), found)


def _nothing_to_undo(id_: int | None, known: Sequence[int]) -> str:
    if id_ is None or not known:
        return "The collection was not expanded, so there is nothing to take back."
    listed = ", ".join(map(str, known))
    return f"There is no expansion {id_} to take back; there are: {listed}."

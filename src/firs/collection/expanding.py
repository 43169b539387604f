"""``Collection.expand``: captions and accepted queries come to stand for images, or move them."""

import sqlite3
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from firs.collection import expansions, querylog
from firs.collection.calibrating import Progress, encoded
from firs.collection.database import Database
from firs.collection.encoding import AskedEncoders
from firs.collection.expansions import CAPTIONS, KINDS, MOVES, Entry, ExpansionRecord, KnownBy
from firs.collection.finding import Finding
from firs.errors import InputError

if TYPE_CHECKING:
    from firs.encoders import Vectors
    from firs.expansion.captions import Balance
    from firs.expansion.choosing import Text
    from firs.expansion.moves import Move
    from firs.search import Space

FLOOR_TEXTS = 500
"""Everyday texts that the floor of a move is told by."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What may join; see ``Collection.expand``."""

    most: int
    hot: int
    near: float
    source: str | None


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
        limits = _limits(by, most, hot, near, source)
        with self._finding.space(encoder, None) as space:
            name = space.name
            if by == MOVES:
                moves = self._moved(space, limits, progress)
            else:
                reference, entries, balance = self._joining(by, space, limits, progress)
        with self._database.noting() as connection:
            settings = asdict(limits)
            if by == MOVES:
                made = expansions.write_moves(connection, name, settings, moves)
            else:
                settings["balance"] = asdict(balance)
                made = expansions.write_entries(
                    connection, name, by, settings, reference.astype(np.float16), entries
                )
            return next(each for each in expansions.records(connection) if each.id == made)

    def expansions(self) -> list[ExpansionRecord]:
        """All acts of adding that were not taken back, the newest first."""
        with self._database.reading() as connection:
            return expansions.records(connection)

    def known_by(self, image: int) -> list[KnownBy]:
        """What an image is also found by, the oldest first.

        Raises:
            InputError: there is none with this id.
        """
        with self._database.reading() as connection:
            return expansions.known_by(connection, image)

    def undo_expansion(self, id_: int | None = None) -> ExpansionRecord:
        """Take one act of adding back, by default the newest; search as if it had never been.

        Raises:
            InputError: there is none, or none of this id.
            StorageError: the disk is full, read-only or failing; nothing is changed.
        """
        with self._database.noting() as connection:
            known = expansions.records(connection)
            found = [each for each in known if id_ in (None, each.id)][:1]
            if not found:
                raise InputError(_nothing_to_undo(id_, [each.id for each in known]))
            expansions.forget(connection, found[0].id)
            return found[0]

    def _joining(
        self, by: str, space: "Space", limits: Limits, progress: Progress | None
    ) -> "tuple[Vectors, list[Entry], Balance]":
        """The everyday texts that entries are told apart from, what joins, and its balance."""
        from firs.expansion import choosing
        from firs.search.centres import EVERYDAY

        with self._database.reading() as connection:
            told = _told(connection, by, space, limits)
            rows = expansions.held_texts(connection, space.name)
        held_words, held = _held(rows)
        texts = choosing.worth_encoding(told, held_words, limits.most)
        vectors = encoded(space.encoder, [each.text for each in texts], progress)
        images = space.table.rows(np.array([each.image for each in texts], dtype=np.int64))
        fits = np.flatnonzero(choosing.fitting(vectors, images, space.table.image_centre))
        texts, vectors = [texts[at] for at in fits], vectors[fits]
        kept = choosing.unlike(texts, vectors, held, limits.most, limits.near)
        if not kept:
            raise InputError(_nothing_to_add(by, len(told)))
        entries = [
            Entry(texts[at].image, texts[at].text, texts[at].source, vectors[at].astype(np.float16))
            for at in kept
        ]
        reference = space.encoder.encode_texts(EVERYDAY)
        known = [(image, vector) for image, those in held.items() for vector in those]
        known += [(each.image, each.data) for each in entries]
        return reference, entries, _balance(space, known, reference)

    def _moved(
        self, space: "Space", limits: Limits, progress: Progress | None
    ) -> "list[tuple[int, Sequence[str], Move]]":
        """The images that move, the queries that they move to, and how."""
        from firs.calibration.bank import everyday
        from firs.expansion.moves import towards

        with self._database.reading() as connection:
            led = _moved_before(connection, space.name)
            queries: dict[int, list[str]] = defaultdict(list)
            for each in _told(connection, MOVES, space, limits):
                if each.text not in led[each.image] and len(queries[each.image]) < limits.most:
                    queries[each.image].append(each.text)
        queries = {image: texts for image, texts in queries.items() if texts}
        if not queries:
            raise InputError(_nothing_to_add(MOVES, 0))
        asked = sorted({text for texts in queries.values() for text in texts})
        known = dict(zip(asked, encoded(space.encoder, asked, progress), strict=True))
        everyday_texts = encoded(space.encoder, everyday()[:FLOOR_TEXTS], None)
        texts = np.concatenate([everyday_texts, np.stack(list(known.values()))])
        moves = (
            (image, words, towards(np.stack([known[each] for each in words]), middle, texts))
            for middle in [space.text_centre]
            for image, words in queries.items()
        )
        return [(image, words, move) for image, words, move in moves if move is not None]


def _limits(by: str, most: int, hot: int, near: float, source: str | None) -> Limits:
    if by not in KINDS:
        raise InputError(f"A collection is expanded by {', '.join(KINDS)}, not by {by!r}.")
    if most < 1 or hot < 0 or not 0 < near <= 1:
        raise InputError(
            f"most is 1 or more, hot 0 or more, near above 0 and up to 1, "
            f"not {most}, {hot} and {near}."
        )
    return Limits(most, hot, near, source)


def _told(connection: sqlite3.Connection, by: str, space: "Space", limits: Limits) -> "list[Text]":
    """What is told of images that have a vector and are hot, in the order of preference."""
    from firs.expansion.choosing import Text

    accepted = querylog.accepted(connection)
    if by == CAPTIONS:
        rows = connection.execute(
            "SELECT image_id, text, source FROM caption WHERE source = ? OR ? ORDER BY id",
            (limits.source, limits.source is None),
        ).fetchall()
    else:
        rows = [(image, text, "query") for image, text in accepted]
    heat = Counter(image for image, _ in accepted)
    known = set(space.table.known([image for image, _, _ in rows]))
    return [Text(*row) for row in rows if row[0] in known and heat[row[0]] >= limits.hot]


def _held(rows: Sequence[tuple[int, str, bytes]]) -> "tuple[dict[int, list[str]], dict[int, Any]]":
    """What stands for images already: their texts, and their vectors."""
    words: dict[int, list[str]] = defaultdict(list)
    vectors: dict[int, list[Any]] = defaultdict(list)
    for image, text, data in rows:
        words[image].append(text)
        vectors[image].append(np.frombuffer(data, np.float16).astype(np.float32))
    return words, {image: np.stack(those) for image, those in vectors.items()}


def _balance(space: "Space", known: Sequence[tuple[int, Any]], reference: "Vectors") -> "Balance":
    """How much all texts that stand for images count."""
    from firs.expansion import Captions
    from firs.expansion.fitting import fitted

    owners = space.table.places(np.array([image for image, _ in known], dtype=np.int64))
    order = np.argsort(owners, kind="stable")
    vectors = np.stack([vector for _, vector in known]).astype(np.float32)
    return fitted(Captions(vectors[order], owners[order], reference), space.table)


def _moved_before(connection: sqlite3.Connection, encoder: str) -> dict[int, set[str]]:
    """The queries that images were moved to already."""
    led: dict[int, set[str]] = defaultdict(set)
    for image, text in expansions.led_to(connection, encoder):
        led[image].add(text)
    return led


def _nothing_to_add(by: str, told: int) -> str:
    if told:
        return (
            "There is nothing to add: all of it stands for its image already, says what another "
            "text of the image says, or says nothing of it to this encoder."
        )
    if by == CAPTIONS:
        return (
            "There are no captions to add, or none of images that are hot enough. Captions come "
            "with: firs index DIR --captions FILE"
        )
    return (
        "No image was accepted for a query that is not known yet. Turn the log on (firs log on), "
        "and mark what you find in sessions."
    )


def _nothing_to_undo(id_: int | None, known: Sequence[int]) -> str:
    if id_ is None or not known:
        return "The collection was not expanded, so there is nothing to take back."
    listed = ", ".join(map(str, known))
    return f"There is no expansion {id_} to take back; there are: {listed}."

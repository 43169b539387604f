"""``Collection.expansion``: add captions and accepted queries as entries, or move images."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from firs.collection.calibrating import Progress
from firs.collection.expansions import (
    CAPTIONS,
    KINDS,
    MOVES,
    Entry,
    ExpansionRecord,
    ImageExpansion,
)
from firs.collection.querylog import QueryLog
from firs.collection.store import Expansions, Moving, Store
from firs.encoders.text import encode_in_batches
from firs.errors import InputError
from firs.storage.encoders import AskedEncoders

if TYPE_CHECKING:
    from firs.encoders import Vectors
    from firs.expansion.captions import Balance
    from firs.expansion.selection import Text
    from firs.search import EmbeddingSearcher


Accepted: TypeAlias = Sequence[tuple[int, str]]
"""Images and the queries that they were accepted for, newest first."""


@dataclass(frozen=True, slots=True)
class ExpansionLimits:
    """Limits on what an expansion adds; see ``CollectionExpansion.add``.

    Raises:
        InputError: a limit is out of range.
    """

    source_kind: str
    max_per_image: int
    min_accepted: int
    duplicate_cosine: float
    source: str | None

    def __post_init__(self) -> None:
        if self.source_kind not in KINDS:
            raise InputError(
                f"A collection is expanded by {', '.join(KINDS)}, not by {self.source_kind!r}."
            )
        if self.max_per_image < 1 or self.min_accepted < 0 or not 0 < self.duplicate_cosine <= 1:
            raise InputError(
                f"max_per_image is 1 or more, min_accepted 0 or more, duplicate_cosine above 0 "
                f"and up to 1, not {self.max_per_image}, {self.min_accepted} and "
                f"{self.duplicate_cosine}."
            )


def candidate_texts(
    kept: Expansions, accepted: Accepted, space: "EmbeddingSearcher", limits: ExpansionLimits
) -> "list[Text]":
    """Return texts of images with an embedding and enough accepted queries, by preference."""
    from firs.expansion.selection import Text

    if limits.source_kind == CAPTIONS:
        rows = kept.captions(limits.source)
    else:
        rows = [(image, text, "query") for image, text in accepted]
    heat = Counter(image for image, _ in accepted)
    known = set(space.filter_known([image for image, _, _ in rows]))
    return [Text(*row) for row in rows if row[0] in known and heat[row[0]] >= limits.min_accepted]


def nothing_to_add(by: str, seen: int) -> str:
    """Return why nothing was added and what to do; ``seen`` is the number of texts considered."""
    if seen:
        return (
            "There is nothing to add: each text was added already, repeats another one of its "
            "image, or does not match its image."
        )
    if by == CAPTIONS:
        return (
            "There are no captions to add, or no image was accepted for enough queries. Add "
            "captions with: firs index DIR --captions FILE"
        )
    return (
        "No image was accepted for a query that is not known yet. Turn the log on (firs log on), "
        "and mark what you find in sessions."
    )


@dataclass(frozen=True, slots=True)
class NewEntries:
    """The texts to add to an expansion.

    Args:
        entries: the texts.
        reference: everyday texts that serve as a baseline: float32 ``(r, dim)``.
        balance: the weight of all entries.
    """

    entries: Sequence[Entry]
    reference: "Vectors"
    balance: "Balance"


def select_entries(
    kept: Expansions,
    accepted: Accepted,
    space: "EmbeddingSearcher",
    limits: ExpansionLimits,
    progress: Progress | None,
) -> NewEntries:
    """Return the texts to add within the limits.

    Raises:
        InputError: there are none.
    """
    from firs.search.matrix import EVERYDAY

    words, stored = _existing_entries(kept.text_entries(space.name))
    texts = candidate_texts(kept, accepted, space, limits)
    entries = _match_images(texts, words, stored, space, limits, progress)
    if not entries:
        raise InputError(nothing_to_add(limits.source_kind, len(texts)))
    reference = space.encoder.encode_texts(EVERYDAY)
    known = [(image, vector) for image, those in stored.items() for vector in those]
    known += [(each.image, each.data) for each in entries]
    return NewEntries(entries, reference, _balance(space, known, reference))


def _match_images(
    candidates: "Sequence[Text]",
    words: dict[int, list[str]],
    stored: dict[int, Any],
    space: "EmbeddingSearcher",
    limits: ExpansionLimits,
    progress: Progress | None,
) -> list[Entry]:
    """Return the texts that match their images and are not duplicates of existing entries."""
    from firs.expansion import selection

    texts = selection.select_candidates(candidates, words, limits.max_per_image)
    vectors = encode_in_batches(space.encoder, [each.text for each in texts], progress)
    table = space.shortlist_for(ids=[each.image for each in texts]).matrix
    images = table.rows(np.array([each.image for each in texts], dtype=np.int64))
    fits = np.flatnonzero(selection.matches_image(vectors, images, table.image_mean))
    texts, vectors = [texts[at] for at in fits], vectors[fits]
    return [
        Entry(texts[at].image, texts[at].text, texts[at].source, vectors[at].astype(np.float16))
        for at in selection.drop_duplicates(
            texts, vectors, stored, limits.max_per_image, limits.duplicate_cosine
        )
    ]


def _existing_entries(
    rows: Sequence[tuple[int, str, bytes]],
) -> "tuple[dict[int, list[str]], dict[int, Any]]":
    """Return the existing text entries of images: their texts and their embeddings."""
    words: dict[int, list[str]] = defaultdict(list)
    vectors: dict[int, list[Any]] = defaultdict(list)
    for image, text, data in rows:
        words[image].append(text)
        vectors[image].append(np.frombuffer(data, np.float16).astype(np.float32))
    return words, {image: np.stack(those) for image, those in vectors.items()}


def _balance(
    space: "EmbeddingSearcher", known: Sequence[tuple[int, Any]], reference: "Vectors"
) -> "Balance":
    """Return the weight of all text entries of images."""
    from firs.expansion import Captions
    from firs.expansion.captions import fit_balance

    images = [image for image, _ in known]
    table = space.shortlist_for(ids=images).matrix
    owners = table.positions(np.array(images, dtype=np.int64))
    order = np.argsort(owners, kind="stable")
    vectors = np.stack([vector for _, vector in known]).astype(np.float32)
    captions = Captions(vectors[order], owners[order], reference, whole=table.population)
    return fit_balance(captions, table)


FLOOR_TEXTS = 500
"""Number of everyday texts that estimate the floor of a move."""


def select_moves(
    kept: Expansions,
    accepted: Accepted,
    space: "EmbeddingSearcher",
    limits: ExpansionLimits,
    progress: Progress | None,
) -> "list[Moving]":
    """Return the images to move within the limits.

    Raises:
        InputError: there are none.
    """
    queries = _queries(kept, accepted, space, limits)
    if not queries:
        raise InputError(nothing_to_add(limits.source_kind, 0))
    requested = sorted({text for texts in queries.values() for text in texts})
    vectors = encode_in_batches(space.encoder, requested, progress)
    return list(_moves(queries, dict(zip(requested, vectors, strict=True)), space))


def _queries(
    kept: Expansions, accepted: Accepted, space: "EmbeddingSearcher", limits: ExpansionLimits
) -> dict[int, list[str]]:
    """Return the accepted queries that each image was not moved towards yet, newest first."""
    led: dict[int, set[str]] = defaultdict(set)
    for image, text in kept.query_moves(space.name):
        led[image].add(text)
    queries: dict[int, list[str]] = defaultdict(list)
    for each in candidate_texts(kept, accepted, space, limits):
        if each.text not in led[each.image] and len(queries[each.image]) < limits.max_per_image:
            queries[each.image].append(each.text)
    return {image: texts for image, texts in queries.items() if texts}


def _moves(
    queries: dict[int, list[str]], known: "dict[str, Vectors]", space: "EmbeddingSearcher"
) -> "Iterator[Moving]":
    from firs.calibration.defaults import everyday
    from firs.expansion.moves import towards

    floor = encode_in_batches(space.encoder, everyday()[:FLOOR_TEXTS])
    texts = np.concatenate([floor, np.stack(list(known.values()))])
    for image, words in queries.items():
        move = towards(np.stack([known[each] for each in words]), space.text_mean, texts)
        if move is not None:
            yield image, words, move


class CollectionExpansion:
    """The expansion of one collection by captions and accepted queries.

    Args:
        store: the store of the collection.
        log: the log with the accepted queries.
    """

    def __init__(self, store: Store, log: QueryLog) -> None:
        self._store = store
        self._expansions = store.expansions
        self._log = log

    def add(
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
        ``undo`` reverts everything.

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
        return next(each for each in self.records() if each.id == made)

    def records(self) -> list[ExpansionRecord]:
        """Return all expansion steps that were not undone, newest first."""
        return self._expansions.records()

    def of_image(self, image: int) -> list[ImageExpansion]:
        """Return the expansions of an image, oldest first.

        Raises:
            InputError: there is none with this id.
        """
        return self._expansions.expansions_of(image)

    def undo(self, id_: int | None = None) -> ExpansionRecord:
        """Undo one expansion step, by default the newest; return it.

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
        accepted = self._log.accepted_queries()
        with self._store.searcher.open_searcher(encoder) as space:
            found = select_entries(self._expansions, accepted, space, limits, progress)
        settings = asdict(limits) | {"balance": asdict(found.balance)}
        texts = found.reference.astype(np.float16)
        return self._expansions.write_entries(
            space.name, limits.source_kind, settings, texts, found.entries
        )

    def _move(
        self, limits: ExpansionLimits, encoder: AskedEncoders, progress: Progress | None
    ) -> int:
        accepted = self._log.accepted_queries()
        with self._store.searcher.open_searcher(encoder) as space:
            found = select_moves(self._expansions, accepted, space, limits, progress)
        return self._expansions.write_moves(space.name, asdict(limits), found)


def _nothing_to_undo(id_: int | None, known: Sequence[int]) -> str:
    if id_ is None or not known:
        return "The collection was not expanded, so there is nothing to undo."
    listed = ", ".join(map(str, known))
    return f"There is no expansion {id_} to undo; there are: {listed}."

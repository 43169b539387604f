"""``collection.index`` of a collection on a server: the index kind in use, and its recall."""

import logging
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import asdict, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from firs.index.base import EntryVectors, Ids, Scores
from firs.milvus.documents import IMAGES, MilvusDocuments
from firs.milvus.encoder_registry import EncoderRegistry, IndexConfigStore, bits_of
from firs.milvus.images import has_captions
from firs.milvus.index import MilvusIndex, stack_rows
from firs.milvus.index_kinds import FLAT, Bits, Kind, bit_fields, by_size, supported_kind
from firs.milvus.queries import sample_expression
from firs.milvus.rows import captions_of
from firs.milvus.schema import ATTRIBUTES, DRAWS, encode_description, vector_fields, vectors_of
from firs.milvus.server import Server
from firs.storage.encoders import EncoderInUse, EncodersInUse, check_not_empty, encoder_by_name
from firs.storage.records import EncoderRecord

if TYPE_CHECKING:
    from firs.index.certificate import Certificate
    from firs.search import EmbeddingSearcher

CERTIFICATE = "certificate"

CHECKED = 100_000
"""Maximum number of embeddings that a check compares with; of more, a random sample is drawn."""

TRAINED_ON = 20_000
"""Number of embeddings that binary codes are trained on."""

IMAGE_QUERIES, CAPTION_QUERIES = 200, 100
FOUND = 0.99
"""Recall of the best 10 that binary codes must reach, for sample queries."""

_FEWEST, _MOST = 100, 6_400
"""Numbers of rescored candidates: the first that is tried, doubled up to the last."""

_log = logging.getLogger(__name__)


class ServerIndexing:
    """The indexes of a collection's encoders: see ``firs.collection.store.Indexes``.

    Args:
        notes: documents of the collection.
        registry: the encoders with embeddings.
        encoders: the encoders in use.
        configs: index configurations of the encoders.
        open_searcher: returns a searcher of an encoder's images that match an expression.
    """

    def __init__(
        self,
        notes: MilvusDocuments,
        registry: EncoderRegistry,
        encoders: EncodersInUse,
        configs: IndexConfigStore,
        open_searcher: "Callable[[EncoderInUse, EncoderRecord, str], EmbeddingSearcher]",
    ) -> None:
        self._server = notes.server
        self._name = notes.name
        self._notes = notes
        self._registry = registry
        self._encoders = encoders
        self._configs = configs
        self._open_searcher = open_searcher

    def kind(self, encoder: str | None = None) -> str:
        return self._configs.of(self._resolve_encoder(encoder)[1].name).kind.name

    def choose(self, kind: str | None, encoder: str | None = None) -> None:
        opened, record = self._resolve_encoder(encoder)
        count = self._server.count(vectors_of(self._name, record.name))
        supported, warning = supported_kind(
            by_size(count) if kind is None else kind, self._server.version()
        )
        if warning:
            _log.warning("%s", warning)
        if supported.on_bits:
            self._make_bits(supported, opened, record, count)
        self._configs.choose(record.name, kind, supported.name)
        self._build_index(record, FLAT if supported.on_bits else supported, count)
        if not supported.on_bits:
            self._configs.set_bits(record.name, None)

    def settle(self, encoder: str) -> None:
        """Select the kind by size again, unless one was chosen, after embeddings have changed."""
        if self._configs.chosen_kind(encoder) is None:
            count = self._server.count(vectors_of(self._name, encoder))
            supported, _ = supported_kind(by_size(count), self._server.version())
            if supported is not self._configs.of(encoder).kind:
                self.choose(None, encoder)

    def verify(self, encoder: str | None = None) -> "Certificate":
        """Compare searches with exact search, for images of the collection and for texts.

        A search includes everything that a user's search does, from the index to the paths of the
        images. For more than 100,000 embeddings both use a random sample of that size.

        Raises:
            CollectionNotFound: the collection is empty.
            EncoderError: the encoder cannot be opened.
            ServerError: the server is down, stalls or rejects a request.
        """
        from firs.index.certificate import verify_index

        opened, record = self._resolve_encoder(encoder)
        kind = self._configs.of(record.name).kind
        entries = _Entries(self._server, vectors_of(self._name, record.name), record.dim)
        search = _WholeSearch(self._open_searcher(opened, record, entries.where))
        queries = self._sample_queries(opened, record, half=1)
        found = verify_index(kind.name, search, entries, queries, record.revision)
        self._notes.put(CERTIFICATE, {record.name: asdict(found)})
        return found

    def certificate(self, encoder: str | None = None) -> "Certificate | None":
        from firs.index.certificate import Certificate

        name = self._resolve_encoder(encoder)[1].name
        document = self._notes.get(CERTIFICATE, [name]).get(name)
        return None if document is None else Certificate.of(document)

    def _resolve_encoder(self, encoder: str | None) -> tuple[EncoderInUse, EncoderRecord]:
        stored = check_not_empty(self._registry.records(), str(self._server.address))
        if encoder is None:
            opened = self._encoders.one()
            return opened, opened.matching_record(stored)
        return self._encoders.those(encoder, stored)[0], encoder_by_name(stored, encoder)

    def _build_index(self, record: EncoderRecord, kind: Kind, count: int) -> None:
        """Build the index of the embeddings, unless it is of this kind already."""
        home, index = vectors_of(self._name, record.name), kind.index(count)
        known = self._server.index(home)
        if known is None or known.kind != index.kind:
            self._server.flush(
                home
            )  # otherwise rows that are not in segments are waited for half a minute
            self._server.set_index(home, index)

    def _make_bits(
        self, kind: Kind, opened: EncoderInUse, record: EncoderRecord, count: int
    ) -> None:
        """Create the binary codes of all embeddings, which are read once, in parts.

        Those of embeddings that are written in the meantime are updated with them already.
        """
        home, texts = vectors_of(self._name, record.name), self._texts(opened, record, half=0)
        sample = sample_expression(TRAINED_ON, count)
        _, images = stack_rows(self._server.query(home, sample, ("vector",)))
        bits = Bits.train(bits_of(self._name, record.name), images, texts)
        with self._notes.removing(IMAGES):
            self._server.drop(bits.name)
        fields = bit_fields(vector_fields(record.dim), record.dim)
        description = encode_description("bits", of=self._name, encoder=record.name)
        shards = self._server.describe(self._name).shards
        self._server.create(bits.name, fields, description, kind.index(count), shards)
        self._configs.set_bits(record.name, bits)
        for rows in self._server.iterate(home, fields=("vector", *ATTRIBUTES)):
            self._server.upsert(bits.name, bits.rows(rows))
        queries = self._sample_queries(opened, record, half=0).values()
        self._configs.set_bits(record.name, self._tune(bits, kind, home, queries))

    def _tune(
        self, bits: Bits, kind: Kind, home: str, queries: Collection[NDArray[np.float32]]
    ) -> Bits:
        """Return the codes with as many candidates as the best 10 of each set of queries need."""
        best = [
            MilvusIndex(self._server, home, each.shape[1]).search(each, 10)[0] for each in queries
        ]
        least = _FEWEST
        while (recall := self._least_recall(bits, kind, queries, best, least)) < FOUND:
            if least == _MOST:
                _log.warning(
                    "With %s some queries find %.0f %% of the best ten when %s candidates are "
                    "rescored: there are too many images for these binary codes. Choose hnsw, or "
                    "ivf-rabitq.",
                    *(kind.name, 100 * recall, f"{least:,}"),
                )
                break
            least *= 2
        return replace(bits, least=least)

    def _least_recall(
        self,
        bits: Bits,
        kind: Kind,
        queries: Collection[NDArray[np.float32]],
        best: Sequence[Ids],
        least: int,
    ) -> float:
        """Return the share of the best 10 in the first ``least``, of the worst set of queries."""
        params = kind.params(least, kind.index(0).params)
        recalls = []
        for each, exact in zip(queries, best, strict=True):
            found = self._server.search(bits.name, bits.of_queries(each), least, params=params)
            pairs = zip(exact, found, strict=True)
            recalls.append(np.mean([np.isin(ids, hits.ids).mean() for ids, hits in pairs]))
        return float(min(recalls))

    def _sample_queries(
        self, opened: EncoderInUse, record: EncoderRecord, half: int
    ) -> dict[str, NDArray[np.float32]]:
        """Return typical queries: half 0 for tuning, 1 for a check."""
        home = vectors_of(self._name, record.name)
        rows = self._server.query(home, _in_half(half), ("vector",), limit=IMAGE_QUERIES)
        _, images = stack_rows(rows)
        texts = self._texts(opened, record, half)
        return {"texts": texts} | ({"images": images} if len(images) else {})

    def _texts(self, opened: EncoderInUse, record: EncoderRecord, half: int) -> NDArray[np.float32]:
        """Return embeddings of one half of everyday captions and of the collection's captions."""
        from firs.search.matrix import EVERYDAY

        where = f"{has_captions(self._server, self._name)} and {_in_half(half)}"
        rows = self._server.query(self._name, where, ("captions",), limit=CAPTION_QUERIES)
        captions = [caption["text"] for row in rows for caption in captions_of(row)[:1]]
        texts = [*EVERYDAY[half::2], *(text for text in captions if text.strip())]
        return opened.open([record]).encode_texts(texts)


def _in_half(half: int) -> str:
    """Return an expression that matches one half of all images, or the other."""
    return f"draw {'>=' if half else '<'} {DRAWS // 2}"


class _Entries:
    """The embeddings that a check compares with, in parts: see ``firs.index.base.Entries``."""

    def __init__(self, server: Server, name: str, dim: int) -> None:
        self._server = server
        self.name = name
        self.dim = dim
        self.where = sample_expression(CHECKED, server.count(name))
        self._count = server.count(name, self.where)

    def __len__(self) -> int:
        return self._count

    def parts(self) -> Iterator[tuple[Ids, EntryVectors]]:
        """Yield parts of ids, ascending, and their embeddings."""
        for rows in self._server.iterate(self.name, self.where, ("vector",)):
            yield stack_rows(rows)


class _WholeSearch:
    """A user's complete search as an index."""

    def __init__(self, searcher: "EmbeddingSearcher") -> None:
        self._searcher = searcher
        self.dim = searcher.index.dim

    def __len__(self) -> int:
        return len(self._searcher.index)

    def search(
        self, queries: NDArray[np.float32], k: int, subset: Ids | None = None
    ) -> tuple[Ids, Scores]:
        """Return the ``k`` nearest images of every query; -1 and -inf if there are fewer."""
        del subset  # the searcher knows which images may be found
        ids = np.full((len(queries), k), -1, dtype=np.int64)
        scores = np.full((len(queries), k), -np.inf, dtype=np.float32)
        for at, query in enumerate(queries):
            ranking = self._searcher.search_vector(query, k, "")
            ids[at, : len(ranking)], scores[at, : len(ranking)] = ranking.ids, ranking.scores
        return ids, scores

"""``collection.index`` of a collection on a server: which kind answers searches, and how well."""

import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from firs.index.base import EntryVectors, Ids, Scores
from firs.milvus.documents import IMAGES, MilvusDocuments
from firs.milvus.encoder_registry import EncoderRegistry
from firs.milvus.fields import DRAWS
from firs.milvus.filters import sample_expression
from firs.milvus.index import MilvusIndex, stack_rows
from firs.milvus.index_config import IndexConfigStore, bits_of
from firs.milvus.index_kinds import FLAT, Bits, Kind, bit_fields, by_size, fitting
from firs.milvus.rows import captions_of
from firs.milvus.schema import ATTRIBUTES, encode_description, shards_of, vector_fields, vectors_of
from firs.milvus.server import Server
from firs.storage.encoders import EncoderInUse, EncodersInUse, encoder_by_name, some_held
from firs.storage.records import EncoderRecord

if TYPE_CHECKING:
    from firs.index.certificate import Certificate
    from firs.search import EmbeddingSearcher

CERTIFICATE = "certificate"

CHECKED = 100_000
"""Vectors that a check compares with at most; of more, so many are drawn."""

TRAINED_ON = 20_000
"""Vectors that bits are learnt from."""

IMAGES_ASKED, CAPTIONS_ASKED = 200, 100
FOUND = 0.99
"""Share of the best 10 that bits shall find, on queries that are at hand."""

_FEWEST, _MOST = 100, 6_400
"""Entries that are scored again: so many are tried, and twice as many until enough is found."""

_log = logging.getLogger(__name__)


class ServerIndexing:
    """See ``firs.collection.stores.Indexes``.

    Args:
        server: where the vectors are.
        name: of the collection.
        notes: of it.
        holding: the encoders that have embeddings.
        encoders: those in use.
        uses: how each encoder's vectors are searched.
        open_searcher: returns what a search searches: the images of an encoder for which an
            matches the expression.
    """

    def __init__(
        self,
        server: Server,
        name: str,
        notes: MilvusDocuments,
        holding: EncoderRegistry,
        encoders: EncodersInUse,
        uses: IndexConfigStore,
        open_searcher: "Callable[[EncoderInUse, EncoderRecord, str], EmbeddingSearcher]",
    ) -> None:
        self._server = server
        self._name = name
        self._notes = notes
        self._holding = holding
        self._encoders = encoders
        self._uses = uses
        self._open_searcher = open_searcher

    def kind(self, encoder: str | None = None) -> str:
        """The kind that answers searches."""
        return self._uses.of(self._resolve_encoder(encoder)[1].name).kind.name

    def choose(self, kind: str | None, encoder: str | None = None) -> None:
        """Let searches be answered by another kind, and build it; ``None`` lets size decide.

        Where the server is too old for a kind, the nearest that it has is taken, and a warning
        says so. While an index of the vectors themselves is built, searches wait; bits are made
        next to them.

        Raises:
            InputError: there is no such kind.
            CollectionNotFound: the collection is empty.
            ServerError: the server is down, stalls or refuses.
        """
        used, record = self._resolve_encoder(encoder)
        count = self._server.count(vectors_of(self._name, record.name))
        wanted = by_size(count) if kind is None else kind
        fit, remark = fitting(wanted, self._server.version())
        if remark:
            _log.warning("%s", remark)
        if fit.on_bits:
            self._make_bits(fit, used, record, count)
        self._uses.choose(record.name, kind, fit.name)
        self._index(record, FLAT if fit.on_bits else fit, count)
        if not fit.on_bits:
            self._uses.keep(record.name, None)

    def settle(self, encoder: str) -> None:
        """Let the size decide again, where no one chose, since vectors came or went."""
        if self._uses.chosen_kind(encoder) is None:
            count = self._server.count(vectors_of(self._name, encoder))
            fit, _ = fitting(by_size(count), self._server.version())
            if fit is not self._uses.of(encoder).kind:
                self.choose(None, encoder)

    def verify(self, encoder: str | None = None) -> "Certificate":
        """Compare searches with exact search on the collection's own images and on texts.

        A search here is all that a search by a person is, from the index to the paths of the
        images. Of a collection of more than 100,000 vectors so many are drawn by chance, compared
        with here, and searched among there: the certificate is of these.

        Raises:
            CollectionNotFound: the collection is empty.
            EncoderError: the encoder cannot be opened.
            ServerError: the server is down, stalls or refuses.
        """
        from firs.index.certificate import verify_index

        used, record = self._resolve_encoder(encoder)
        kind = self._uses.of(record.name).kind
        entries = _Entries(self._server, vectors_of(self._name, record.name), record.dim)
        searched = _WholeSearch(self._open_searcher(used, record, entries.where))
        requested = self._sample_queries(used, record, of=1)
        found = verify_index(kind.name, searched, entries, requested, record.revision)
        self._notes.put(CERTIFICATE, {record.name: asdict(found)})
        return found

    def certificate(self, encoder: str | None = None) -> "Certificate | None":
        """Return the result of the last check, maybe outdated; ``None`` if there was none."""
        name = self._resolve_encoder(encoder)[1].name
        kept = self._notes.get(CERTIFICATE, [name]).get(name)
        if kept is None:
            return None
        from firs.index.certificate import Certificate

        return Certificate.of(kept)

    def _resolve_encoder(self, encoder: str | None) -> tuple[EncoderInUse, EncoderRecord]:
        stored = some_held(self._holding.records(), str(self._server.address))
        those = self._encoders.those(encoder, stored) if encoder else [self._encoders.one()]
        return those[0], encoder_by_name(stored, encoder) if encoder else those[0].matching_record(
            stored
        )

    def _index(self, record: EncoderRecord, kind: Kind, count: int) -> None:
        """Have the vectors searched so, unless they are."""
        home, index = vectors_of(self._name, record.name), kind.index(count)
        known = self._server.index(home)
        if known is None or known.kind != index.kind:
            self._server.flush(home)  # or what is not in segments yet is waited for half a minute
            self._server.set_index(home, index)

    def _make_bits(self, kind: Kind, used: EncoderInUse, record: EncoderRecord, count: int) -> None:
        """Make the bits of all vectors, which are read once for it, in parts.

        Those of vectors that are written in the meantime are kept in step already.
        """
        home, texts = vectors_of(self._name, record.name), self._texts(used, record, of=0)
        sample = sample_expression(TRAINED_ON, count)
        _, some = stack_rows(self._server.query(home, sample, ("vector",)))
        bits = Bits.train(bits_of(self._name, record.name), some, texts)
        with self._notes.removing(IMAGES):
            self._server.drop(bits.name)
        fields = bit_fields(vector_fields(record.dim), record.dim)
        meaning = encode_description("bits", of=self._name, encoder=record.name)
        shards = shards_of(self._server, self._name)
        self._server.create(bits.name, fields, meaning, kind.index(count), shards)
        self._uses.keep(record.name, bits)
        for rows in self._server.iterate(home, fields=("vector", *ATTRIBUTES)):
            self._server.upsert(bits.name, bits.rows(rows))
        tuned = self._tune(bits, kind, home, self._sample_queries(used, record, of=0))
        self._uses.keep(record.name, tuned)

    def _tune(
        self, bits: Bits, kind: Kind, home: str, requested: Mapping[str, NDArray[np.float32]]
    ) -> Bits:
        """The same, with as many scored again as the best 10 of all kinds of queries need."""
        exact = {
            by: MilvusIndex(self._server, home, queries.shape[1]).search(queries, 10)[0]
            for by, queries in requested.items()
        }
        least = _FEWEST
        while (found := self._least_found(bits, kind, requested, exact, least)) < FOUND:
            if least == _MOST:
                _log.warning(
                    "By %s some queries find %.0f %% of the best ten, with %s scored again: there "
                    "are too many images for these bits. Choose hnsw, or ivf-rabitq.",
                    *(kind.name, 100 * found, f"{least:,}"),
                )
                break
            least *= 2
        return replace(bits, least=least)

    def _least_found(
        self,
        bits: Bits,
        kind: Kind,
        requested: Mapping[str, NDArray[np.float32]],
        exact: Mapping[str, Ids],
        least: int,
    ) -> float:
        """The share of the best 10 among the first ``least``, by the queries that find least."""
        params = kind.params(least, kind.index(0).params)
        shares = []
        for by, queries in requested.items():
            found = self._server.search(bits.name, bits.of_queries(queries), least, params=params)
            both = zip(exact[by], found, strict=True)
            shares.append(np.mean([np.isin(best, hits.ids).mean() for best, hits in both]))
        return float(min(shares))

    def _sample_queries(
        self, used: EncoderInUse, record: EncoderRecord, of: int
    ) -> dict[str, NDArray[np.float32]]:
        """Return typical queries: ``of`` 0 for tuning, 1 for a check."""
        home = vectors_of(self._name, record.name)
        rows = self._server.query(home, _half(of), ("vector",), limit=IMAGES_ASKED)
        _, images = stack_rows(rows)
        texts = self._texts(used, record, of)
        return {"texts": texts} | ({"images": images} if len(images) else {})

    def _texts(self, used: EncoderInUse, record: EncoderRecord, of: int) -> NDArray[np.float32]:
        """Return everyday captions, and captions of the collection, in two halves."""
        from firs.search.matrix import EVERYDAY

        where = f"told > 0 and {_half(of)}"
        rows = self._server.query(self._name, where, ("captions",), limit=CAPTIONS_ASKED)
        said = [caption["text"] for row in rows for caption in captions_of(row)[:1]]
        texts = [*EVERYDAY[of::2], *(text for text in said if text.strip())]
        return used.open([record]).encode_texts(texts)


def _half(of: int) -> str:
    """One half of all images, or the other."""
    return f"draw {'>=' if of else '<'} {DRAWS // 2}"


class _Entries:
    """The vectors that a check compares with, read in parts: see ``firs.index.base.Entries``."""

    def __init__(self, server: Server, name: str, dim: int) -> None:
        self._server = server
        self.name = name
        self._dim = dim
        count = server.count(name)
        self.where = sample_expression(CHECKED, count)
        self._count = server.count(name, self.where)

    @property
    def dim(self) -> int:
        """Length of every vector."""
        return self._dim

    def __len__(self) -> int:
        """How many there are."""
        return self._count

    def parts(self) -> Iterator[tuple[Ids, EntryVectors]]:
        """Some ids, ascending, and their vectors; then the next."""
        for rows in self._server.iterate(self.name, self.where, ("vector",)):
            yield stack_rows(rows)


class _WholeSearch:
    """All that a search does, as an index: what it finds is what a person gets."""

    def __init__(self, searcher: "EmbeddingSearcher") -> None:
        self._searcher = searcher

    @property
    def dim(self) -> int:
        """Length of every vector."""
        return self._searcher.index.dim

    def __len__(self) -> int:
        return len(self._searcher.index)

    def search(
        self, queries: NDArray[np.float32], k: int, subset: Ids | None = None
    ) -> tuple[Ids, Scores]:
        """Return the ``k`` nearest images of every query; -1 and -inf where fewer come."""
        del subset  # the searcher knows which images may be found
        ids = np.full((len(queries), k), -1, dtype=np.int64)
        scores = np.full((len(queries), k), -np.inf, dtype=np.float32)
        for at, query in enumerate(queries):
            ranking = self._searcher.search_vector(query, k, "")
            ids[at, : len(ranking)], scores[at, : len(ranking)] = ranking.ids, ranking.scores
        return ids, scores

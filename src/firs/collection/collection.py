"""The face of a collection: open it, add to it, search it, look at what it holds."""

from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from importlib import import_module
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, Self, cast

from firs.collection.adding import GivenCaptions, IndexRequest
from firs.collection.calibrating import CalibrationMixin
from firs.collection.encoding import AskedEncoders
from firs.collection.expanding import ExpansionMixin
from firs.collection.explaining import ExplanationMixin
from firs.collection.finding import SearchRequest, combine_query
from firs.collection.importing import Vector
from firs.collection.paths import is_address, real
from firs.collection.reading import IngestOptions
from firs.collection.records import AddReport, ImageRecord, Info, Problem
from firs.collection.rows import Ids, StoredVectors
from firs.collection.stores import Examples, GeneratedCaptionStore, Indexes, Log, Sessions
from firs.collection.tagging import TaggingMixin
from firs.encoders import Encoder
from firs.errors import InputError
from firs.filter import Filter
from firs.query import Example, Query
from firs.ranking import Ranking

if TYPE_CHECKING:
    from firs.fusion import Fusion
    from firs.search import EmbeddingSearcher, QueryStrategy

ExampleImage = Example | str
"""A picture's file, its bytes, a Pillow picture, or the id of one in the collection."""


class Collection(TaggingMixin, CalibrationMixin, ExpansionMixin, ExplanationMixin):
    """The images that a person searches, kept in one folder or on a Milvus server.

    Called with a place, this makes the kind of collection that can lie there, as ``pathlib.Path``
    does: both kinds can be used alike.

    Args:
        path: the collection's folder, such as ``photos/.firs``, or its address on a server:
            ``milvus://host:19530/photos``.
        encoder: a name, an encoder, or None for the one that made the collection (``mini`` for
            a new one). It is opened only when something must be encoded. Several, as in
            ``mini+siglip2-base`` or in a list, are searched together.
        create: make the collection if there is none.
        dtype: how a new collection keeps its vectors; ``float16`` takes half the space and
            changes a cosine by less than 0.001.

    Attributes:
        path: the folder for what belongs to it on this machine: the collection itself, or, of a
            server's, what can be made again, such as thumbnails.
        location: where it lies, as people are told: its folder, or its address without secrets.
        home: the folder that relative paths are seen from; None where it lies on a server.
        sessions: the saved sessions.
        log: what was asked and marked, if its owner wants that kept.
        made_captions: captions that captioners made.
        examples: pictures that clients of a server uploaded to search by.
        index: which index answers searches.

    Raises:
        CollectionNotFound: there is none, and ``create`` is false.
        NotACollection: the folder or its database is someone else's.
        NewerCollection: it was made by a newer QT-FIRS.
        EncoderMismatch: it was made with another encoder or other weights.
        StorageError: the disk is full, read-only or failing.

    >>> with Collection("photos/.firs") as collection:  # doctest: +SKIP
    ...     collection.add("photos")
    ...     best = collection.search("a black cat on a wooden bench")[0]
    """

    path: Path
    location: str
    home: Path | None
    sessions: Sessions
    log: Log
    made_captions: GeneratedCaptionStore
    examples: Examples
    index: Indexes

    def __new__(cls, path: str | Path, *_args: Any, **_options: Any) -> Self:
        """Make one of the kind that lies at such a place."""
        return cast("Self", super().__new__(_kind_at(path) if cls is Collection else cls))

    def __init__(
        self,
        path: str | Path,
        encoder: AskedEncoders = None,
        *,
        create: bool = True,
        dtype: Literal["float16", "float32"] = "float16",
    ) -> None:
        del path, encoder, create
        if dtype not in ("float16", "float32"):
            raise InputError(f"Vectors are kept as float16 or float32, not {dtype!r}.")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the database; the collection can be opened again.

        An index that is being built in the background is waited for.
        """
        raise NotImplementedError

    def __len__(self) -> int:
        raise NotImplementedError

    def __bool__(self) -> bool:
        return True  # an empty collection is still one

    def __iter__(self) -> Iterator[ImageRecord]:
        """All images by id; what is added or removed meanwhile may or may not be among them."""
        raise NotImplementedError

    def __repr__(self) -> str:
        return f"<Collection {self.location}>"

    def image(self, id_: int) -> ImageRecord:
        """Return one image.

        Raises:
            InputError: there is none with this id.
        """
        return self.images([id_])[0]

    def images(self, ids: Sequence[int]) -> list[ImageRecord]:
        """Return several images, in the order of their ids as given.

        Raises:
            InputError: an id is unknown.
        """
        found = self._records(ids)
        self._require_known(ids, found)
        return [found[id_] for id_ in ids]

    def newest(self, start: int = 0, count: int = 60) -> list[ImageRecord]:
        """Return some images, those that were added last first.

        Raises:
            InputError: a number is negative.
        """
        if start < 0 or count < 0:
            raise InputError(f"Images are listed from 0 on, 0 or more, not {start} and {count}.")
        return self._newest(start, count)

    def paths(self, ids: Sequence[int]) -> dict[int, Path]:
        """Where some images lie, by id, without those that do not exist."""
        raise NotImplementedError

    @property
    def is_writable(self) -> bool:
        """Whether anything can be kept in it."""
        raise NotImplementedError

    def ids(self, paths: Iterable[str | Path]) -> list[int]:
        """The ids of the images at some paths, in their order.

        Raises:
            InputError: there is no image at a path.
        """
        wanted = [real(path) for path in paths]
        known = self._ids(wanted)
        for path in wanted:
            if path not in known:
                raise InputError(f"{path} is not in the collection {self.location}.")
        return [known[path] for path in wanted]

    def problems(self) -> list[Problem]:
        """Files that could not be read when they were last looked at, and why."""
        raise NotImplementedError

    def info(self) -> Info:
        """Tell what the collection holds and what it takes on disk."""
        raise NotImplementedError

    def vectors(self, encoder: str | None = None) -> tuple[Ids, StoredVectors]:
        """All vectors of an encoder, by default the collection's own.

        Returns:
            Ids int64 ``(n,)``, ascending, and vectors ``(n, dim)``, float16 or float32.

        Raises:
            InputError: the collection has no vectors of this encoder.
        """
        raise NotImplementedError

    def add(
        self,
        paths: str | Path | Iterable[str | Path],
        *,
        prune: bool = False,
        captions: GivenCaptions = None,
        batch_size: int = 64,
        workers: int | None = None,
        progress: Callable[[int, int], None] | None = None,
        on: str | None = None,
    ) -> AddReport:
        """Add what is new or changed in folders (and files); go on where a run was stopped.

        Args:
            paths: folders, walked with all below them, and files.
            prune: forget images below these folders whose files are gone.
            captions: a caption file, or image name → captions. Files called ``captions.tsv``,
                ``.csv``, ``.json`` or ``.jsonl`` in the folders are read without being named.
            batch_size: images an encoder call and a transaction.
            workers: threads that decode; by default as many as processors, at most 4. On a
                cluster: encoders, each in a process of its own.
            progress: called with the files done, on disk for good, and the files to do.
            on: a Ray cluster that reads and encodes: ``ray`` starts one on this machine,
                ``ray://host:10001`` and ``host:6379`` are running ones. Without it this process
                does both.

        Raises:
            InputError: a folder does not exist, holds no pictures, or a caption file is wrong.
            EncoderMismatch: the vectors here are another encoder's.
            ClusterError: the cluster cannot be reached, or has failed; finished batches are kept.
            MissingExtra: Ray is not installed.
            CollectionBusy: something else is adding or changing.
            StorageError: the disk is full, read-only or failing; finished batches are kept.
        """
        if batch_size < 1 or (workers is not None and workers < 1):
            raise InputError("batch_size and workers must be 1 or more.")
        pace = IngestOptions(batch_size, workers, progress or _tell_nobody, on)
        many = [paths] if isinstance(paths, str | Path) else list(paths)
        return self._add(IndexRequest(many, prune, captions, pace))

    def remove(self, ids: Iterable[int]) -> None:
        """Forget images, their captions and vectors; their files stay as they are.

        Raises:
            InputError: an id is unknown; nothing is removed.
            CollectionBusy: something else is adding or changing.
        """
        raise NotImplementedError

    def put_vectors(
        self, encoder: Encoder, given: Mapping[Path, Vector], *, add_missing: bool = False
    ) -> int:
        """Take in vectors that were made elsewhere, of images that the collection knows.

        Args:
            encoder: what made them; its name and weights are noted beside them.
            given: file → vector ``(dim,)``, of any length but zero. A vector that the image has
                of this encoder already is replaced.
            add_missing: add an image for each path that the collection does not know; there need
                not be a file.

        Returns:
            How many images got a vector; without ``add_missing``, files that are not in the
            collection are left out.

        Raises:
            InputError: a vector has not the encoder's ``dim`` or is not finite; none is taken.
            EncoderMismatch: the collection has vectors of other weights of this encoder.
            CollectionBusy: something else is adding or changing.
        """
        return self.import_vectors(encoder, [given], add_missing=add_missing)

    def import_vectors(
        self,
        encoder: Encoder,
        parts: Iterable[Mapping[Path, Vector]],
        *,
        add_missing: bool = False,
    ) -> int:
        """Take in many vectors that were made elsewhere, part by part.

        Each part is taken in as by ``put_vectors`` before the next is read, so that no more than
        one is in memory; parts that were taken in stay when a later one is refused.

        Raises:
            InputError: a vector has not the encoder's ``dim`` or is not finite.
            EncoderMismatch: the collection has vectors of other weights of this encoder.
            CollectionBusy: something else is adding or changing.
        """
        raise NotImplementedError

    def forget_vectors(self, encoder: str) -> int:
        """Remove all vectors of one encoder; the images and other vectors stay.

        Returns:
            How many vectors there were.

        Raises:
            InputError: the collection has no vectors of this encoder.
            CollectionBusy: something else is adding or changing.
        """
        raise NotImplementedError

    def filter_ids(self, where: Filter) -> Ids:
        """The images that pass a filter: ids int64 ``(n,)``, ascending."""
        raise NotImplementedError

    def search(
        self,
        query: str | Query | None = None,
        *,
        image: ExampleImage | None = None,
        k: int = 20,
        strategy: "str | QueryStrategy" = "early",
        encoder: AskedEncoders = None,
        fusion: "str | Fusion | None" = None,
        weights: Sequence[float] | None = None,
        where: Filter | None = None,
        dedupe: bool | float = False,
        diversify: bool | float = False,
        use_calibration: bool = True,
        use_expansion: bool = True,
    ) -> Ranking:
        """Find the images that match a text, look like an image, or both.

        An image of the collection itself, given by its id, comes first in its own ranking.

        Args:
            query: what to see in the picture, or a query made of ``text`` and ``like``.
            image: a picture's file, its bytes, a Pillow picture, or an id; it joins the query.
            k: how many; fewer where the collection holds fewer.
            strategy: how a query of several terms is answered: see ``firs.search``.
            encoder: whose vectors are searched, otherwise the collection's; of several, as in
                ``mini+siglip2-base`` or in a list, the rankings are fused.
            fusion: how they are: a name in ``firs.fusion.FUSIONS``, or a fusion.
            weights: how much each encoder counts; 1 without them.
            where: which images may be found.
            dedupe: whether near-duplicates take one place, or the cosine from which on they do;
                the ranking's ``duplicates`` lists them.
            diversify: whether each result shall differ from those before it, or how much relevance
                counts in that, from 0 to 1.
            use_calibration: whether to correct text scores for hubness, if ``calibrate`` has
                measured it.
            use_expansion: whether to search also by the captions and queries that ``expand``
                has added.

        Raises:
            InputError: there is no query, it is empty or only says what not to find, ``k`` is
                below 1, no image has an id, or there is no such way, fusion or encoder.
            ImageError: a picture cannot be read.
            CollectionNotFound: the collection is empty.
            EncoderMismatch: there are no vectors of an encoder, or of other weights.

        >>> collection.search(text("a dog") - text("a leash") + like(3))  # doctest: +SKIP
        """
        if k < 1:
            raise InputError(f"k is how many images to return: 1 or more, not {k}.")
        asked = combine_query(query, image)
        wanted = SearchRequest(
            asked,
            k,
            strategy,
            encoder,
            fusion,
            weights,
            where,
            dedupe,
            diversify,
            use_calibration,
            use_expansion,
        )
        with self.limit_wait():
            ranking = self._answer(wanted)
            ranking.explain_by(self._explaining(asked, encoder))
            self.log.note(asked)
        return ranking

    def limit_wait(self) -> AbstractContextManager[None]:
        """Limit the time that all that is done inside waits for a server; in a folder it does not.

        It is for what one request of a person needs, such as a search or a round of a session.
        """
        return nullcontext()

    def open_searcher(
        self, encoder: AskedEncoders = None, where: Filter | None = None
    ) -> "AbstractContextManager[EmbeddingSearcher]":
        """All images of one encoder as they are now, ready to be searched until the context ends.

        Args:
            encoder: whose vectors; by default the one that the collection was opened with.
            where: of which images; all without it.

        Raises:
            CollectionNotFound: the collection is empty.
            EncoderMismatch: there are no vectors of this encoder, or of other weights.
            InputError: several encoders are named, or there is no such one.
        """
        raise NotImplementedError

    def require_vectors(self, encoder: str) -> None:
        """Make sure that there are vectors of an encoder, whether or not it can be opened here.

        Raises:
            InputError: there are none.
        """
        raise NotImplementedError

    def _records(self, ids: Sequence[int]) -> dict[int, ImageRecord]:
        """Those of some images that there are."""
        raise NotImplementedError

    def _newest(self, start: int, count: int) -> list[ImageRecord]:
        raise NotImplementedError

    def _ids(self, paths: Sequence[str]) -> dict[str, int]:
        """Of the images at some real paths, of those that there are."""
        raise NotImplementedError

    def _add(self, request: IndexRequest) -> AddReport:
        raise NotImplementedError

    def _answer(self, wanted: SearchRequest) -> Ranking:
        raise NotImplementedError

    def _require_known(self, ids: Iterable[int], known: Container[int]) -> None:
        for id_ in ids:
            if id_ not in known:
                raise InputError(
                    f"There is no image with the id {id_} in the collection {self.location}."
                )


_FOLDER = "firs.collection.folder:FolderCollection"
_SERVER = "firs.milvus.collection:MilvusCollection"


def _kind_at(place: str | Path) -> type[Collection]:
    module, _, name = (_SERVER if is_address(place) else _FOLDER).partition(":")
    kind: type[Collection] = getattr(import_module(module), name)
    return kind


def _tell_nobody(done: int, to_do: int) -> None:
    pass

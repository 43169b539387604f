"""The face of a collection: open it, add to it, search it, look at what it holds."""

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Literal, Self

from firs.collection import rows
from firs.collection.adding import Adding, GivenCaptions, Request
from firs.collection.calibrating import Calibrated
from firs.collection.database import Database, transaction
from firs.collection.encoding import AskedEncoders, EncodersInUse, held_encoders
from firs.collection.expanding import Expanded
from firs.collection.explaining import Explained
from firs.collection.finding import Finding, Wanted, asked_for
from firs.collection.importing import Vector, put_vectors
from firs.collection.indexing import Indexing
from firs.collection.made_captions import MadeCaptions
from firs.collection.paths import Root, real
from firs.collection.querylog import QueryLog
from firs.collection.reading import Pace
from firs.collection.records import AddReport, EncoderRecord, ImageRecord, Info, Problem
from firs.collection.sessions import SessionStore
from firs.collection.tagging import Tagged
from firs.encoders import Encoder
from firs.errors import InputError
from firs.filter import Filter
from firs.query import Example, Query
from firs.ranking import Ranking

if TYPE_CHECKING:
    from firs.fusion import Fusion
    from firs.search import Answering, Space

ExampleImage = Example | str
"""A picture's file, its bytes, a Pillow picture, or the id of one in the collection."""


class Collection(Tagged, Calibrated, Expanded, Explained):
    """The images that a person searches, kept in one folder.

    Args:
        path: the collection's folder, such as ``photos/.firs``.
        encoder: a name, an encoder, or None for the one that made the collection (``mini`` for
            a new one). It is opened only when something must be encoded. Several, as in
            ``mini+siglip2-base`` or in a list, are searched together.
        create: make the collection if there is none.
        dtype: how a new collection keeps its vectors; ``float16`` takes half the space and
            changes a cosine by less than 0.001.

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

    def __init__(
        self,
        path: str | Path,
        encoder: AskedEncoders = None,
        *,
        create: bool = True,
        dtype: Literal["float16", "float32"] = "float16",
    ) -> None:
        if dtype not in ("float16", "float32"):
            raise InputError(f"Vectors are kept as float16 or float32, not {dtype!r}.")
        self.path = Path(real(path))
        self._root = Root(str(self.path.parent))
        self._database = Database(self.path, create=create)
        try:
            with self._database.reading() as connection:
                held = rows.encoders(connection)
            self._encoders = EncodersInUse(encoder, held, self.path)
        except BaseException:
            self._database.close()
            raise
        self._adding = Adding(self._database, self._root, self._encoders, dtype)
        self._finding = Finding(self._database, self._root, self._encoders, self.path)
        self._dtype = dtype
        self.sessions = SessionStore(self._database)
        self.log = QueryLog(self._database)
        self.made_captions = MadeCaptions(self._database)
        self.index = Indexing(self._database, self._finding, self._encoders)

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
        self._finding.close()
        self._database.close()

    def __len__(self) -> int:
        with self._database.reading() as connection:
            return rows.count(connection, "image")

    def __bool__(self) -> bool:
        return True  # an empty collection is still one

    def __iter__(self) -> Iterator[ImageRecord]:
        """All images by id; what is added or removed meanwhile may or may not be among them."""
        after = 0
        while records := self._images_after(after):
            yield from records
            after = records[-1].id

    def __repr__(self) -> str:
        return f"<Collection {self.path}>"

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
        with self._database.reading() as connection:
            records = rows.images(connection, self._root, ids)
        self._require_known(ids, {record.id for record in records})
        return records

    def newest(self, start: int = 0, count: int = 60) -> list[ImageRecord]:
        """Return some images, those that were added last first.

        Raises:
            InputError: a number is negative.
        """
        if start < 0 or count < 0:
            raise InputError(f"Images are listed from 0 on, 0 or more, not {start} and {count}.")
        with self._database.reading() as connection:
            return rows.newest(connection, self._root, start, count)

    def paths(self, ids: Sequence[int]) -> dict[int, Path]:
        """Where some images lie, by id, without those that do not exist."""
        with self._database.reading() as connection:
            return rows.paths(connection, self._root, ids)

    @property
    def is_writable(self) -> bool:
        """Whether anything can be kept in it."""
        return self._database.writable

    def ids(self, paths: Iterable[str | Path]) -> list[int]:
        """The ids of the images at some paths, in their order.

        Raises:
            InputError: there is no image at a path.
        """
        wanted = [real(path) for path in paths]
        with self._database.reading() as connection:
            known = rows.ids(connection, self._root, wanted)
        for path in wanted:
            if path not in known:
                raise InputError(f"{path} is not in the collection {self.path}.")
        return [known[path] for path in wanted]

    def problems(self) -> list[Problem]:
        """Files that could not be read when they were last looked at, and why."""
        with self._database.reading() as connection:
            return rows.problems(connection, self._root)

    def info(self) -> Info:
        """Tell what the collection holds and what it takes on disk."""
        with self._database.reading() as connection:
            return rows.info(connection, self.path)

    def vectors(self, encoder: str | None = None) -> tuple[rows.Ids, rows.StoredVectors]:
        """All vectors of an encoder, by default the collection's own.

        Returns:
            Ids int64 ``(n,)``, ascending, and vectors ``(n, dim)``, float16 or float32.

        Raises:
            InputError: the collection has no vectors of this encoder.
        """
        with self._database.reading() as connection:
            return rows.vectors(connection, self._held(connection, encoder).name)

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
        pace = Pace(batch_size, workers, progress or _tell_nobody, on)
        many = [paths] if isinstance(paths, str | Path) else list(paths)
        return self._adding.run(Request(many, prune, captions, pace))

    def remove(self, ids: Iterable[int]) -> None:
        """Forget images, their captions and vectors; their files stay as they are.

        Raises:
            InputError: an id is unknown; nothing is removed.
            CollectionBusy: something else is adding or changing.
        """
        with self._database.writing() as connection, transaction(connection):
            wanted = [(id_,) for id_ in self._known(connection, ids)]
            connection.executemany("DELETE FROM image WHERE id = ?", wanted)

    def put_vectors(self, encoder: Encoder, given: Mapping[Path, Vector]) -> int:
        """Take in vectors that were made elsewhere, of images that the collection knows.

        Args:
            encoder: what made them; its name and weights are noted beside them.
            given: file → vector ``(dim,)``, of any length but zero. A vector that the image has
                of this encoder already is replaced.

        Returns:
            How many images got a vector; files that are not in the collection are left out.

        Raises:
            InputError: a vector has not the encoder's ``dim`` or is not finite; none is taken.
            EncoderMismatch: the collection has vectors of other weights of this encoder.
            CollectionBusy: something else is adding or changing.
        """
        with self._database.writing() as connection, transaction(connection):
            return put_vectors(connection, self._root, encoder, given, self._dtype)

    def forget_vectors(self, encoder: str) -> int:
        """Remove all vectors of one encoder; the images and other vectors stay.

        Returns:
            How many vectors there were.

        Raises:
            InputError: the collection has no vectors of this encoder.
            CollectionBusy: something else is adding or changing.
        """
        with self._database.writing() as connection, transaction(connection):
            return rows.forget(connection, self._held(connection, encoder).name)

    def passing(self, where: Filter) -> rows.Ids:
        """The images that pass a filter: ids int64 ``(n,)``, ascending."""
        return self._finding.passing(where)

    def search(
        self,
        query: str | Query | None = None,
        *,
        image: ExampleImage | None = None,
        k: int = 20,
        way: "str | Answering" = "early",
        encoder: AskedEncoders = None,
        fusion: "str | Fusion | None" = None,
        weights: Sequence[float] | None = None,
        where: Filter | None = None,
        fold: bool | float = False,
        varied: bool | float = False,
        calibrated: bool = True,
        expanded: bool = True,
    ) -> Ranking:
        """Find the images that match a text, look like an image, or both.

        An image of the collection itself, given by its id, comes first in its own ranking.

        Args:
            query: what to see in the picture, or a query made of ``text`` and ``like``.
            image: a picture's file, its bytes, a Pillow picture, or an id; it joins the query.
            k: how many; fewer where the collection holds fewer.
            way: how a query of several terms is answered: see ``firs.search``.
            encoder: whose vectors are searched, otherwise the collection's; of several, as in
                ``mini+siglip2-base`` or in a list, the rankings are fused.
            fusion: how they are: a name in ``firs.fusion.FUSIONS``, or a fusion.
            weights: how much each encoder counts; 1 without them.
            where: which images may be found.
            fold: whether near-duplicates take one place, or the cosine from which on they do;
                the ranking's ``behind`` tells them.
            varied: whether each result shall differ from those before it, or how much relevance
                counts in that, from 0 to 1.
            calibrated: whether hubness is taken off the scores of texts, where ``calibrate`` has
                measured it.
            expanded: whether images are found by the captions and queries, too, that ``expand``
                let stand for them.

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
        asked = asked_for(query, image)
        wanted = Wanted(
            asked, k, way, encoder, fusion, weights, where, fold, varied, calibrated, expanded
        )
        ranking = self._finding.run(wanted)
        ranking.explain_by(self._explaining(asked, encoder))
        self.log.note(asked)
        return ranking

    @contextmanager
    def space(
        self, encoder: AskedEncoders = None, where: Filter | None = None
    ) -> "Iterator[Space]":
        """All images of one encoder as they are now, ready to be searched until the context ends.

        Args:
            encoder: whose vectors; by default the one that the collection was opened with.
            where: of which images; all without it.

        Raises:
            CollectionNotFound: the collection is empty.
            EncoderMismatch: there are no vectors of this encoder, or of other weights.
            InputError: several encoders are named, or there is no such one.
        """
        with self._finding.space(encoder, where) as space:
            yield space

    def require_vectors(self, encoder: str) -> None:
        """Make sure that there are vectors of an encoder, whether or not it can be opened here.

        Raises:
            InputError: there are none.
        """
        with self._database.reading() as connection:
            self._held(connection, encoder)

    def _held(self, connection: sqlite3.Connection, name: str | None) -> EncoderRecord:
        """The encoder of this name, or the one in use, if there are vectors of it."""
        held = held_encoders(connection, self.path)
        if name is None:
            return self._encoders.one().held(held)
        found = [record for record in held if record.name == name]
        if not found:
            known = ", ".join(record.name for record in held)
            raise InputError(
                f"The collection has no vectors of {name!r}, only of: {known}. "
                f"Add them: firs index DIR --encoder {name}"
            )
        return found[0]

    def _images_after(self, after: int) -> list[ImageRecord]:
        with self._database.reading() as connection:
            return rows.images_after(connection, self._root, after)


def _tell_nobody(done: int, to_do: int) -> None:
    pass

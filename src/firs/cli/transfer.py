"""``firs vectors`` and ``firs migrate``: embeddings in files, and collections elsewhere."""

import sys
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from firs.cli.console import format_path, progress, say, steps
from firs.cli.options import PlaceArgs, argument, collection_to_read, flag, option
from firs.errors import InputError
from firs.sources.paths import IMPORTED, is_url

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from firs.collection import Collection
    from firs.encoders import Encoder
    from firs.indexing.vectors import Vector, VectorFile


class Action(StrEnum):
    """Action on embeddings."""

    EXPORT = "export"
    IMPORT = "import"


@dataclass(frozen=True, slots=True)
class VectorsArgs:
    """What to do with which file of embeddings."""

    action: Action = argument("ACTION", "export or import.", default=...)
    file: Path = argument("FILE", "A .npz, a .npy, or a folder of .npy parts.", default=...)
    encoder: str | None = option(
        "NAME", "Which encoder's embeddings. Default for an export: the collection's first encoder."
    )
    files: Path | None = option("LIST", "The pictures of a .npy: one path per line, or JSON.")
    add_missing: bool = flag(
        "Add an image for each name that is not in the collection, with or without a picture. "
        "The collection is created if it does not exist.",
        "--add-missing",
    )


def vectors(options: VectorsArgs, place: PlaceArgs) -> None:
    """Write a collection's embeddings to a file, or read them from one.

    Imported embeddings belong to pictures of the collection, by their paths: index the pictures
    first, with mini, which is fast; or add images without pictures. Some pictures are encoded
    again, to check that the named encoder computed the embeddings.

    Examples:
      firs vectors export vectors.npz
      firs vectors import vectors.npz --encoder clip-vit-b32
      firs vectors import img_emb/ --files paths.txt --encoder openclip-b32
      firs vectors import own.npz --encoder mine --add-missing -c milvus://milvus.lan/own
    """
    from firs.collection import Collection

    if options.action is Action.EXPORT:
        with place.open() as opened:
            _export(opened, options.file, options.encoder)
        return
    source, encoder = _open_source(options)
    with Collection(collection_to_read(place.collection), create=options.add_missing) as opened:
        _import(opened, source, encoder, options.add_missing)


def _export(collection: "Collection", file: Path, encoder: str | None) -> None:
    from firs.indexing.vectors import write_vectors

    ids, matrix = collection.vectors(encoder)
    paths = [image.path for image in collection.images(ids.tolist())]
    write_vectors(file, [_portable_path(path, collection.home) for path in paths], matrix)
    sys.stdout.write(f"{len(ids):,} vectors of {matrix.shape[1]} are in {format_path(file)}.\n")


def _open_source(options: VectorsArgs) -> "tuple[VectorFile, Encoder]":
    """Return the embeddings and the encoder that computed them."""
    from firs.encoders import open_encoder
    from firs.indexing.vectors import NamedEncoder, open_vectors

    encoder = options.encoder
    if encoder is None:
        raise InputError("Which encoder made these vectors? --encoder NAME")
    source = open_vectors(options.file, options.files)
    try:
        return source, open_encoder(encoder)
    except InputError:
        if not options.add_missing or not encoder.replace("-", "").replace("_", "").isalnum():
            raise
    say(f"There is no encoder {encoder!r}, so its images can be found by images, not by words.")
    return source, NamedEncoder(encoder, source.dim)


def _import(
    collection: "Collection", source: "VectorFile", encoder: "Encoder", add_missing: bool
) -> None:
    from firs.indexing.vectors import BATCH

    paths = partial(_resolve_name, collection.home, add_missing)
    source.check_encoder(encoder, paths)
    total = len(source.names)
    with progress("importing") as report:

        def parts() -> "Iterator[Mapping[Path, Vector]]":
            done = 0
            for names, rows in source.batches(BATCH):
                yield dict(zip(map(paths, names), rows, strict=True))
                report(done := done + len(names), total)

        taken = collection.import_vectors(encoder, parts(), add_missing=add_missing)
    sys.stdout.write(f"{taken:,} images have vectors of {encoder.name} now.\n")
    if taken < total:
        say(f"{total - taken:,} files are not in the collection and were left out.")


def _resolve_name(home: Path | None, add_missing: bool, name: str) -> Path:
    """Resolve a name in a file of embeddings.

    It is relative to the folder that contains the collection or, where that is on a server, to the
    current folder. A path added to a server without a file here is prefixed with ``imported:``.
    """
    path = (home or Path()) / name
    if home is None and add_missing and not (is_url(name) or path.is_absolute() or path.is_file()):
        return Path(f"{IMPORTED}{name}")
    return Path(name) if is_url(name) else path


def _portable_path(path: Path, home: Path | None) -> str:
    """Return a path in a form that can be moved together with its collection."""
    return str(path.relative_to(home) if home and path.is_relative_to(home) else path)


@dataclass(frozen=True, slots=True)
class MigrateArgs:
    """Two locations of a collection."""

    source: str = argument("FROM", "A collection's folder or address on a server.", default=...)
    target: str = argument("TO", "A new folder or address, or an unfinished copy.", default=...)


def migrate(options: MigrateArgs) -> None:
    """Copy a complete collection to a Milvus server or to a folder.

    FROM is not changed. After an interruption, the same command resumes. At the end both are read
    and compared, and the count and checksum of each kind are printed.

    Examples:
      firs migrate photos/.firs milvus://milvus.lan:19530/photos
      firs migrate milvus://milvus.lan:19530/photos photos/.firs
      firs migrate milvus://old.lan:19530/photos milvus+tls://new.lan:19530/photos
    """
    from firs.migration import migrate
    from firs.storage.paths import place

    with steps() as show:
        report = migrate(collection_to_read(options.source), place(options.target), show)
    for kind, found in report.sums.items():
        sys.stdout.write(f"{found.count:>12,}  {kind:<28}  {found.checksum}\n")
    sys.stdout.write("Both are the same.\n")

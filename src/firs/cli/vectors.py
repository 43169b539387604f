"""``firs vectors``: a collection's vectors to and from files."""

import sys
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from firs.cli.console import format_path, say
from firs.cli.options import ReadFrom
from firs.errors import InputError
from firs.sources.paths import IMPORTED, is_url

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from firs.collection import Collection
    from firs.encoders import Encoder
    from firs.indexing.vectors import Vector, VectorFile

SAMPLE = 3
PART = 5_000
"""Vectors that are in memory at once."""
ALIKE = 0.95
"""Cosine similarity below which an embedding is not by the encoder that it is attributed to."""


class Action(StrEnum):
    """Action on embeddings."""

    EXPORT = "export"
    IMPORT = "import"


What: TypeAlias = Annotated[Action, typer.Argument(show_default=False)]
File: TypeAlias = Annotated[
    Path,
    typer.Argument(
        metavar="FILE", help="A .npz, a .npy, or a folder of .npy parts.", show_default=False
    ),
]
Whose: TypeAlias = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help="Whose vectors. Otherwise: those of the collection's first encoder.",
        show_default=False,
    ),
]
Files: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        metavar="LIST",
        help="The pictures that a .npy is of, one a line, or a JSON list.",
        show_default=False,
    ),
]


AddMissing: TypeAlias = Annotated[
    bool,
    typer.Option(
        "--add-missing",
        help="Add an image for each name that the collection does not know; there need not be a "
        "picture. The collection is made if there is none.",
    ),
]


def vectors(
    what: What,
    file: File,
    encoder: Whose = None,
    files: Files = None,
    add_missing: AddMissing = False,
    collection: ReadFrom = None,
) -> None:
    """Write a collection's vectors to a file, or read them from one.

    What is imported belongs to pictures that the collection knows, by their paths: index them
    first, with mini, which is fast; or have images added without pictures. Some pictures are
    encoded again, to see that the named encoder did make the vectors.

    Examples:
      firs vectors export vectors.npz
      firs vectors import vectors.npz --encoder clip-vit-b32
      firs vectors import img_emb/ --files paths.txt --encoder openclip-b32
      firs vectors import own.npz --encoder mine --add-missing -c milvus://milvus.lan/own
    """
    from firs.cli.options import collection_to_read
    from firs.collection import Collection

    place = collection_to_read(collection)
    if what is Action.EXPORT:
        with Collection(place, create=False) as opened:
            _export(opened, file, encoder)
        return
    source, made_by = _source(file, files, encoder, add_missing)
    with Collection(place, create=add_missing) as opened:
        _import(opened, source, made_by, add_missing)


def _export(collection: "Collection", file: Path, encoder: str | None) -> None:
    from firs.indexing.vectors import write_vectors

    ids, matrix = collection.vectors(encoder)
    paths = [image.path for image in collection.images(ids.tolist())]
    write_vectors(file, [_portable_path(path, collection.home) for path in paths], matrix)
    sys.stdout.write(f"{len(ids):,} vectors of {matrix.shape[1]} are in {format_path(file)}.\n")


def _source(
    file: Path, files: Path | None, encoder: str | None, add_missing: bool
) -> "tuple[VectorFile, Encoder]":
    """Return the embeddings and the encoder that computed them."""
    from firs.encoders import open_encoder
    from firs.indexing.vectors import NamedEncoder, open_vectors

    if encoder is None:
        raise InputError("Which encoder made these vectors? --encoder NAME")
    source = open_vectors(file, files)
    try:
        return source, open_encoder(encoder)
    except InputError:
        if not add_missing or not encoder.replace("-", "").replace("_", "").isalnum():
            raise
    say(f"There is no encoder {encoder!r}, so its images can be found by images, not by words.")
    return source, NamedEncoder(encoder, source.dim)


def _import(
    collection: "Collection", source: "VectorFile", encoder: "Encoder", add_missing: bool
) -> None:
    from firs.cli.console import progress

    paths = partial(_path, collection.home, add_missing)
    _refuse_strangers(encoder, source, paths)
    total = len(source.names)
    with progress("importing") as report:

        def parts() -> "Iterator[Mapping[Path, Vector]]":
            done = 0
            for names, rows in source.batches(PART):
                yield dict(zip(map(paths, names), rows, strict=True))
                report(done := done + len(names), total)

        taken = collection.import_vectors(encoder, parts(), add_missing=add_missing)
    sys.stdout.write(f"{taken:,} images have vectors of {encoder.name} now.\n")
    if taken < total:
        say(f"{total - taken:,} files are not in the collection and were left out.")


def _path(home: Path | None, add_missing: bool, name: str) -> Path:
    """Resolve a name in a file of embeddings.

    It is relative to the folder that has the collection or, where that is on a server, to the
    current folder. A path added to a server without a file here is prefixed with ``imported:``.
    """
    path = (home or Path()) / name
    if home is None and add_missing and not (is_url(name) or path.is_absolute() or path.is_file()):
        return Path(f"{IMPORTED}{name}")
    return Path(name) if is_url(name) else path


def _portable_path(path: Path, home: Path | None) -> str:
    """Return a path in a form that can be moved together with its collection."""
    return str(path.relative_to(home) if home and path.is_relative_to(home) else path)


def _refuse_strangers(
    encoder: "Encoder", source: "VectorFile", paths: "Callable[[str], Path]"
) -> None:
    """Encode a few pictures again, spread over all, and compare."""
    import numpy as np

    from firs.imaging import decode

    for path, given in _some_pictures(source, paths):
        row = np.asarray(given, np.float32)
        (own,) = encoder.encode_images([decode(path, at_least=encoder.image_size)])
        if row.shape != own.shape or own @ row < ALIKE * np.linalg.norm(row):
            raise InputError(
                f"The vector of {format_path(path)} is not by {encoder.name}, or the file has "
                "changed; nothing was imported. Name the encoder that made the vectors: --encoder"
            )


def _some_pictures(
    source: "VectorFile", paths: "Callable[[str], Path]"
) -> "Iterator[tuple[Path, Vector]]":
    """Yield a few of the images that exist here, with their embeddings."""
    here = [name for name in source.names if paths(name).is_file()]
    some = set(here[:: max(1, len(here) // SAMPLE)][:SAMPLE])
    for names, rows in source.batches(PART) if some else ():
        for name in some.intersection(names):
            yield paths(name), rows[list(names).index(name)]

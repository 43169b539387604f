"""``firs vectors``: a collection's vectors to and from files."""

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from firs.cli.console import format_path, say
from firs.cli.options import ReadFrom
from firs.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from firs.collection import Collection
    from firs.collection.importing import Vector
    from firs.encoders import Encoder

SAMPLE = 3
ALIKE = 0.95
"""Cosine below which a vector is not by the encoder that is said to have made it."""


class Action(StrEnum):
    """What to do with vectors."""

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


def vectors(
    what: What,
    file: File,
    encoder: Whose = None,
    files: Files = None,
    collection: ReadFrom = None,
) -> None:
    """Write a collection's vectors to a file, or read them from one.

    What is imported belongs to pictures that the collection knows, by their paths: index them
    first, with mini, which is fast. Some are encoded again, to see that the named encoder did
    make the vectors.

    Examples:
      firs vectors export vectors.npz
      firs vectors import vectors.npz --encoder clip-vit-b32
      firs vectors import img_emb/ --files paths.txt --encoder openclip-b32
    """
    from firs.cli.places import collection_to_read
    from firs.collection import Collection

    with Collection(collection_to_read(collection), create=False) as opened:
        if what is Action.EXPORT:
            _export(opened, file, encoder)
        else:
            _import(opened, file, files, encoder)


def _export(collection: "Collection", file: Path, encoder: str | None) -> None:
    from firs.collection.vector_files import write_vectors

    ids, matrix = collection.vectors(encoder)
    paths = [image.path for image in collection.images(ids.tolist())]
    write_vectors(file, [_portable_path(path, collection.home) for path in paths], matrix)
    sys.stdout.write(f"{len(ids):,} vectors of {matrix.shape[1]} are in {format_path(file)}.\n")


def _import(collection: "Collection", file: Path, files: Path | None, encoder: str | None) -> None:
    from firs.collection.vector_files import read_vectors
    from firs.encoders import open_encoder

    if encoder is None:
        raise InputError("Which encoder made these vectors? --encoder NAME")
    names, matrix = read_vectors(file, files)
    made_by = open_encoder(encoder)
    home = collection.home or Path()
    given = {home / name: row for name, row in zip(names, matrix, strict=True)}
    _refuse_strangers(made_by, given)
    taken = collection.put_vectors(made_by, given)
    sys.stdout.write(f"{taken:,} images have vectors of {made_by.name} now.\n")
    if taken < len(given):
        say(f"{len(given) - taken:,} files are not in the collection and were left out.")


def _portable_path(path: Path, home: Path | None) -> str:
    """A path as it can be moved together with its collection."""
    return str(path.relative_to(home) if home and path.is_relative_to(home) else path)


def _refuse_strangers(encoder: "Encoder", given: "Mapping[Path, Vector]") -> None:
    """Encode a few pictures again, spread over all, and compare."""
    import numpy as np

    from firs.pictures import decode

    here = [path for path in given if path.is_file()]
    for path in here[:: max(1, len(here) // SAMPLE)][:SAMPLE]:
        row = np.asarray(given[path], np.float32)
        (own,) = encoder.encode_images([decode(path, at_least=encoder.image_size)])
        if row.shape != own.shape or own @ row < ALIKE * np.linalg.norm(row):
            raise InputError(
                f"The vector of {format_path(path)} is not by {encoder.name}, or the file has "
                "changed; nothing was imported. Name the encoder that made the vectors: --encoder"
            )

"""``firs index``: folders of photos → a collection that can be searched."""

import shlex
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from firs.cli.console import Stopped, format_path, one_line, progress
from firs.cli.options import option_for
from firs.errors import InputError, ServerError
from firs.storage.records import AddReport

if TYPE_CHECKING:
    from firs.collection import Collection

AUTO = "auto"
EXACT = "exact", "flat"
"""Kinds that search all vectors exactly, so no recall is reported."""

Folders: TypeAlias = Annotated[
    list[Path] | None,
    typer.Argument(
        metavar="DIR...",
        help="Folders of photos, with all below them; photos, shards (.tar, .parquet) and URLs. "
        "With --index or --verify none need be named.",
        show_default=False,
    ),
]
KeepIn: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--collection",
        "-c",
        metavar="PATH",
        help="Where to keep the collection. Otherwise: DIR/.firs, or the one DIR lies in.",
        show_default=False,
    ),
]
Store: TypeAlias = Annotated[
    str | None,
    typer.Option(
        metavar="URL",
        help="Keep the collection on a Milvus server: milvus://HOST:19530/NAME.",
        show_default=False,
    ),
]
EncoderName: TypeAlias = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help="The encoder; another than before joins it. Otherwise: the collection's, or mini.",
        show_default=False,
    ),
]
CaptionFile: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help="Captions: TSV or CSV with the columns image and caption, JSON or JSON lines. "
        "A captions.tsv (.csv, .json, .jsonl) among the photos is found without this.",
        show_default=False,
    ),
]
Prune: TypeAlias = Annotated[
    bool, typer.Option("--prune", help="Forget images of DIR whose files are gone.")
]
Kind: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--index",
        metavar="NAME",
        help="Which index answers searches: exact, exact-float32, hash, ivf, or auto, by "
        "the number of images; on a server flat, hnsw, ivf-rabitq, diskann, bin-flat, bin-ivf or "
        "auto.",
        show_default=False,
    ),
]
Verify: TypeAlias = Annotated[
    bool,
    typer.Option("--verify", help="Compare the index with exact search, and remember the result."),
]
Workers: TypeAlias = Annotated[
    int | None,
    typer.Option(
        metavar="N",
        help="Threads that read photos. Otherwise: one a processor, at most 4. With --ray-address: "
        "encoders on the cluster. Otherwise: one a GPU, or as many as there is work for.",
        show_default=False,
    ),
]
Place: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--ray-address",
        metavar="CLUSTER",
        help="A Ray cluster that reads and encodes: ray starts one on this machine; "
        "ray://HOST:10001, HOST:6379 or auto is one that runs. Photos must lie under the same "
        "path on all its machines.",
        show_default=False,
    ),
]


def index(
    folders: Folders = None,
    collection: KeepIn = None,
    store: Store = None,
    encoder: EncoderName = None,
    captions: CaptionFile = None,
    prune: Prune = False,
    workers: Workers = None,
    place: Place = None,
    kind: Kind = None,
    verify: Verify = False,
) -> None:
    """Index folders of photos, so that they can be searched.

    Run it again whenever photos came or changed: only those are read, and files that were moved
    or renamed are known by their content. Stopped in the middle, it goes on where it was.

    Examples:
      firs index ~/Pictures
      firs index ~/Pictures --prune
      firs index ~/Pictures --encoder siglip2-base
      firs index /media/camera --collection ~/camera.firs
      firs index /mnt/photos --store milvus://milvus.lan:19530/photos
      firs index scenes --captions scenes/captions.tsv
      firs index shards/*.tar --collection ~/shards.firs
      firs index /mnt/photos --ray-address ray://head:10001
      firs index --index hash --verify
    """
    home = _collection_place(collection, store)
    if folders:
        _fill(folders, home, encoder, _IndexArgs(captions, prune, workers, place))
    elif kind is None and not verify:
        from firs.cli.commands import UsageError

        raise UsageError("Missing argument 'DIR...'.")
    _see_to_index(folders or [], home, encoder, kind, verify)


def _collection_place(collection: str | None, store: str | None) -> str | None:
    """Return the location of the collection, if it was given.

    Raises:
        UsageError: it was given twice.
        InputError: ``store`` is not the address of a server.
    """
    from firs.cli.commands import UsageError
    from firs.storage.paths import is_address

    if store is None:
        return collection
    if collection is not None:
        raise UsageError("Give --store or --collection, not both.")
    if not is_address(store):
        raise InputError(f"A server's address is milvus://HOST:19530/NAME, not {store}.")
    return store


@dataclass(frozen=True, slots=True)
class _IndexArgs:
    """Arguments of ``Collection.add``."""

    captions: Path | None
    prune: bool
    workers: int | None
    on: str | None


def _fill(
    folders: list[Path],
    collection: str | None,
    encoder: str | None,
    how: "_IndexArgs",
) -> None:
    from firs.cli.options import collection_to_fill
    from firs.collection import Collection
    from firs.collection.places import remove_if_unused
    from firs.encoders import canonical

    home = collection_to_fill(collection, folders)
    with remove_if_unused(home), Collection(home, encoder=encoder) as filled:
        before = len(filled)
        try:
            with progress("indexing") as report:
                done = filled.add(folders, progress=report, **asdict(how))
        except KeyboardInterrupt:
            raise Stopped(
                f"Stopped. {_describe_kept(filled, before)}; the same command goes on from there."
            ) from None
        first = [held.name for held in filled.info().encoders[:1]]
        told = None if encoder is None or [canonical(encoder)] == first else encoder
        summarise(done, filled.location, len(filled), told)


def _describe_kept(filled: "Collection", before: int) -> str:
    """Describe how many images an interrupted run has added, if the server is still reachable."""
    try:
        now = len(filled)
    except ServerError:
        return "Finished batches are kept"
    return f"{now - before:,} new images were kept, {now:,} are in the collection"


def _see_to_index(
    folders: list[Path], home: str | None, encoder: str | None, kind: str | None, verify: bool
) -> None:
    """Choose, check or merely name the index, after what was added."""
    from firs.cli.options import collection_to_fill, collection_to_read
    from firs.collection import Collection

    path = collection_to_fill(home, folders) if folders else collection_to_read(home)
    with Collection(path, encoder, create=False) as opened:
        if kind is not None:
            opened.index.choose(None if kind == AUTO else kind)
        if kind is not None or verify or (len(opened) and opened.index.kind() not in EXACT):
            sys.stdout.write(f"Index: {opened.index.kind()}\n")
        if verify:
            sys.stdout.writelines(f"  {line}\n" for line in opened.index.verify().lines())


PROBLEMS_SHOWN = 10


def summarise(report: AddReport, collection: str, images: int, encoder: str | None = None) -> None:
    """Write what was added, what could not be read and why, and how to search it.

    ``encoder`` is named where it is not the one that a search takes by itself.
    """
    sys.stdout.writelines(f"{line}\n" for line in _lines(report, collection, images, encoder))


def _lines(report: AddReport, collection: str, images: int, encoder: str | None) -> Iterator[str]:
    yield f"{images:,} images in {one_line(collection)}"
    yield f"  {', '.join(_counts(report))}"
    where = option_for(collection)
    if report.problems:
        yield from _problems(report, where)
    whose = "" if encoder is None else f" --encoder {shlex.quote(encoder)}"
    yield f'Search them: firs search "what to see in the picture"{whose}{where}'


def _counts(report: AddReport) -> Iterator[str]:
    """Yield all counts above zero."""
    new = report.added + report.updated + report.filled
    rate = f" ({report.rate:.0f}/s)" if new else ""
    told = {
        "new": report.added,
        "changed": report.updated,
        "encoded again by another encoder": report.filled,
        "moved": report.moved,
        "unchanged": report.unchanged,
        "with the same content as others": report.duplicates,
        "forgotten": report.removed,
        "gone from disk (--prune forgets them)": report.missing,
        "new captions": report.captions,
        "captions of images that are not here": report.captions_without_image,
    }
    counts = [f"{count:,} {what}" for what, count in told.items() if count]
    yield from counts or ["nothing new"]
    if new:
        yield f"{report.seconds:.1f} s{rate}"


def _problems(report: AddReport, where: str) -> Iterator[str]:
    many = len(report.problems)
    yield f"{many:,} {'file' if many == 1 else 'files'} could not be read:"
    for problem in report.problems[:PROBLEMS_SHOWN]:
        yield f"  {format_path(problem.path)}: {one_line(problem.reason)}"
    if many > PROBLEMS_SHOWN:
        yield f"  and {many - PROBLEMS_SHOWN:,} more; all of them: firs info --problems{where}"

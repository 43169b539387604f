"""``firs index``: folders of photos → a collection that can be searched."""

import os
import shlex
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from firs.cli.commands import UsageError
from firs.cli.console import Stopped, format_path, is_terminal, one_line, progress, say
from firs.cli.options import (
    argument,
    collection_to_fill,
    collection_to_read,
    flag,
    option,
    option_for,
)
from firs.errors import InputError, ServerError
from firs.storage.paths import is_address
from firs.storage.records import AddReport

if TYPE_CHECKING:
    from firs.collection import Collection

AUTO = "auto"
EXACT = "exact", "flat"
"""Kinds that search all embeddings exactly, so no recall is reported."""
PROBLEMS_SHOWN = 10
FEW_CORES = 4
BETTER_SLOW, BETTER_FAST = "openclip-b32", "siglip-base"
"""Encoders to recommend instead of ``mini``: with fewer cores than ``FEW_CORES``, or with more."""


@dataclass(frozen=True, slots=True)
class HomeArgs:
    """Where the collection is stored."""

    collection: str | None = option(
        "PATH",
        "Where to store the collection. Default: the one that contains DIR, or DIR/.firs.",
        "--collection",
        "-c",
    )
    store: str | None = option("URL", "Store it on a Milvus server: milvus://HOST:19530/NAME.")

    def location(self) -> str | None:
        """Return the location of the collection, if it is given.

        Raises:
            UsageError: it is given twice.
            InputError: ``store`` is not the address of a server.
        """
        if self.store is None:
            return self.collection
        if self.collection is not None:
            raise UsageError("Give --store or --collection, not both.")
        if not is_address(self.store):
            raise InputError(f"A server's address is milvus://HOST:19530/NAME, not {self.store}.")
        return self.store


@dataclass(frozen=True, slots=True)
class AddArgs:
    """How images are added: arguments of ``Collection.add``."""

    captions: Path | None = option(
        "FILE",
        "Captions: TSV or CSV with the columns image and caption, JSON or JSON lines. "
        "A captions.tsv (.csv, .json, .jsonl) in a photo folder is found automatically.",
    )
    prune: bool = flag("Remove images of DIR whose files no longer exist.", "--prune")
    workers: int | None = option(
        "N",
        "Threads that read photos. Default: one per processor, at most 4. With --ray-address: "
        "encoders on the cluster. Default: one per GPU, or as many as there is work for.",
    )
    on: str | None = option(
        "CLUSTER",
        "A Ray cluster that reads and encodes: ray starts one on this machine; "
        "ray://HOST:10001, HOST:6379 or auto connects to a running one. Photos must have the "
        "same path on all its machines.",
        "--ray-address",
    )


@dataclass(frozen=True, slots=True)
class IndexArgs:
    """What to index, with which encoder, and which index to use."""

    folders: list[Path] | None = argument(
        "DIR...",
        "Folders of photos, with everything below them; photos, shards (.tar, .parquet) and "
        "URLs. Optional with --index or --verify.",
    )
    encoder: str | None = option("NAME", "The encoder to add. Default: the collection's, or mini.")
    kind: str | None = option(
        "NAME",
        "Which index to use for searches: exact, exact(dtype=float32), hash, ivf, or auto, by the "
        "number of images; on a server flat, hnsw, ivf-rabitq, diskann, bin-flat, bin-ivf or auto.",
        "--index",
    )
    verify: bool = flag("Compare the index with exact search, and store the result.", "--verify")


def index(options: IndexArgs, adding: AddArgs, home: HomeArgs) -> None:
    """Index folders of photos, so that they can be searched.

    Run it again whenever photos were added or changed: only those are read, and files that were
    moved or renamed are recognised by their content. After an interruption it resumes.

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
    location = home.location()
    if options.folders:
        _fill(options.folders, location, options.encoder, adding)
    elif options.kind is None and not options.verify:
        raise UsageError("Missing argument 'DIR...'.")
    _update_index(options, location)


def _fill(folders: list[Path], location: str | None, encoder: str | None, adding: AddArgs) -> None:
    from firs.collection import Collection
    from firs.collection.places import remove_if_unused
    from firs.encoders import canonical

    home = collection_to_fill(location, folders)
    with remove_if_unused(home), Collection(home, encoder=encoder) as collection:
        before = len(collection)
        try:
            with progress("indexing") as report:
                done = collection.add(folders, progress=report, **asdict(adding))
        except KeyboardInterrupt:
            kept = _describe_kept(collection, before)
            raise Stopped(f"Stopped. {kept}; run the same command to resume.") from None
        names = [each.name for each in collection.info().encoders]
        first = names[:1]
        if encoder is not None and [canonical(encoder)] == first:
            encoder = None
        show_report(done, collection.location, len(collection), encoder)
        if names == ["mini"] and is_terminal():
            say(_recommend_encoder())


def _recommend_encoder() -> str:
    """Return a sentence on an encoder that finds more than ``mini`` and suits this machine."""
    from firs.encoders.backends import catalogue

    better = catalogue()[BETTER_SLOW if (os.cpu_count() or 1) < FEW_CORES else BETTER_FAST]
    return (
        f"A larger encoder finds more: firs index DIR --encoder {better.name} (a download of "
        f"{better.megabytes} MB; R@1 {better.flickr30k} on Flickr30k)"
    )


def _describe_kept(collection: "Collection", before: int) -> str:
    """Describe how many images an interrupted run has added, if the server is still reachable."""
    try:
        now = len(collection)
    except ServerError:
        return "Finished batches are kept"
    return f"{now - before:,} new images were added, {now:,} are in the collection"


def _update_index(options: IndexArgs, location: str | None) -> None:
    """Choose, verify or only name the index, after images were added."""
    from firs.collection import Collection

    folders, kind, verify = options.folders, options.kind, options.verify
    path = collection_to_fill(location, folders) if folders else collection_to_read(location)
    with Collection(path, options.encoder, create=False) as opened:
        if kind is not None:
            opened.index.choose(None if kind == AUTO else kind)
        if kind is not None or verify or (len(opened) and opened.index.kind() not in EXACT):
            sys.stdout.write(f"Index: {opened.index.kind()}\n")
        if verify:
            sys.stdout.writelines(f"  {line}\n" for line in opened.index.verify().lines())


def show_report(report: AddReport, collection: str, images: int, encoder: str | None) -> None:
    """Write what was added, what could not be read and why, and how to search it.

    Args:
        report: the result of ``Collection.add``.
        collection: its location.
        images: the number of its images.
        encoder: the encoder to search with, where it is not the default.
    """
    sys.stdout.writelines(f"{line}\n" for line in _lines(report, collection, images, encoder))


def _lines(report: AddReport, collection: str, images: int, encoder: str | None) -> Iterator[str]:
    yield f"{images:,} images in {one_line(collection)}"
    yield f"  {', '.join(_counts(report))}"
    where = option_for(collection)
    if report.problems:
        yield from _problems(report, where)
    by = "" if encoder is None else f" --encoder {shlex.quote(encoder)}"
    yield f'Search them: firs search "what to see in the picture"{by}{where}'


def _counts(report: AddReport) -> Iterator[str]:
    """Yield all counts above zero."""
    new = report.added + report.updated + report.filled
    counts = {
        "new": report.added,
        "changed": report.updated,
        "encoded again by another encoder": report.filled,
        "moved": report.moved,
        "unchanged": report.unchanged,
        "with the same content as others": report.duplicates,
        "removed": report.removed,
        "missing from disk (--prune removes them)": report.missing,
        "new captions": report.captions,
        "captions of unknown images": report.captions_without_image,
    }
    yield from [f"{n:,} {what}" for what, n in counts.items() if n] or ["nothing new"]
    if new:
        yield f"{report.seconds:.1f} s ({report.rate:.0f}/s)"


def _problems(report: AddReport, where: str) -> Iterator[str]:
    many = len(report.problems)
    yield f"{many:,} {'file' if many == 1 else 'files'} could not be read:"
    for problem in report.problems[:PROBLEMS_SHOWN]:
        yield f"  {format_path(problem.path)}: {one_line(problem.reason)}"
    if many > PROBLEMS_SHOWN:
        yield f"  and {many - PROBLEMS_SHOWN:,} more; all of them: firs info --problems{where}"

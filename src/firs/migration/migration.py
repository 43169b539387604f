"""One migration from its beginning, or from where it stopped, to its check."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from firs.collection.store import unfinished_migration
from firs.errors import CollectionError, InputError
from firs.migration.documents import KINDS
from firs.migration.parts import EXPANSION_PARTS, Mark, Side, Sum, Tally, differing
from firs.storage.paths import Place, is_address
from firs.storage.records import batches

Progress = Callable[[str, int, int], None]
"""What is being done, images done, and images to do."""

_DOCUMENTS_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Report:
    """What was moved: of each kind how many, and what they add up to, on both sides."""

    sums: Mapping[str, Sum]


def migrate(source: Place, target: Place, progress: Progress | None = None) -> Report:
    """Move a copy of a collection, with all that is in it; go on where a run was stopped.

    Ids stay. The original is not changed. At the end both are read and compared.

    Args:
        source: a collection's folder, or its address on a server.
        target: a new one; or the one that a migration of the same ``source`` did not finish.
        progress: called as it goes on.

    Raises:
        InputError: both are the same.
        CollectionNotFound: there is nothing at ``source``.
        CollectionError: there is something else at ``target`` already, or what is there in the
            end differs from the source; the message names the kind.
        StorageError: the target's disk is full or failing; what is there stays.
        ServerError: a server is down, stalls or refuses.
    """
    one, other = side(source), side(target)
    if one.location == other.location:
        raise InputError("A collection cannot be moved onto itself. Name a new place.")
    report_progress = progress or _ignore_progress
    with one.open(writing=False), other.open(writing=True):
        mark = _begin(one, other)
        _copy(one, other, mark, report_progress)
        report = _check(one, other, report_progress)
        other.set_mark(None)
        other.build()
        return report


def side(place: Place) -> Side:
    """A collection in a folder or on a server, ready to be opened."""
    if is_address(place):
        from firs.migration.server_side import ServerSide

        return ServerSide(str(place))
    from firs.migration.folder_side import FolderSide

    return FolderSide(Path(place))


def _ignore_progress(what: str, done: int, total: int) -> None:
    pass


def _begin(one: Side, other: Side) -> Mark:
    """Return the progress of the migration, if it is this one."""
    if unfinished := one.mark():
        raise unfinished_migration(unfinished.source, one.location)
    mark = other.mark()
    if mark is None:
        if other.count():
            raise CollectionError(
                f"{other.location} is a collection already, and collections are not mixed. "
                "Name a new place, or remove it first."
            )
        mark = Mark(one.location)
        other.set_mark(mark)
    elif mark.source != one.location:
        raise CollectionError(
            f"{other.location} waits for the rest of {mark.source}. Move that again to finish it, "
            "or name a new place."
        )
    return mark


def _copy(one: Side, other: Side, mark: Mark, report_progress: Progress) -> None:
    other.enlist(one.encoders())
    done, total = other.count(), one.count()
    for images in one.images(mark.after):
        mark = Mark(mark.source, images[-1].id)
        other.put_images(images, mark)
        done += len(images)
        report_progress("moving", done, max(done, total))
    for kind in KINDS:
        for documents in batches(one.documents.read(kind), _DOCUMENTS_AT_ONCE):
            other.put_documents(documents)
    for kind in EXPANSION_PARTS:
        for parts in batches(one.parts(kind), _DOCUMENTS_AT_ONCE):
            other.put_parts(kind, parts)


def _check(one: Side, other: Side, report_progress: Progress) -> Report:
    """Compare the stored contents; an image is counted twice, once for each side."""
    total = one.count() + other.count()
    mine = _tally(one, 0, total, report_progress)
    yours = _tally(other, one.count(), total, report_progress)
    if wrong := list(differing(mine, yours)):
        differences = "; ".join(f"{kind}: {here:,} and {there:,}" for kind, here, there in wrong)
        other.set_mark(Mark(one.location))
        raise CollectionError(
            f"{one.location} and {other.location} are not the same ({differences}). Was one of "
            "them changed in the meantime? Run this again: everything is compared again. If that "
            f"does not help, remove {other.location} first."
        )
    return Report(mine)


def _tally(side: Side, before: int, total: int, report_progress: Progress) -> Mapping[str, Sum]:
    tally = Tally()
    done = before
    for images in side.images():
        for image in images:
            tally.image(image)
        done += len(images)
        report_progress("checking", done, total)
    for kind in KINDS:
        for document in side.documents.read(kind):
            tally.document(document)
    for kind in EXPANSION_PARTS:
        for part in side.parts(kind):
            tally.part(kind, part)
    return tally.sums()

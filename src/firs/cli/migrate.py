"""``firs migrate``: a collection from a folder to a server, back, or to another of either."""

import sys
from contextlib import ExitStack
from typing import Annotated, TypeAlias

import typer

from firs.cli.console import progress

Source: TypeAlias = Annotated[
    str, typer.Argument(metavar="FROM", help="A collection's folder, or its address on a server.")
]
Target: TypeAlias = Annotated[
    str, typer.Argument(metavar="TO", help="A new folder or address, or an unfinished migration.")
]


def migrate(source: Source, target: Target) -> None:
    """Copy a collection, with all that is in it, to a Milvus server or to a folder.

    FROM stays as it is. Stopped at any moment, the same command goes on where it was. At the end
    both are read and compared; the number of items and a checksum of each kind are printed.

    Examples:
      firs migrate photos/.firs milvus://milvus.lan:19530/photos
      firs migrate milvus://milvus.lan:19530/photos photos/.firs
      firs migrate milvus://old.lan:19530/photos milvus+tls://new.lan:19530/photos
    """
    from firs.cli.options import collection_to_read
    from firs.migration import migrate
    from firs.storage.paths import place

    with _ProgressReport() as told:
        report = migrate(collection_to_read(source), place(target), told)
    for kind, found in report.sums.items():
        sys.stdout.write(f"{found.count:>12,}  {kind:<28}  {found.checksum}\n")
    sys.stdout.write("Both are the same.\n")


class _ProgressReport(ExitStack):
    """Progress display of one part of the work after the other."""

    def __init__(self) -> None:
        super().__init__()
        self._what = ""

    def __call__(self, what: str, done: int, total: int) -> None:
        if what != self._what:
            self.close()
            self._what, self._report = what, self.enter_context(progress(what))
        self._report(done, total)

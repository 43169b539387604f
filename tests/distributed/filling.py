"""A process that adds a folder to a collection on a server, for tests that kill one of them.

``python -m tests.distributed.filling URL FOLDER [DIE_AT]``: it tells each step. With DIE_AT it
kills itself, as ``kill -9`` does, when it has written the vectors of that many batches, but not
the images that these are of.
"""

import os
import signal
import sys
from typing import Any

from firs.collection import Collection
from firs.milvus.rows import Rows
from tests.fakes import FakeEncoder


def main(url: str, folder: str, die_at: str = "0") -> None:
    if int(die_at):
        Rows.write_rows = _dying(Rows.write_rows, int(die_at))  # type: ignore[method-assign]
    with Collection(url, FakeEncoder()) as collection:
        collection.add(folder, batch_size=8, progress=_tell)


def _tell(done: int, to_do: int) -> None:
    sys.stdout.write(f"{done}\n")
    sys.stdout.flush()


def _dying(note: Any, die_at: int) -> Any:
    noted = 0

    def note_or_die(*arguments: Any) -> None:
        nonlocal noted
        noted += 1
        if noted == die_at:
            os.kill(os.getpid(), signal.SIGKILL)
        note(*arguments)

    return note_or_die


if __name__ == "__main__":
    main(*sys.argv[1:])

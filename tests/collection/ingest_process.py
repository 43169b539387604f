"""A process that adds a folder and tells each step, for tests that kill it.

``python -m tests.collection.ingest_process FOLDER [DIE_AT]``: with DIE_AT it kills itself, as
``kill -9`` does, in the middle of a transaction: when that many images were written.
"""

import os
import signal
import sys
from pathlib import Path
from typing import Any

from firs.collection import Collection
from firs.storage.writing import Writer
from tests.fakes import FakeEncoder


def main(folder: str, die_at: str = "0") -> None:
    if int(die_at):
        Writer.insert = _dying(Writer.insert, int(die_at))  # type: ignore[method-assign]
    with Collection(Path(folder) / ".firs", FakeEncoder()) as collection:
        collection.add(folder, batch_size=4, progress=_tell)


def _tell(done: int, to_do: int) -> None:
    sys.stdout.write(f"{done}\n")
    sys.stdout.flush()


def _dying(insert: Any, die_at: int) -> Any:
    written = 0

    def insert_or_die(*arguments: Any) -> None:
        nonlocal written
        insert(*arguments)
        written += 1
        if written == die_at:
            os.kill(os.getpid(), signal.SIGKILL)

    return insert_or_die


if __name__ == "__main__":
    main(*sys.argv[1:])

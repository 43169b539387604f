"""A process that adds a folder on a cluster and tells each step, for tests that end it.

``python -m tests.distributed.ray_driver FOLDER CLUSTER``
"""

import sys
import time
from pathlib import Path

from firs.collection import Collection


def main(folder: str, on: str) -> None:
    with Collection(Path(folder).parent / "cluster", "mini", dtype="float32") as collection:
        collection.add(folder, on=on, batch_size=8, progress=_tell)


def _tell(done: int, to_do: int) -> None:
    sys.stdout.write(f"{done}\n")
    sys.stdout.flush()
    time.sleep(0.1)  # so that there is time to end this process in the middle


if __name__ == "__main__":
    main(*sys.argv[1:])

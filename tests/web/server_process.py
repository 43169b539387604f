"""``firs serve`` in a process of its own, at a port that the system chooses."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import httpx2

from tests.waiting import PATIENCE


class ServerProcess:
    """A server that has said where it is.

    Args:
        arguments: of the command line.
        cache: the folder for what it caches.
    """

    def __init__(self, *arguments: str | Path, cache: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "firs", "serve", "--port", "0", *map(str, arguments)],
            stderr=subprocess.PIPE,
            text=True,
            env=os.environ | {"FIRS_CACHE": str(cache), "DISPLAY": "", "WAYLAND_DISPLAY": ""},
        )
        assert self.process.stderr is not None
        found = re.search(r"http://\S+", self.process.stderr.readline())
        assert found is not None
        self.address = found[0]
        self.client = httpx2.Client(base_url=self.address.partition("?")[0], timeout=PATIENCE)

    def end(self, how: signal.Signals = signal.SIGINT) -> tuple[int, str]:
        """Stop it; return its exit code and what it said since."""
        self.client.close()
        self.process.send_signal(how)
        _, said = self.process.communicate(timeout=PATIENCE)
        return self.process.returncode, said

    def close(self) -> None:
        """Kill it, unless it has ended."""
        self.client.close()
        if self.process.poll() is None:
            self.process.kill()
        if self.process.stderr is not None and not self.process.stderr.closed:
            self.process.communicate()

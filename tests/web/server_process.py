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
        self.address = self._read_address()
        self.client = httpx2.Client(base_url=self.address.partition("?")[0], timeout=PATIENCE)

    def _read_address(self) -> str:
        assert self.process.stderr is not None
        line = self.process.stderr.readline()
        found = re.search(r"http://\S+", line)
        if found is None:
            self.process.kill()
            raise AssertionError(f"no server: {line}{self.process.communicate()[1]}")
        return found[0]

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

"""``firs serve`` in a process of its own, at a port that the system chooses."""

import os
import re
import signal
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import httpx2

from tests.processes import launch
from tests.waiting import PATIENCE


class ServerProcess:
    """A server that has said where it is.

    Args:
        arguments: of the command line.
        cache: the folder for what it caches.
    """

    def __init__(self, *arguments: str | Path, cache: Path) -> None:
        command = [sys.executable, "-m", "firs", "serve", "--port", "0", *map(str, arguments)]
        env = os.environ | {"FIRS_CACHE": str(cache), "DISPLAY": "", "WAYLAND_DISPLAY": ""}
        with ExitStack() as stack:
            self.process = stack.enter_context(launch(command, stderr=subprocess.PIPE, env=env))
            assert self.process.stderr is not None
            line = self.process.stderr.readline()
            found = re.search(r"http://\S+", line)
            assert found is not None, line
            self.address = found[0]
            base = self.address.partition("?")[0]
            self.client = stack.enter_context(httpx2.Client(base_url=base, timeout=PATIENCE))
            self._open = stack.pop_all()

    def end(self, how: signal.Signals = signal.SIGINT) -> tuple[int, str]:
        """Stop it; return its exit code and what it said since."""
        self.client.close()
        self.process.send_signal(how)
        _, output = self.process.communicate(timeout=PATIENCE)
        return self.process.returncode, output

    def close(self) -> None:
        """Kill it, unless it has ended."""
        self._open.close()

"""Processes that tests start; each is gone when its context ends, whatever happened inside."""

import codecs
import os
import pty
import select
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO

from tests.waiting import PATIENCE, wait_until

CONTROLLED = "import fcntl, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0)"
"""Python that makes a process in a session of its own obey the Ctrl-C of its terminal."""


@contextmanager
def launch(command: Sequence[str], **options: Any) -> Iterator[subprocess.Popen[str]]:
    """Run a process, and kill it if it still runs when the context ends."""
    with subprocess.Popen(command, text=True, **options) as process:
        try:
            yield process
        finally:
            process.kill()


class Terminal:
    """A process at a terminal of its own, with all that was ``seen`` there."""

    def __init__(self, process: subprocess.Popen[str], screen: BinaryIO) -> None:
        self._process = process
        self._screen = screen
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self.seen = ""

    def type(self, text: str) -> None:
        """Type something, without waiting for what comes of it."""
        self._screen.write(text.encode())

    def wait_for(self, text: str, typed: str = "") -> None:
        """Type something and wait until a text appears."""
        start = len(self.seen)
        self.type(typed)
        while text not in self.seen[start:]:
            assert self._read(), f"{text!r} does not appear: {self.seen}"

    def leave(self, key: str) -> int:
        """Press the key that ends the process.

        A Ctrl-C between a prompt and the waiting for a key would go unnoticed until the next key.

        Returns:
            The exit code.
        """
        wait_until(self._is_asleep, "the process waits for a key")
        self.type(key)
        with suppress(OSError):  # the terminal of a process that is gone
            while self._read():
                pass
        return self._process.wait(PATIENCE)

    def _is_asleep(self) -> bool:
        """Whether the process waits for something; true where that cannot be known."""
        stat = Path(f"/proc/{self._process.pid}/stat")
        return not stat.exists() or stat.read_text().rpartition(")")[2].split()[0] == "S"

    def _read(self) -> bool:
        """Read what is new; false if nothing comes."""
        if not select.select([self._screen], [], [], PATIENCE)[0]:
            return False
        new = self._screen.read(10_000)
        self.seen += self._decoder.decode(new)
        return bool(new)


@contextmanager
def at_terminal(command: Sequence[str], env: dict[str, str]) -> Iterator[Terminal]:
    """Run a process at a terminal; for Ctrl-C it must do what is in ``CONTROLLED``."""
    near, far = (os.fdopen(end, "r+b", buffering=0) for end in pty.openpty())
    options = {"stdin": far, "stdout": far, "stderr": far, "start_new_session": True}
    with near, far, launch(command, env=env | {"COLUMNS": "100", "TERM": "xterm"}, **options) as it:
        far.close()
        yield Terminal(it, near)

"""Processes that tests start; each is gone when its context ends, whatever happened inside."""

import codecs
import os
import pty
import select
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, BinaryIO

from tests.waiting import PATIENCE, wait_until

CONTROLLED = "import fcntl, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0)"
"""Python that makes a process in a session of its own obey the Ctrl-C of its terminal."""

_AGAIN = 2
"""Seconds after which a key is pressed again."""


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
            assert self._read(PATIENCE), f"{text!r} does not appear: {self.seen}"

    def leave(self, key: str) -> int:
        """Press a key until the process is gone.

        Between two prompts a key may be lost, so it is pressed again where nothing happens.

        Returns:
            The exit code.
        """
        self.type(key)
        wait_until(lambda: self._has_ended(key), f"the process ends after {key!r}")
        return self._process.wait(PATIENCE)

    def _has_ended(self, key: str) -> bool:
        try:
            if not self._read(_AGAIN):
                self.type(key)
        except OSError:  # the terminal of a process that is gone
            return True
        return False

    def _read(self, seconds: float) -> bool:
        """Read what is new; false if nothing comes in that time."""
        if not select.select([self._screen], [], [], seconds)[0]:
            return False
        self.seen += self._decoder.decode(self._screen.read(10_000))
        return True


@contextmanager
def at_terminal(command: Sequence[str], env: dict[str, str]) -> Iterator[Terminal]:
    """Run a process at a terminal; for Ctrl-C it must do what is in ``CONTROLLED``."""
    near, far = (os.fdopen(end, "r+b", buffering=0) for end in pty.openpty())
    options = {"stdin": far, "stdout": far, "stderr": far, "start_new_session": True}
    with near, far, launch(command, env=env | {"COLUMNS": "100", "TERM": "xterm"}, **options) as it:
        far.close()
        yield Terminal(it, near)

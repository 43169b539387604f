"""No command writes outside its folders, or contacts another machine.

Some dependencies collect usage data unless they run in continuous integration, so the commands run
without its variables and with an empty home folder.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.processes import launch
from tests.waiting import PATIENCE

QUIET = {"CI", "GITHUB_ACTIONS", "ORT_DISABLE_TELEMETRY", "HF_HUB_DISABLE_TELEMETRY"}
QUIET |= {"DO_NOT_TRACK", "XDG_CACHE_HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME"}
REMOTE = re.compile(
    r"sin6?_addr=(?:inet_addr\(|inet_pton\(AF_INET6, )\"(?!127\.|::1\"|::ffff:127\.)"
)


class Home:
    """An empty home folder, and photos elsewhere."""

    def __init__(self, folder: Path) -> None:
        self.home = folder / "home"
        self.photos = folder / "photos"
        self.cache = folder / "cache"
        self.trace = folder / "trace"
        self.home.mkdir()
        kept = {name: value for name, value in os.environ.items() if name not in QUIET}
        self.env = kept | {"HOME": str(self.home), "FIRS_CACHE": str(self.cache)}

    def command(self, *arguments: str) -> list[str]:
        """Return a command, traced where that is possible."""
        strace = ["strace", "-f", "-qq", "-e", "trace=connect,sendto", "-A", "-o", str(self.trace)]
        return [*(strace if can_trace() else []), sys.executable, "-m", "firs", *arguments]

    def run(self, *arguments: str) -> None:
        done = subprocess.run(
            self.command(*arguments),
            env=self.env,
            cwd=self.home,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr

    def assert_private(self) -> None:
        assert sorted(self.home.rglob("*")) == []
        if self.trace.exists():
            assert [
                line for line in self.trace.read_text().splitlines() if REMOTE.search(line)
            ] == []


def can_trace() -> bool:
    """Return whether the system calls of a process can be listed here."""
    tool = shutil.which("strace")
    return (
        bool(tool)
        and not subprocess.run([str(tool), "-o", os.devnull, "true"], check=False).returncode
    )


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Home]:
    made = Home(tmp_path)
    yield made
    made.assert_private()


def test_commands_write_only_next_to_the_photos(place: Home) -> None:
    collection = str(place.photos / ".firs")
    place.run("sample", str(place.photos), "12")
    place.run("index", str(place.photos))
    place.run("search", "a red car", "-c", collection, "--sheet", str(place.photos / "sheet.jpg"))
    place.run("explain", str(next(place.photos.glob("scene-*.jpg"))), "a car")
    place.run("encoders")
    place.run("info", "-c", collection)


def test_a_server_contacts_no_one(place: Home) -> None:
    place.run("sample", str(place.photos), "4")
    place.run("index", str(place.photos))
    command = place.command("serve", "--port", "0", str(place.photos))
    with launch(command, env=place.env, stderr=subprocess.PIPE, start_new_session=True) as process:
        assert process.stderr is not None
        assert "http://" in process.stderr.readline()
        os.killpg(process.pid, signal.SIGINT)
        process.communicate(timeout=PATIENCE)

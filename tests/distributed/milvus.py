"""A real Milvus server of one process, started, stopped and killed as a test wants."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

READY_SECONDS = 300
"""After a kill it takes up to 50 s to come back."""

INNER = (
    "proxy-internal",
    "root-coord",
    "query-coord",
    "query-node",
    "index-coord",
    "index-node",
    "data-coord",
    "data-node",
)
"""What else listens, each at a port of its own."""


class MilvusServer:
    """The server in the package ``milvus``, with its own storage.

    Args:
        folder: where it keeps everything.
        options: more of its command line.
        token: ``user:password`` where it asks who comes.
    """

    def __init__(self, folder: Path, options: Sequence[str] = (), token: str = "") -> None:
        self.port = _free_port()
        self._etcd_ports = _free_port(), _free_port()
        self._inner_ports = {name: _free_port() for name in INNER}  # the same after a kill
        self._folder = folder
        self._options = options
        self._token = token
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        """Host and port."""
        return f"127.0.0.1:{self.port}"

    def url(self, name: str) -> str:
        """The address of a collection."""
        return f"milvus://{self.address}/{name}"

    def start(self) -> None:
        """Start it and wait until it answers.

        It is started again where it does not: another may take one of its ports first.
        """
        from pymilvus import MilvusException

        for tries_left in (1, 0):
            self._launch()
            try:
                self.wait()
            except MilvusException:
                self.kill()
                if not tries_left:
                    raise
            else:
                return

    def wait(self) -> None:
        """Wait until it answers."""
        from pymilvus import MilvusClient, MilvusException

        end = time.monotonic() + READY_SECONDS
        while True:
            try:
                client = MilvusClient(f"http://{self.address}", token=self._token, timeout=2)
                client.get_server_version()
                client.list_collections()
            except MilvusException:
                if time.monotonic() > end:
                    raise
                time.sleep(0.5)
            else:
                client.close()
                return

    def stop(self) -> None:
        """End it in good order."""
        self._end(signal.SIGINT)

    def kill(self) -> None:
        """End it as a power cut would."""
        self._end(signal.SIGKILL)

    def freeze(self) -> None:
        """Let it neither answer nor hang up, as a stalled network would."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        self._signal(signal.SIGCONT)

    def _ports(self) -> Sequence[str]:
        named = {"proxy": self.port, "etcd": self._etcd_ports[0], **self._inner_ports}
        return [part for name, port in named.items() for part in (f"--{name}-port", str(port))]

    def _environment(self) -> Mapping[str, str]:
        """The ports of its etcd, which no option names; servers on one machine must not share."""
        client, peer = (f"http://127.0.0.1:{port}" for port in self._etcd_ports)
        etcd = self._folder / "etcd.yaml"
        etcd.write_text(
            f"listen-client-urls: {client}\nadvertise-client-urls: {client}\n"
            f"listen-peer-urls: {peer}\ninitial-advertise-peer-urls: {peer}\n"
            f"initial-cluster: default={peer}\n"
        )
        return {"ETCD_CONFIG_PATH": str(etcd)}

    def resident_mb(self) -> float:
        """The memory that its processes hold, in MB."""
        groups = Path("/proc").glob("[0-9]*")
        return sum(_resident_kb(each) for each in groups if self._is_ours(each)) / 1e3

    def _is_ours(self, process: Path) -> bool:
        with suppress(ProcessLookupError):
            return self._process is not None and os.getpgid(int(process.name)) == self._process.pid
        return False

    def _launch(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", "tests.distributed.milvus_process"]
        with (self._folder / "server.log").open("ab") as log:
            self._process = subprocess.Popen(
                [*command, "--data", self._folder, *self._ports(), *self._options],
                cwd=Path(__file__).parents[2],
                stdout=log,
                stderr=log,
                start_new_session=True,
                env=os.environ | self._environment(),
            )

    def _end(self, how: signal.Signals) -> None:
        if self._process is not None:
            if how is signal.SIGKILL:
                self._signal(how)
            else:
                self._process.send_signal(how)
            self._process.wait(60)
            self._process = None

    def _signal(self, which: signal.Signals) -> None:
        """To the server and the process that watches it."""
        if self._process is not None:
            os.killpg(self._process.pid, which)


def _resident_kb(process: Path) -> int:
    with suppress(FileNotFoundError, ProcessLookupError):
        for line in (process / "status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1])
    return 0


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port

"""A folder is indexed by a cluster: joined, used and left, with what each stage is given."""

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from firs.cluster import connection, pipeline
from firs.collection import Collection
from firs.errors import ClusterError
from tests.cluster.fake_ray import FakeRay
from tests.collection.conftest import COLOURS, counts


@pytest.fixture
def head() -> Iterator[str]:
    """The address of something that listens."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield f"127.0.0.1:{listening.getsockname()[1]}"


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    for name in connection._QUIET:
        monkeypatch.setenv(name, os.environ.get(name, "1"))


def test_a_folder_is_indexed_as_on_one_machine(ray: FakeRay, rainbow: Path, tmp_path: Path) -> None:
    (rainbow / "broken.png").write_bytes(b"no picture")
    with (
        Collection(tmp_path / "here", "mini") as here,
        Collection(tmp_path / "there", "mini") as there,
    ):
        assert here.add(rainbow).added == len(COLOURS)
        report = there.add(rainbow, on="ray", batch_size=3)
        assert counts(report) == {"added": len(COLOURS)}
        assert [each.path.name for each in report.problems] == ["broken.png"]
        assert (here.vectors()[1] == there.vectors()[1]).mean() > 0.99
        assert counts(there.add(rainbow, on="ray")) == {"unchanged": len(COLOURS)}
    assert ray.joined[0][0] == "local"
    assert ray.joined[0][1]["include_dashboard"] is False
    assert not ray.is_initialized


@pytest.mark.parametrize(
    ("resources", "workers", "expected"),
    [
        ({"CPU": 6}, None, {"num_cpus": 0, "compute": {"min_size": 1, "max_size": 6}}),
        ({"CPU": 6}, 2, {"num_cpus": 0, "compute": {"min_size": 1, "max_size": 2}}),
        (
            {"CPU": 6, "GPU": 3},
            None,
            {"num_gpus": 1, "compute": {"min_size": 1, "max_size": 3, "initial_size": 3}},
        ),
    ],
)
def test_an_encoder_per_gpu_or_as_many_as_there_is_work_for(
    ray: FakeRay,
    rainbow: Path,
    resources: dict[str, float],
    workers: int | None,
    expected: dict[str, object],
) -> None:
    ray.resources = resources
    with Collection(rainbow / ".firs", "mini") as collection:
        collection.add(rainbow, on="ray", workers=workers)
    reading, embedding = ray.stages[-2:]
    assert reading == {"max_retries": pipeline.RETRIES}
    assert embedding == expected | {"max_restarts": pipeline.RESTARTS}


def test_through_ray_client_an_actor_leads(ray: FakeRay, rainbow: Path, head: str) -> None:
    with Collection(rainbow / ".firs", "mini") as collection:
        assert collection.add(rainbow, on=f"ray://{head}", batch_size=3).added == len(COLOURS)
    assert ray.joined[0][0] == f"ray://{head}"
    assert ray.killed >= 1


def test_a_connection_that_is_there_is_used_and_stays(ray: FakeRay, rainbow: Path) -> None:
    ray.is_initialized = True
    with Collection(rainbow / ".firs", "mini") as collection:
        assert collection.add(rainbow, on="auto").added == len(COLOURS)
    assert ray.is_initialized
    assert ray.joined == []


def test_the_environment_names_the_cluster(
    ray: FakeRay, rainbow: Path, head: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RAY_ADDRESS", head)
    with Collection(rainbow / ".firs", "mini") as collection:
        collection.add(rainbow, on="ray")
    assert ray.joined == [(head, ray.joined[0][1])]


def test_joining_is_tried_again_where_the_connection_was_aborted(
    ray: FakeRay, rainbow: Path
) -> None:
    ray.failures = [ConnectionAbortedError("initialization failed")]
    with Collection(rainbow / ".firs", "mini") as collection:
        assert collection.add(rainbow, on="ray").added == len(COLOURS)
    assert len(ray.joined) == 2


@pytest.mark.parametrize(
    "failures",
    [
        [RuntimeError("version mismatch\nand so on")],
        [Exception("version mismatch")],
        [ConnectionAbortedError("no"), ConnectionAbortedError("version mismatch")],
    ],
)
def test_a_cluster_that_cannot_be_joined_is_an_error(
    ray: FakeRay, rainbow: Path, failures: list[Exception]
) -> None:
    ray.failures = failures
    with Collection(rainbow / ".firs", "mini") as collection:
        with pytest.raises(ClusterError, match=r"cannot be reached: version mismatch\. Is it"):
            collection.add(rainbow, on="ray")
        assert len(collection) == 0
    assert not ray.is_initialized

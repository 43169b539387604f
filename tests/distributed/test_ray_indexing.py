"""The same collection by a cluster as by one machine, whatever dies meanwhile."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from firs.collection import AddReport, Collection
from firs.errors import EncoderMismatch
from tests.distributed.ray_cluster import RayCluster, kill_an_encoder, running
from tests.distributed.test_sources import write
from tests.fakes import FakeEncoder
from tests.sources.shards import write_tar

pytestmark = [
    pytest.mark.distributed,
    pytest.mark.filterwarnings("ignore"),  # Ray's own, of what its next versions will change
]

PHOTOS = 96


@pytest.fixture(scope="module")
def ray_cluster() -> Iterator[RayCluster]:
    pytest.importorskip("ray", reason="needs Ray: make test-distributed")
    with running() as cluster:
        yield cluster


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Photos that all differ, one that is none, and captions of two."""
    folder = tmp_path / "photos"
    folder.mkdir()
    noise = np.random.default_rng(7)
    for number in range(PHOTOS):
        pixels = noise.integers(0, 256, (60, 80, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / f"{number:03}.png")
    (folder / "broken.jpg").write_bytes(b"\xff\xd8\xff and no more")
    (folder / "captions.tsv").write_text("image\tcaption\n000.png\ta storm\n001.png\tsnow\n")
    return folder


def index(
    photos: Path, home: str, on: str | None, told: Callable[[int], object] = lambda _: None
) -> AddReport:
    def tell(done: int, to_do: int) -> None:
        told(done)

    with Collection(photos.parent / home, "mini", dtype="float32") as collection:
        return collection.add(photos, on=on, batch_size=8, progress=tell)


def held(photos: Path, home: str) -> dict[str, tuple[object, ...]]:
    """All that a collection knows of each image but its id and its vector."""
    with Collection(photos.parent / home, create=False) as collection:
        return {
            each.path.name: (each.hash, each.bytes, each.mtime_ns, each.captions, each.width)
            for each in collection
        }


def vectors(photos: Path, home: str) -> NDArray[np.float32]:
    """By name of the image, so that ids do not matter."""
    with Collection(photos.parent / home, create=False) as collection:
        ids, matrix = collection.vectors()
        names = [each.path.name for each in collection.images(ids.tolist())]
    return np.asarray(matrix[np.argsort(names)], np.float32)


def assert_same(photos: Path, home: str) -> None:
    """Equal to what one machine makes of these photos."""
    index(photos, "alone", None)
    assert held(photos, home) == held(photos, "alone")
    np.testing.assert_allclose(vectors(photos, home), vectors(photos, "alone"), atol=1e-6)


def once(act: Callable[[], object]) -> Callable[[int], object]:
    """Act when the first images are on disk."""
    left = [act]
    return lambda done: left.pop()() if done and left else None


def test_the_same_as_on_one_machine(ray_cluster: RayCluster, photos: Path) -> None:
    told: list[int] = []
    report = index(photos, "cluster", ray_cluster.address, told.append)
    assert (report.added, report.captions) == (PHOTOS, 2)
    assert [(each.path.name, each.reason) for each in report.problems] == [
        ("broken.jpg", "damaged (no marker found)")
    ]
    assert told == sorted(told)
    assert told[-1] == PHOTOS + 1
    assert_same(photos, "cluster")


def test_moved_changed_and_copied_files(ray_cluster: RayCluster, photos: Path) -> None:
    index(photos, "cluster", ray_cluster.address)
    (photos / "000.png").rename(photos / "moved.png")
    (photos / "001.png").write_bytes((photos / "002.png").read_bytes())
    os.utime(photos / "003.png", (1, 1))
    report = index(photos, "cluster", ray_cluster.address)
    assert (report.added, report.moved, report.updated, report.duplicates) == (0, 1, 1, 1)
    assert report.unchanged == PHOTOS - 2
    assert index(photos, "cluster", ray_cluster.address).unchanged == PHOTOS


def test_another_encoder_joins(ray_cluster: RayCluster, photos: Path) -> None:
    with Collection(photos.parent / "home", FakeEncoder()) as collection:
        collection.add(photos)
    with Collection(photos.parent / "home", "mini") as collection:
        assert collection.add(photos, on=ray_cluster.address).filled == PHOTOS
        assert len(collection.vectors("mini")[0]) == PHOTOS


def test_shards(ray_cluster: RayCluster, photos: Path) -> None:
    files = sorted(photos.glob("*.png"))
    tar = write_tar(
        photos.parent / "0.tar",
        {"0.png": files[0].read_bytes(), "0.txt": b"a storm", "1.jpg": b"no picture"},
    )
    part = write(photos.parent / "1.parquet", [{"image": each.read_bytes()} for each in files[1:]])
    for home, on in (("alone", None), ("cluster", ray_cluster.address)):
        with Collection(photos.parent / home, "mini", dtype="float32") as collection:
            report = collection.add([tar, part], on=on, batch_size=8)
            assert (report.added, report.captions, len(report.problems)) == (PHOTOS, 1, 1)
            assert collection.add([tar, part], on=on).unchanged == PHOTOS
    assert held(photos, "cluster") == held(photos, "alone")
    np.testing.assert_allclose(vectors(photos, "cluster"), vectors(photos, "alone"), atol=1e-6)


def test_into_a_collection_on_a_server(ray_cluster: RayCluster, photos: Path, url: str) -> None:
    index(photos, "alone", None)
    with Collection(url, "mini", dtype="float32") as collection:
        report = collection.add(photos, on=ray_cluster.address, batch_size=32)
        assert (report.added, report.captions, len(report.problems)) == (PHOTOS, 2, 1)
        assert collection.add(photos, on=ray_cluster.address).unchanged == PHOTOS
        found = [hit.path for hit in collection.search("a storm", k=10)]
    with Collection(photos.parent / "alone", "mini") as alone:
        assert found == [hit.path for hit in alone.search("a storm", k=10)]


def test_through_ray_client(ray_cluster: RayCluster, photos: Path) -> None:
    with driver(photos, ray_cluster.client) as process:
        told_until(process, PHOTOS + 1)
        assert process.wait(60) == 0
    assert_same(photos, "cluster")


def test_a_worker_dies(ray_cluster: RayCluster, photos: Path) -> None:
    killed: list[bool] = []
    report = index(
        photos, "cluster", ray_cluster.address, once(lambda: killed.append(kill_an_encoder()))
    )
    assert killed == [True]
    assert (report.added, len(report.problems)) == (PHOTOS, 1)
    assert_same(photos, "cluster")


def test_a_node_goes(ray_cluster: RayCluster, photos: Path) -> None:
    report = index(photos, "cluster", ray_cluster.address, once(ray_cluster.lose_a_node))
    ray_cluster.replace_the_node()
    assert (report.added, len(report.problems)) == (PHOTOS, 1)
    assert_same(photos, "cluster")


def test_the_driver_dies(ray_cluster: RayCluster, photos: Path) -> None:
    with driver(photos, ray_cluster.address) as process:
        told_until(process, 16)
        process.kill()
    begun = len(held(photos, "cluster"))
    assert 16 <= begun < PHOTOS
    assert index(photos, "cluster", ray_cluster.address).added == PHOTOS - begun
    assert_same(photos, "cluster")


def test_an_interruption_leaves_nothing_running(photos: Path) -> None:
    before = raylets()
    with driver(photos, "ray") as process:
        told_until(process, 8)
        started = {each for each in raylets() - before if is_below(each, process.pid)}
        assert started
        process.send_signal(signal.SIGINT)
        assert process.wait(60) != 0
    assert not started & raylets()
    assert len(held(photos, "cluster")) >= 8


def test_other_weights_on_the_workers(ray_cluster: RayCluster, photos: Path) -> None:
    with (
        Collection(photos.parent / "home", FakeEncoder("mini", "0123456789abcdef")) as collection,
        pytest.raises(EncoderMismatch, match="A worker has other weights of 'mini'"),
    ):
        collection.add(photos, on=ray_cluster.address)


def is_below(process: str, ancestor: int) -> bool:
    """Return whether a process was started by another one; other tests start nodes, too."""
    try:
        while process not in ("0", str(ancestor)):
            process = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[1]
    except OSError:  # it has ended
        return False
    return process == str(ancestor)


def driver(photos: Path, on: str) -> subprocess.Popen[str]:
    """Another process that indexes."""
    return subprocess.Popen(
        [sys.executable, "-m", "tests.distributed.ray_driver", str(photos), on],
        cwd=Path(__file__).parents[2],
        stdout=subprocess.PIPE,
        text=True,
    )


def told_until(process: subprocess.Popen[str], enough: int) -> None:
    assert process.stdout is not None
    for line in process.stdout:
        if int(line) >= enough:
            return
    raise AssertionError("the process ended early")


def raylets() -> set[str]:
    """The process ids of all nodes on this machine."""
    found = subprocess.run(["pgrep", "-x", "raylet"], stdout=subprocess.PIPE, text=True)
    return set(found.stdout.split())

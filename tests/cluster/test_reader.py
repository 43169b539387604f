"""What the workers do, and what the reader makes of it; no cluster is started.

``tests/distributed/test_ray_reader.py`` runs the same with pyarrow and Ray.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from firs.cluster import pipeline
from firs.cluster.pipeline import Plan
from firs.cluster.reader import LOST, RayReader, on_ray
from firs.cluster.tasks import Embed, EncoderSpec, hash_rows, read_rows
from firs.collection import Collection
from firs.encoders import Encoder, open_encoder
from firs.errors import ClusterError, EncoderError, InputError
from firs.indexing.reading import IngestOptions, ReadResult, hash_file, knows_nothing, read_file
from tests.fakes import FakeEncoder
from tests.imaging.making import plain

pytestmark = pytest.mark.usefixtures("ray")


@cache
def mini() -> Encoder:
    return open_encoder("mini")


@pytest.fixture
def paths(tmp_path: Path) -> list[str]:
    """Three pictures, one of a name that is not UTF-8, and a file that is none."""
    files = [tmp_path / name for name in ("a.png", "b.png", os.fsdecode(b"\xff.png"), "c.png")]
    for file, colour in zip(files, ("red", "blue", "green"), strict=False):
        plain(colour).save(file)
    files[-1].write_bytes(b"no picture")
    return [str(file) for file in files]


def table(paths: Sequence[str]) -> Any:
    import pyarrow as pa

    return pa.table({"path": [os.fsencode(path) for path in paths]})


def test_vectors_are_those_of_this_machine(paths: list[str]) -> None:
    spec = EncoderSpec("mini", mini().fingerprint, mini().image_size, "float32")
    rows = Embed(spec)(read_rows(table(paths), mini().image_size)).to_pylist()
    assert [os.fsdecode(row["path"]) for row in rows] == paths
    assert [row["problem"] for row in rows] == [None, None, None, "not an image"]
    pictures = [read_file(path, mini().image_size).picture for path in paths[:3]]
    expected = mini().encode_images([each.image for each in pictures if each is not None])
    vectors = [np.frombuffer(row["vector"], np.float32) for row in rows[:3]]
    np.testing.assert_allclose(vectors, expected, atol=1e-6)


def test_hashes_only(paths: list[str]) -> None:
    rows = hash_rows(table(paths)).to_pylist()
    assert [row["hash"] for row in rows] == [hash_file(path).hash for path in paths]


@pytest.fixture
def reader(monkeypatch: pytest.MonkeyPatch) -> Iterator[RayReader]:
    """One that thinks that it has joined a cluster."""
    monkeypatch.setattr("firs.cluster.connection.connect_to_ray", lambda _: nullcontext())
    with on_ray(mini(), "float32", IngestOptions(2, None, lambda *_: None, "ray")) as opened:
        yield opened


def here(plan: Plan, paths: Sequence[str]) -> Iterator[Any]:
    """The pipeline without a cluster."""
    assert plan.encoder is not None
    for at in range(0, len(paths), plan.size):
        yield Embed(plan.encoder)(read_rows(table(paths[at : at + plan.size]), mini().image_size))


def read(reader: RayReader, paths: list[str]) -> list[ReadResult]:
    return [each for batch in reader.embed_files(paths, knows_nothing) for each in batch]


def test_a_file_that_kills_its_worker_fails_no_other(
    reader: RayReader, paths: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def lossy(plan: Plan, paths: Sequence[str]) -> Iterator[Any]:
        for batch in here(plan, paths):
            if os.fsencode(deadly) not in batch["path"].to_pylist():
                yield batch

    deadly = paths[1]
    monkeypatch.setattr(pipeline, "run", lossy)
    readings = read(reader, paths)
    assert sorted(each.file.path for each in readings) == sorted(paths)
    assert [each.file.path for each in readings if each.problem == LOST] == [deadly]
    assert sum(each.content is not None for each in readings) == 2


def test_a_failed_encoder_ends_it(
    reader: RayReader, paths: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(plan: Plan, paths: Sequence[str]) -> Iterator[Any]:
        yield Embed(EncoderSpec("onnx:/nowhere", "0", 64, "float32"))(read_rows(table(paths), 64))

    monkeypatch.setattr(pipeline, "run", broken)
    with pytest.raises(EncoderError, match="nowhere"):
        read(reader, paths)


def test_a_failed_cluster_names_the_remedy(
    reader: RayReader, paths: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(plan: Plan, paths: Sequence[str]) -> Iterator[Any]:
        yield from here(plan, paths[:2])
        raise ConnectionError("the head is gone\nand so on")

    monkeypatch.setattr(pipeline, "run", failing)
    with pytest.raises(ClusterError, match=r"the head is gone\. Finished batches are kept"):
        read(reader, paths)


def test_a_file_that_only_this_machine_sees(
    reader: RayReader, paths: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def blind(plan: Plan, paths: Sequence[str]) -> Iterator[Any]:
        import pyarrow as pa

        elsewhere = read_rows(table([f"{path}.elsewhere" for path in paths]), 64).to_pylist()
        rows = zip(elsewhere, paths, strict=True)
        seen = [row | {"path": os.fsencode(path)} for row, path in rows]
        columns = {name: [row[name] for row in seen] for name in seen[0]}
        yield pa.table(columns)

    monkeypatch.setattr(pipeline, "run", blind)
    problems = {each.problem for each in read(reader, paths)}
    assert len(problems) == 1
    assert "photos must have the same path on every machine" in str(problems.pop())


def test_an_encoder_of_ones_own_has_no_name(tmp_path: Path, paths: list[str]) -> None:
    with (
        Collection(tmp_path / "home", FakeEncoder()) as collection,
        pytest.raises(InputError, match="open an encoder by its name"),
    ):
        collection.add(paths, on="ray")


@pytest.mark.parametrize("address", ["127.0.0.1:9", "ray://127.0.0.1:9"])
def test_an_address_where_no_one_listens(tmp_path: Path, paths: list[str], address: str) -> None:
    with Collection(tmp_path / "home", "mini") as collection:
        with pytest.raises(ClusterError, match=f"{address} cannot be reached"):
            collection.add(paths, on=address)
        assert len(collection) == 0

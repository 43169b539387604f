"""A process is killed at each of its writes to a server; run again, it comes to the same end."""

from collections.abc import Callable, Mapping
from copy import deepcopy
from pathlib import Path

import pytest

from firs.collection import Collection
from tests.collection.conftest import names
from tests.fakes import FakeEncoder, other
from tests.milvus.fake_server import FakeMilvus, Killed

Step = Callable[[Collection, Path], object]
State = Mapping[str, object]

CAPTIONS = {
    f"{colour}.png": [f"{colour} {noun} {n}" for n in range(20) for noun in ("wall", "sea")]
    for colour in ("red", "blue")
}


def add(collection: Collection, folder: Path) -> None:
    collection.add(folder, captions=CAPTIONS, batch_size=3, prune=True)


def retag(collection: Collection, folder: Path) -> None:
    ids = [id_ for name, id_ in names(collection).items() if name < "e"]
    collection.tag(ids, "warm", "mine")
    collection.untag(ids[:2], "mine")


def expand(collection: Collection, folder: Path) -> None:
    if not collection.expansion.records():
        collection.expansion.add(max_per_image=2)


def add_second_vectors(collection: Collection, folder: Path) -> None:
    second = other()
    vectors = second.encode_texts([image.path.stem for image in collection])
    collection.import_vectors(
        second, {image.path: each for image, each in zip(collection, vectors, strict=True)}
    )


def use_bits(collection: Collection, folder: Path) -> None:
    collection.index.choose("bin-flat")


def state(collection: Collection) -> State:
    """Everything that a user can see of it."""
    ids, vectors = collection.vectors()
    by_id = dict(zip(ids.tolist(), map(bytes, vectors), strict=True))
    images = {
        each.path.name: (each.id, each.captions, each.tags, each.hash, by_id.pop(each.id, None))
        for each in collection
    }
    assert by_id == {}, "vectors without an image"
    return {
        "images": images,
        "tags": collection.tags(),
        "second": {each.name: each.vectors for each in collection.info().encoders},
        "expansions": [
            (each.kind, each.images, each.texts) for each in collection.expansion.records()
        ],
        "nearest": [collection.search(text, k=3).ids.tolist() for text in ("red", "blue sea")],
        "kind": collection.index.kind(),
    }


def change(collection: Collection, folder: Path) -> None:
    """Add everything, then move, replace, copy and delete files."""
    add(collection, folder)
    (folder / "red.png").rename(folder / "crimson.png")
    (folder / "green.png").write_bytes((folder / "yellow.png").read_bytes())
    (folder / "blue.png").rename(folder / "swap.png")
    (folder / "white.png").rename(folder / "blue.png")
    (folder / "swap.png").rename(folder / "white.png")
    (folder / "cyan.png").unlink()
    (folder / "broken.png").write_bytes(b"no picture")


def nothing(collection: Collection, folder: Path) -> None:
    """Leave it empty."""


def add_and_expand(collection: Collection, folder: Path) -> None:
    add(collection, folder)
    add_second_vectors(collection, folder)
    expand(collection, folder)
    use_bits(collection, folder)


def expand_and_change(collection: Collection, folder: Path) -> None:
    add_and_expand(collection, folder)
    change(collection, folder)


CASES: Mapping[str, tuple[Step, Step, int]] = {
    "adding": (nothing, add, 1),
    "adding again": (change, add, 2),
    "tagging": (add, retag, 1),
    "expanding": (add, expand, 1),
    "second vectors": (add, add_second_vectors, 1),
    "bits": (add, use_bits, 1),
    "adding again with bits, texts and second vectors": (
        expand_and_change,
        add,
        3,
    ),
}
"""What is there before, the step that is killed and repeated, and the stride over its writes."""


def run(milvus: FakeMilvus, process: str, step: Step, folder: Path) -> State:
    with Collection(milvus.url("killed", process), FakeEncoder()) as collection:
        step(collection, folder)
        return state(collection)


@pytest.mark.parametrize("case", CASES)
def test_done_again_after_a_kill_it_is_as_without(
    milvus: FakeMilvus, rainbow: Path, case: str
) -> None:
    prepare, step, every = CASES[case]
    run_without_state(milvus, prepare, rainbow)
    before = deepcopy(milvus.collections)
    expected = run(milvus, "unhurt", step, rainbow)
    for write in range(0, 1_000, every):
        milvus.collections = deepcopy(before)
        milvus.kill_at_write(write)
        try:
            run(milvus, f"killed-{write}", step, rainbow)
        except Killed:
            milvus.kill_at_write(None)
            assert run(milvus, f"again-{write}", step, rainbow) == expected, f"at write {write}"
        else:
            break
    assert write >= 2


def run_without_state(milvus: FakeMilvus, step: Step, folder: Path) -> None:
    with Collection(milvus.url("killed", "first"), FakeEncoder()) as collection:
        step(collection, folder)

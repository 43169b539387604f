"""The images of one encoder on a server: samples that serve for a while, and single vectors."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from firs.collection import Collection
from firs.errors import InputError
from firs.milvus.images import Samples, ServerImages
from firs.milvus.index import MilvusIndex
from firs.milvus.schema import vectors_of
from firs.milvus.server import Server
from firs.search import shortlist
from firs.storage.records import EncoderRecord
from tests.collection.conftest import COLOURS, Photo
from tests.fakes import FakeEncoder
from tests.milvus.fake_server import FakeMilvus

ENCODER = EncoderRecord("fake", "fa4e", FakeEncoder().dim, "float16", revision=1)
CHANGED = replace(ENCODER, revision=2)


@pytest.fixture
def filled(url: str, rainbow: Path) -> Iterator[Collection]:
    with Collection(url, FakeEncoder()) as opened:
        opened.add(rainbow)
        yield opened


@pytest.fixture
def samples(server: Server, filled: Collection) -> Samples:
    return Samples(server, "photos")


def add_more(collection: Collection, photo: Photo, count: int) -> None:
    for number in range(count):
        path = photo(f"{number}.png", f"rgb({number * 20}, 90, 200)")
    collection.add(path.parent)


def test_a_small_sample_is_all_images_and_follows_each_change(
    filled: Collection, samples: Samples, photo: Photo
) -> None:
    first = samples.table(ENCODER)
    assert len(first) == len(COLOURS)
    assert samples.table(ENCODER) is first
    add_more(filled, photo, 1)
    assert len(samples.table(CHANGED)) == len(COLOURS) + 1


def test_a_sample_of_many_serves_while_few_come_and_not_for_long(
    milvus: FakeMilvus,
    filled: Collection,
    samples: Samples,
    photo: Photo,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(shortlist, "SAMPLE", 4)
    monkeypatch.setattr("firs.milvus.images._FEW", 0.2)
    first = samples.table(ENCODER)
    add_more(filled, photo, 1)
    assert samples.table(CHANGED) is first
    milvus.clock.sleep(60)
    second = samples.table(replace(ENCODER, revision=3))
    assert second is not first
    add_more(filled, photo, 8)
    assert samples.table(replace(ENCODER, revision=4)) is not second


def test_other_weights_have_another_sample(samples: Samples) -> None:
    first = samples.table(ENCODER)
    assert samples.table(replace(ENCODER, fingerprint="0")) is not first


def test_single_vectors_are_fetched_or_missed(
    server: Server, filled: Collection, rainbow: Path, photo: Photo
) -> None:
    index = MilvusIndex(server, vectors_of("photos", "fake"), ENCODER.dim)
    images = ServerImages(server, "photos", ENCODER, index, lambda: pytest.fail("not sampled"))
    ids, vectors = filled.vectors()
    np.testing.assert_array_equal(images.vector(int(ids[0])), vectors[0].astype(np.float32))
    with pytest.raises(InputError, match="no image with the id 7 in the collection"):
        images.vector(7)
    server.delete(vectors_of("photos", "fake"), [int(ids[0])])
    with pytest.raises(InputError, match=r"has no vector of 'fake'\. Add it: firs index"):
        images.vector(int(ids[0]))
    assert images.paths([7, int(ids[1])])[0] == shortlist.REMOVED

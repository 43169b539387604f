from pathlib import Path

import pytest

from firs.collection import Collection
from firs.encoders import open_encoder
from firs.query import like, text
from firs.samples import write_samples
from firs.session import Session
from firs.session.meaning import meaning_of


@pytest.fixture(scope="module")
def scenes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("meaning") / "scenes"
    write_samples(folder, 24, size=(120, 80))
    with Collection(folder / ".firs") as collection:
        collection.add(folder)
    return folder


def test_only_one_text_in_a_calibrated_collection_has_a_meaning(scenes: Path) -> None:
    with Collection(scenes / ".firs", open_encoder("mini")) as collection:
        assert meaning_of(collection, text("a red train")) is None
        collection.calibrate("everyday")
        assert meaning_of(collection, like(3)) is None
        assert meaning_of(collection, text("a red train") - text("snow")) is None
        found = meaning_of(collection, text("a red train"))
        assert found is not None
        assert sum(found.probabilities.values()) == pytest.approx(1)
        assert found.is_weak is None


def test_it_is_that_of_a_session(scenes: Path) -> None:
    with Collection(scenes / ".firs", open_encoder("mini")) as collection:
        collection.calibrate("everyday")
        collection.expand()
        for expanded in (True, False):
            found = meaning_of(collection, text("a red train"), expanded=expanded)
            session = Session.start(collection, "a red train", use_expansion=expanded)
            assert found is not None
            for result in session.round.results():
                assert found.probabilities[result.hit.id] == result.probability

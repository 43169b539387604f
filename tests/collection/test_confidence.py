from pathlib import Path

import pytest

from firs.collection import Collection
from firs.encoders import open_encoder
from firs.query import like, text
from firs.session import Session


def test_only_one_text_in_a_calibrated_collection_has_a_confidence(scenes: Path) -> None:
    with Collection(scenes / ".firs", open_encoder("mini")) as collection:
        assert collection.search("a red train").confidence is None
        collection.calibration.fit("everyday")
        assert collection.search(like(3)).confidence is None
        assert collection.search(text("a red train") - text("snow")).confidence is None
        assert collection.search("a red train", use_calibration=False).confidence is None
        found = collection.search("a red train", k=24).confidence
        assert found is not None
        assert sum(found.probabilities.values()) == pytest.approx(1)
        assert found.is_weak is None


@pytest.mark.parametrize("expanded", [True, False])
def test_it_is_that_of_a_session(scenes: Path, expanded: bool) -> None:
    with Collection(scenes / ".firs", open_encoder("mini")) as collection:
        collection.calibration.fit("everyday")
        if expanded:
            collection.expansion.add()
        session = Session.start(collection, "a red train", use_expansion=expanded)
        found = collection.search("a red train", use_expansion=expanded).confidence
        assert found is not None
        for result in session.round.results():
            assert found.probabilities[result.hit.id] == result.probability


def test_slices_and_deduplicated_rankings_keep_it(scenes: Path) -> None:
    with Collection(scenes / ".firs", open_encoder("mini")) as collection:
        collection.calibration.fit("everyday")
        ranking = collection.search("a red train", k=10)
        assert ranking[:3].confidence is ranking.confidence is not None
        deduplicated = collection.search("a red train", k=10, dedupe=True)
        assert deduplicated.confidence is not None
        assert set(deduplicated.ids.tolist()) <= set(deduplicated.confidence.probabilities)

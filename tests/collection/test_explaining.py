from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from firs.collection import Collection
from firs.errors import ImageError, InputError
from firs.query import like, text
from firs.ranking import Ranking


@pytest.fixture
def collection(scenes: Path) -> Iterator[Collection]:
    with Collection(scenes / ".firs") as opened:
        yield opened


def test_a_result_is_explained_by_the_words_that_found_it(collection: Collection) -> None:
    results = collection.search("a dog on a street")
    told = results.explain(results[0].id)
    assert told.text == "a dog on a street"
    assert told.map is not None
    assert told.map.shape == told.picture.size[::-1]
    assert told.score == pytest.approx(results[0].score, abs=5e-3)  # decoded at full size
    assert told.overlay().size == told.picture.size
    assert collection.explanation.check(told).summary


def test_parts_of_a_ranking_are_explained_too(collection: Collection) -> None:
    results = collection.search(text("a dog") - text("a house") + like(1))
    assert results[1:3].explain(results[1].id).text == "a dog"
    assert results.only([0]).explain(results[0].id, "a tree", "words").map is None


def test_what_was_explained_lately_is_not_looked_at_again(collection: Collection) -> None:
    first = collection.explanation.explain(1, "a dog")
    collection.image(1).path.unlink()
    assert collection.explanation.explain(1, "a dog") is first
    with pytest.raises(ImageError, match=r"scene-00001\.jpg cannot be explained: no such file"):
        collection.explanation.explain(1, "a cat")


def test_what_cannot_be_explained(collection: Collection) -> None:
    with pytest.raises(InputError, match="There are no words in the query"):
        collection.search(image=1).explain(1)
    with pytest.raises(InputError, match="no image with the id 99"):
        collection.explanation.explain(99, "a dog")
    with pytest.raises(InputError, match="Only what a collection found"):
        Ranking([1], [0.5], [Path("a.jpg")], "nobody").explain(1)


def test_the_encoder_is_named(collection: Collection) -> None:
    told = collection.explanation.explain(1, "a dog", encoder="mini")
    assert told.cells is not None
    assert np.isfinite(told.cells).all()


def test_why_two_pictures_are_alike(collection: Collection) -> None:
    other = collection.image(2).path
    by_id, by_file = (
        collection.explanation.explain_pair(1, 2),
        collection.explanation.explain_pair(1, other.read_bytes()),
    )
    assert by_id.score == by_file.score
    assert by_id.alike == by_file.alike
    with pytest.raises(InputError, match="no image with the id 99"):
        collection.explanation.explain_pair(1, 99)

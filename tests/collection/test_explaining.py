from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from firs.collection import Collection
from firs.errors import ImageError, InputError
from firs.query import like, text
from firs.ranking import Ranking
from firs.samples import write_samples


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("scenes")
    write_samples(folder, 4, size=(240, 160))
    return folder


@pytest.fixture
def scenes(drawn: Path, tmp_path: Path) -> Iterator[Collection]:
    for file in drawn.glob("*.jpg"):
        (tmp_path / file.name).write_bytes(file.read_bytes())
    with Collection(tmp_path / ".firs") as collection:
        collection.add(tmp_path)
        yield collection


def test_a_result_is_explained_by_the_words_that_found_it(scenes: Collection) -> None:
    results = scenes.search("a dog on a street")
    told = results.explain(results[0].id)
    assert told.text == "a dog on a street"
    assert told.map is not None
    assert told.map.shape == (160, 240)
    assert told.score == pytest.approx(results[0].score, abs=2e-3)
    assert told.overlay().size == (240, 160)
    assert scenes.check_explanation(told).summary


def test_parts_of_a_ranking_are_explained_too(scenes: Collection) -> None:
    results = scenes.search(text("a dog") - text("a house") + like(1))
    assert results[1:3].explain(results[1].id).text == "a dog"
    assert results.only([0]).explain(results[0].id, "a tree", "words").map is None


def test_what_was_explained_lately_is_not_looked_at_again(scenes: Collection) -> None:
    first = scenes.explain(1, "a dog")
    scenes.image(1).path.unlink()
    assert scenes.explain(1, "a dog") is first
    with pytest.raises(ImageError, match=r"scene-00001\.jpg cannot be explained: no such file"):
        scenes.explain(1, "a cat")


def test_what_cannot_be_explained(scenes: Collection) -> None:
    with pytest.raises(InputError, match="There are no words in the query"):
        scenes.search(image=1).explain(1)
    with pytest.raises(InputError, match="no image with the id 99"):
        scenes.explain(99, "a dog")
    with pytest.raises(InputError, match="Only what a collection found"):
        Ranking([1], [0.5], [Path("a.jpg")], "nobody").explain(1)


def test_the_encoder_is_named(scenes: Collection) -> None:
    told = scenes.explain(1, "a dog", encoder="mini")
    assert told.cells is not None
    assert np.isfinite(told.cells).all()


def test_why_two_pictures_are_alike(scenes: Collection) -> None:
    other = scenes.image(2).path
    by_id, by_file = scenes.explain_pair(1, 2), scenes.explain_pair(1, other.read_bytes())
    assert by_id.score == by_file.score
    assert by_id.alike == by_file.alike
    with pytest.raises(InputError, match="no image with the id 99"):
        scenes.explain_pair(1, 99)

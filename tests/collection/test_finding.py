"""Searching by several encoders, among some images, and with tidied results."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from firs.collection import Collection
from firs.errors import EncoderMismatch, InputError
from firs.filters import Filter
from firs.query import like, text
from tests.collection.conftest import COLOURS, Photo, names
from tests.fakes import FakeEncoder

BOTH = 'combsum(norm=z-score) of fake: "red", other: "red"'


@pytest.fixture
def filled(collection: Collection, rainbow: Path) -> Collection:
    collection.add(rainbow)
    return collection


@pytest.fixture
def other() -> FakeEncoder:
    return FakeEncoder("other", "beef")


@pytest.fixture
def both(filled: Collection, other: FakeEncoder, encoder: FakeEncoder) -> Iterator[Collection]:
    """Opened with two encoders, of which the second has not seen the last picture."""
    with Collection(filled.path, other) as second:
        second.add(filled.path.parent)
    shutil.copy(filled.path.parent / "red.png", filled.path.parent / "zebra.png")
    filled.add(filled.path.parent)
    with Collection(filled.path, [encoder, other]) as opened:
        yield opened


def test_several_encoders_are_searched_and_fused(both: Collection) -> None:
    found = both.search("red", k=3)
    assert found.source == BOTH
    assert found[0].path.name == "red.png"
    assert [vote.source for vote in found.votes(found[0].id)] == ['fake: "red"', 'other: "red"']


def test_named_for_one_search(both: Collection) -> None:
    assert both.search("red", encoder="fake+other").source == BOTH
    assert both.search("red", encoder=["fake", "other"]).source == BOTH
    assert both.search("red", encoder="other", k=1).source == 'other: "red"'
    assert both.search("red", encoder=" fake + other ", fusion="rrf").source.startswith("rrf of")


def test_how_much_each_encoder_counts(both: Collection) -> None:
    found = both.search("red", weights=[1, 0.2])
    assert [vote.weight for vote in found.votes(found[0].id)] == [1, 0.2]
    with pytest.raises(InputError, match="1 encoders need a weight each, not 2"):
        both.search("red", encoder="fake", weights=[1, 0.2])


@pytest.mark.parametrize("way", ["early-fusion", "late-fusion", "rerank"])
def test_words_and_pictures_by_several(both: Collection, way: str) -> None:
    query = text("red") + like(both.path.parent / "red.png")
    found = both.search(query, strategy=way, k=3)
    assert found[0].path.name == "red.png"
    assert all(len(vote.votes) == 2 for vote in found.votes(found[0].id))


def test_an_example_by_its_id_needs_a_vector_of_each(both: Collection) -> None:
    ids = names(both)
    assert both.search(image=ids["blue.png"], k=1)[0].path.name == "blue.png"
    with pytest.raises(InputError, match=r"no vector of 'other'.*index DIR --encoder other"):
        both.search(image=ids["zebra.png"])


def test_what_one_encoder_has_not_seen_is_found_by_the_other(both: Collection) -> None:
    found = both.search("red", k=20)
    zebra = names(both)["zebra.png"]
    assert len(found) == 9
    assert len(found.votes(zebra)) == 1
    assert both.search("red", fusion="combmax")[1].id == zebra


@pytest.mark.parametrize(
    ("asked", "error", "told"),
    [
        ("fake+mini", EncoderMismatch, "none of 'mini'. Add them: firs index DIR --encoder mini"),
        ("fake+nonsense", InputError, "no encoder called 'nonsense'"),
        ("fake+", InputError, r"named as in mini\+siglip2-base, not 'fake\+'"),
        ("fake+fake", InputError, "named twice"),
        ([], InputError, "Name an encoder"),
    ],
)
def test_encoders_that_cannot_be_searched(
    both: Collection, asked: str, error: type[Exception], told: str
) -> None:
    with pytest.raises(error, match=told):
        both.search("red", encoder=asked)


def test_adding_and_exporting_take_one(both: Collection) -> None:
    for ask in (lambda: both.add(both.path.parent), both.vectors):
        with pytest.raises(InputError, match=r"fake\+other are for searching.*--encoder fake"):
            ask()
    assert len(both.vectors("other")[0]) == 8


def test_a_folder_with_a_plus_is_one_encoder(
    filled: Collection, tmp_path: Path, encoder: FakeEncoder
) -> None:
    (tmp_path / "a+b").mkdir()
    with pytest.raises(EncoderMismatch, match=r"none of 'onnx:.*/a\+b'"):
        filled.search("red", encoder=f"onnx:{tmp_path}/a+b")


@pytest.mark.parametrize("way", ["early-fusion", "late-fusion", "rerank"])
def test_every_way_keeps_to_the_filter(filled: Collection, way: str) -> None:
    where = Filter(within=("blue.png", "green.png", "cyan.png"))
    query = text("red") + like(filled.path.parent / "red.png") - text("green")
    found = filled.search(query, strategy=way, where=where)
    assert {hit.path.stem for hit in found} == {"blue", "green", "cyan"}
    assert len(filled.search("red", where=where, k=2)) == 2
    assert len(filled.search(query, where=where, strategy=way, dedupe=True, diversify=True)) == 3


def test_scores_are_those_without_a_filter(filled: Collection) -> None:
    everything = {hit.id: hit.score for hit in filled.search("red")}
    for hit in filled.search("red", where=Filter(within="b*.png")):
        assert hit.score == pytest.approx(everything[hit.id], abs=1e-6)


def test_several_encoders_keep_to_the_filter(both: Collection) -> None:
    found = both.search("red", where=Filter(within=("zebra.png", "blue.png")))
    assert [hit.path.stem for hit in found] == ["zebra", "blue"]


def test_nothing_passes(filled: Collection) -> None:
    query = text("red") + like(1)
    for way in ("early-fusion", "late-fusion", "rerank"):
        assert len(filled.search(query, strategy=way, where=Filter(tags="none"))) == 0
        assert len(filled.search(query, strategy=way, where=Filter(tags="none"), dedupe=True)) == 0


def test_a_filter_of_nothing_is_none(filled: Collection) -> None:
    assert len(filled.search("red", where=Filter())) == len(COLOURS)


def test_near_duplicates_take_one_place(filled: Collection, photo: Photo) -> None:
    for at in range(30):
        photo(f"red {at}.png", "red")
    filled.add(filled.path.parent)
    found = filled.search("red", k=4, dedupe=True)
    assert len(found) == 4
    assert len(found.duplicates[found[0].id]) == 30
    assert {hit.path.name[:3] for hit in found.duplicates[found[0].id]} == {"red"}
    assert len(filled.search("red", k=4, dedupe=1.0)) == 4
    with pytest.raises(InputError, match="above 0 and up to 1"):
        filled.search("red", dedupe=1.5)


def test_near_duplicates_of_several_encoders(both: Collection) -> None:
    found = both.search("red", dedupe=True)
    assert len(found) == 8
    assert sorted(len(behind) for behind in found.duplicates.values()) == [0] * 7 + [1]


def test_a_varied_page(filled: Collection, photo: Photo) -> None:
    for at in range(30):
        photo(f"red {at}.png", "red")
    filled.add(filled.path.parent)
    alike = {hit.path.name[:3] for hit in filled.search("red", k=5)}
    varied = {hit.path.name[:3] for hit in filled.search("red", k=5, diversify=0.3)}
    assert len(alike) == 1
    assert len(varied) == 5
    assert filled.search("red", k=5, diversify=1.0).ids.tolist() == (
        filled.search("red", k=5).ids.tolist()
    )
    with pytest.raises(InputError, match="from 0 to 1"):
        filled.search("red", diversify=7)


def test_more_results_than_the_first_phase_finds(filled: Collection) -> None:
    from firs.search.strategies import Rerank

    query = text("red") + like(1)
    assert len(filled.search(query, strategy=Rerank(depth=2), k=6)) == 6

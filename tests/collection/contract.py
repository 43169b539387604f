"""What every kind of collection does, whatever it is kept in.

A test file makes a class of it and gives the fixtures ``place``, where an empty collection lies or
can be made, and ``nowhere``, where none is.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from firs.collection import Collection
from firs.errors import CollectionNotFound, EncoderMismatch, InputError
from firs.filters import Filter
from firs.query import like, text
from firs.session import Session
from tests.collection.conftest import COLOURS, Photo, counts, names
from tests.fakes import FakeEncoder, other

Open = Callable[[], Collection]
"""Open the collection again, as another process would."""

CAPTIONS = {
    f"{colour}.png": [f"{colour} {word} {n}" for n in range(10) for word in ("wall", "cloth")]
    for colour in COLOURS
}
TRIP = {"blue.png": ["blue holiday trip", "blue summer"], "red.png": ["red party"]}


class CollectionContract:
    """Each test begins with a collection of its own, of eight pictures of one colour each."""

    @pytest.fixture
    def open_(self, place: str | Path, encoder: FakeEncoder) -> Iterator[Open]:
        opened: list[Collection] = []

        def again() -> Collection:
            opened.append(Collection(place, encoder))
            return opened[-1]

        yield again
        for each in opened:
            each.close()

    @pytest.fixture
    def empty(self, open_: Open) -> Collection:
        return open_()

    @pytest.fixture
    def filled(self, empty: Collection, rainbow: Path) -> Collection:
        empty.add(rainbow, captions=TRIP)
        return empty

    def test_an_empty_one_says_so(self, empty: Collection) -> None:
        assert (len(empty), list(empty), bool(empty)) == (0, [], True)
        with pytest.raises(CollectionNotFound):
            empty.search("red")
        with pytest.raises(InputError):
            empty.image(1)

    def test_there_must_be_one(self, nowhere: str | Path) -> None:
        with pytest.raises(CollectionNotFound):
            Collection(nowhere, create=False)

    def test_tells_what_it_holds(self, filled: Collection, rainbow: Path, open_: Open) -> None:
        assert len(filled) == len(list(filled)) == len(COLOURS)
        red = rainbow / "red.png"
        (id_,) = filled.ids([red])
        record = filled.image(id_)
        assert (record.path, record.format, record.width, record.height) == (red, "PNG", 60, 40)
        assert (record.bytes, record.mtime_ns) == (red.stat().st_size, red.stat().st_mtime_ns)
        assert (record.captions, record.tags) == (("red party",), ())
        assert filled.paths([id_, 2**52 - 1]) == {id_: red}
        assert {each.id for each in filled.newest(0, 5)} < {each.id for each in filled}
        assert len(filled.newest(6, 5)) == len(COLOURS) - 6
        (held,) = filled.info().encoders
        assert (held.name, held.fingerprint, held.vectors) == ("fake", "fa4e", len(COLOURS))
        assert (filled.info().images, filled.info().captions) == (len(COLOURS), 3)
        assert names(open_()) == names(filled)

    def test_vectors_are_kept_as_they_were_made(
        self, filled: Collection, rainbow: Path, encoder: FakeEncoder
    ) -> None:
        from firs.imaging import read

        ids, vectors = filled.vectors()
        assert (ids == np.sort(ids)).all()
        assert vectors.shape == (len(COLOURS), encoder.dim)
        for image in filled:
            with image.path.open("rb") as file:
                made = encoder.encode_images([read(file, at_least=encoder.image_size).image])[0]
            kept = vectors[ids.tolist().index(image.id)]
            np.testing.assert_array_equal(kept.astype(np.float16), made.astype(np.float16))

    def test_adding_again_reads_nothing_and_doubles_nothing(
        self, filled: Collection, rainbow: Path, photo: Photo, encoder: FakeEncoder
    ) -> None:
        before, embedded = names(filled), encoder.embedded
        assert counts(filled.add(rainbow)) == {"unchanged": len(COLOURS)}
        (rainbow / "red.png").rename(rainbow / "crimson.png")
        (rainbow / "copy.png").write_bytes((rainbow / "blue.png").read_bytes())
        (rainbow / "cyan.png").unlink()
        photo("white.png", "grey")
        report = counts(filled.add(rainbow, prune=True))
        expected = {"added": 1, "updated": 1, "moved": 1, "unchanged": len(COLOURS) - 3}
        assert report == expected | {"duplicates": 1, "removed": 1}
        assert encoder.embedded == embedded + 1
        after = names(filled)
        assert after["crimson.png"] == before["red.png"]
        assert after["white.png"] == before["white.png"]
        assert "cyan.png" not in after
        assert len(filled) == len(after) == len(filled.vectors()[0]) == len(COLOURS)

    def test_a_broken_picture_is_told_once_and_forgotten_when_it_is_whole(
        self, filled: Collection, rainbow: Path, photo: Photo
    ) -> None:
        broken = rainbow / "broken.png"
        broken.write_bytes(b"no picture")
        for _ in range(2):
            assert [each.path for each in filled.add(rainbow).problems] == [broken]
        assert [each.path for each in filled.problems()] == [broken]
        photo("broken.png", "orange")
        assert counts(filled.add(rainbow))["added"] == 1
        assert filled.problems() == []

    def test_finds_by_words_and_pictures(self, filled: Collection, rainbow: Path) -> None:
        known = names(filled)
        for colour in COLOURS:
            best = filled.search(f"a {colour} wall", k=1)[0]
            assert best.path == rainbow / f"{colour}.png"
        ranking = filled.search(image=known["red.png"], k=20)
        assert (len(ranking), ranking.ids[0]) == (len(COLOURS), known["red.png"])
        assert ranking[0].score == pytest.approx(1, abs=1e-3)
        for way in ("early-fusion", "late-fusion", "rerank"):
            both = filled.search(text("red") + like(known["blue.png"]), strategy=way, k=8)
            assert {hit.path.stem for hit in both[:3]} & {"red", "magenta", "blue"}
        assert filled.search("red", k=3, dedupe=True).ids[0] == known["red.png"]
        assert filled.search("red", k=3, diversify=True).ids[0] == known["red.png"]

    def test_bad_queries_are_refused(self, filled: Collection) -> None:
        for wrong in ("", like(2**40)):
            with pytest.raises(InputError):
                filled.search(wrong)
        with pytest.raises(InputError):
            filled.search("red", k=0)
        with pytest.raises(EncoderMismatch):
            filled.search("red", encoder=other())

    def test_tags_and_filters(self, filled: Collection, rainbow: Path) -> None:
        known = names(filled)
        warm = [known["red.png"], known["yellow.png"]]
        assert filled.tag(warm, "warm", "mine") == 4
        assert filled.tag(warm, "warm") == 0
        assert filled.untag(warm[:1], "mine", "never") == 1
        assert filled.tags() == {"mine": 1, "warm": 2}
        assert filled.image(warm[0]).tags == ("warm",)
        with pytest.raises(InputError):
            filled.tag([warm[0], 2**40], "x")
        largest = max(image.bytes for image in filled)
        for where, passing in (
            (Filter(tags="warm"), set(warm)),
            (Filter(tags=("warm", "mine")), {known["yellow.png"]}),
            (Filter(within="*e*.png", tags="warm"), set(warm)),
            (Filter(within=f"{rainbow}/b*.png"), {known["blue.png"], known["black.png"]}),
            (Filter(smaller=largest + 1), set(known.values())),
            (Filter(larger=largest + 1), set()),
        ):
            assert set(filled.filter_ids(where).tolist()) == passing
            assert set(filled.search("red", k=8, where=where).ids.tolist()) == passing

    def test_what_is_removed_is_found_no_more(self, filled: Collection) -> None:
        known = names(filled)
        with pytest.raises(InputError):
            filled.remove([known["red.png"], 2**40])
        assert len(filled) == len(COLOURS)
        filled.remove([known["red.png"]])
        assert known["red.png"] not in filled.search("red", k=8).ids
        assert len(filled) == len(filled.search("red", k=8)) == len(COLOURS) - 1

    def test_a_second_encoder_joins_and_leaves(self, filled: Collection, rainbow: Path) -> None:
        second = other()
        rows = {image.path: np.ones(second.dim, np.float32) for image in list(filled)[:3]}
        assert filled.import_vectors(second, rows) == 3
        assert len(filled.vectors("other")[0]) == 3
        filled.require_vectors("other")
        assert filled.forget_vectors("other") == 3
        with pytest.raises(InputError):
            filled.require_vectors("other")
        with pytest.raises(EncoderMismatch):
            filled.import_vectors(FakeEncoder(fingerprint="0"), rows)

    def test_embeddings_are_imported_without_pictures(self, filled: Collection) -> None:
        encoder = FakeEncoder()
        paths = [Path("/nowhere/red.png"), Path("imported:/blue"), Path("s3://bucket/green.png")]
        words = [path.stem for path in paths]
        given = dict(zip(paths, encoder.encode_texts(words), strict=True))
        assert filled.import_vectors(encoder, given) == 0
        parts = ({path: vector} for path, vector in given.items())
        assert filled.import_vectors(encoder, parts, add_missing=True) == len(words)
        assert filled.import_vectors(encoder, given, add_missing=True) == len(words)
        assert len(filled) == len(filled.vectors()[0]) == len(COLOURS) + len(words)
        images = [filled.image(id_) for id_ in filled.ids(paths)]
        assert len({image.hash for image in images}) == len(words)
        assert {(image.format, image.width, image.bytes) for image in images} == {("none", 1, 0)}
        for word, image in zip(words, images, strict=True):
            assert image.id in filled.search(word, k=2).ids

    def test_sessions_go_on_where_they_were_left(self, filled: Collection, open_: Open) -> None:
        known = names(filled)
        filled.log.on()
        session = Session.start(filled, "green")
        session.mark(relevant=[known["cyan.png"]], irrelevant=[known["green.png"]])
        session.next()
        shown = [each.hit.id for each in session.round.results()]
        again = Session.open(open_(), session.id)
        assert [each.hit.id for each in again.round.results()] == shown
        again.undo()
        assert again.round.results()[0].hit.id == known["green.png"]
        assert [each.id for each in filled.sessions.records()] == [session.id]
        kinds = [each.kind for each in filled.log.records()]
        assert sorted(kinds) == ["irrelevant", "relevant", "searched"]
        filled.sessions.forget(session.id)
        assert (len(filled.log), filled.sessions.records()) == (0, [])

    def test_it_is_calibrated_and_expanded(self, empty: Collection, rainbow: Path) -> None:
        empty.add(rainbow, captions=CAPTIONS)
        made = empty.calibration.fit()
        kept = empty.calibration.get()
        assert kept is not None
        assert (kept.mark, kept.bank) == (made.mark, "captions")
        assert empty.search("red wall", k=8)[0].path.name == "red.png"
        assert empty.calibration.forget()
        assert empty.calibration.get() is None
        before = empty.search("blue cloth 3", k=1)[0]
        act = empty.expansion.add()
        assert act.images == len(COLOURS)
        assert empty.search("blue cloth 3", k=1)[0].score > before.score
        assert empty.expansion.of_image(before.id)
        assert [each.id for each in empty.expansion.records()] == [act.id]
        empty.expansion.undo(act.id)
        assert empty.search("blue cloth 3", k=1)[0].score == pytest.approx(before.score, abs=1e-5)

    def test_its_index_can_be_checked(self, filled: Collection) -> None:
        assert filled.index.kind()
        found = filled.index.verify()
        assert filled.index.certificate() == found

    def test_made_captions_are_kept_by_content(self, filled: Collection, open_: Open) -> None:
        image = next(iter(filled))
        filled.made_captions.keep("blip", {image.hash: ["a wall"]})
        assert open_().made_captions.lookup("blip", [image.hash]) == {image.hash: ("a wall",)}
        assert filled.made_captions.counts() == {"blip": 1}
        assert filled.made_captions.forget("blip") == 1

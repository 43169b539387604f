"""What a collection stores besides its images: on a server as in a folder.

``tests/distributed/test_milvus_stores.py`` runs the same on a real server.
"""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import pytest

from firs.calibration import Calibration
from firs.collection import Collection
from firs.collection.calibrating import query_texts
from firs.collection.calibrations import CalibrationRecord, CalibrationStore
from firs.collection.examples import DocumentExamples
from firs.collection.expansions import Entry
from firs.collection.made_captions import GeneratedCaptions
from firs.collection.querylog import LOG, QueryLog
from firs.collection.sessions import SessionStore, event_document, event_key
from firs.collection.store import Examples, Expansions
from firs.errors import InputError, SessionConflict
from firs.expansion.moves import Move
from firs.milvus.address import Address
from firs.milvus.documents import MilvusDocuments, notes_of
from firs.milvus.expansions import ServerExpansions
from firs.milvus.server import Server
from firs.query import like, text
from tests.collection.conftest import COLOURS
from tests.collection.test_examples import (
    test_some_are_removed,
    test_the_same_again_takes_the_place_of_the_older,
    test_what_was_stored_is_there,
)
from tests.collection.test_made_captions import (
    test_a_newer_one_takes_its_place,
    test_they_are_counted_and_forgotten,
    test_what_was_kept_is_known_again,
)
from tests.collection.test_sessions import (
    MARK,
    NEXT,
    STEPS,
    succeeds,
    test_a_fork_is_a_session_of_its_own,
    test_of_two_at_once_nothing_is_lost,
    test_one_that_is_forgotten_is_gone_with_its_events,
    test_one_that_is_opened_is_gone_on_with,
    test_records_the_one_changed_last_first,
    test_what_json_cannot_hold_is_not_written,
    test_what_was_saved_is_there,
)
from tests.fakes import FakeEncoder
from tests.imaging.making import plain
from tests.milvus.fake_server import FakeMilvus

__all__ = [
    "test_a_fork_is_a_session_of_its_own",
    "test_a_newer_one_takes_its_place",
    "test_of_two_at_once_nothing_is_lost",
    "test_one_that_is_forgotten_is_gone_with_its_events",
    "test_one_that_is_opened_is_gone_on_with",
    "test_records_the_one_changed_last_first",
    "test_some_are_removed",
    "test_the_same_again_takes_the_place_of_the_older",
    "test_they_are_counted_and_forgotten",
    "test_what_json_cannot_hold_is_not_written",
    "test_what_was_kept_is_known_again",
    "test_what_was_saved_is_there",
    "test_what_was_stored_is_there",
]

NAME = "stores_test"
CAPTIONS = {"blue.png": ["a blue sea", "the sea"], "red.png": ["a fire"]}
KINDS = (
    "session",
    "log",
    "switch",
    "made",
    "captioner",
    "calibration",
    "act",
    "claim",
    "example",
    "example-data",
)


def fill(url: str, folder: Path) -> None:
    """Add eight pictures, two of them with captions."""
    for colour in COLOURS:
        plain(colour).save(folder / f"{colour}.png")
    with Collection(url, FakeEncoder()) as made:
        made.add(folder, captions=CAPTIONS)


@pytest.fixture
def server(milvus: FakeMilvus, tmp_path: Path) -> Iterator[Server]:
    fill(milvus.url(NAME), tmp_path)
    with Server(Address.parse(milvus.url(NAME))) as server:
        yield server


@pytest.fixture
def notes(server: Server) -> Iterator[MilvusDocuments]:
    notes = MilvusDocuments(server, NAME)
    yield notes
    listed = json.dumps(KINDS)
    server.delete_where(notes_of(NAME), f"kind in {listed}")


@pytest.fixture
def images(server: Server) -> dict[str, int]:
    """File name → id."""
    return {Path(row["path"]).name: row["id"] for row in server.query(NAME, fields=["path"])}


@pytest.fixture
def log(notes: MilvusDocuments, images: dict[str, int]) -> QueryLog:
    known = set(images.values())
    return QueryLog(notes, known.intersection)


@pytest.fixture
def store(notes: MilvusDocuments, log: QueryLog) -> SessionStore:
    return SessionStore(notes, log)


@pytest.fixture
def made(notes: MilvusDocuments) -> GeneratedCaptions:
    return GeneratedCaptions(notes)


@pytest.fixture
def examples(notes: MilvusDocuments) -> Examples:
    return DocumentExamples(notes)


@pytest.fixture
def calibrations(notes: MilvusDocuments) -> CalibrationStore:
    return CalibrationStore(notes)


@pytest.fixture
def expansions(notes: MilvusDocuments) -> Expansions:
    return ServerExpansions(notes)


def asking(words: str) -> dict[str, object]:
    return {"terms": [{"text": words, "weight": 1}]}


def noted(log: QueryLog) -> list[tuple[str, str, int | None]]:
    return [(each.kind, each.text, each.image) for each in log.records()]


@pytest.mark.parametrize("in_the_meantime", ["one more", "one less", "another"])
def test_a_journal_of_other_events_is_refused(store: SessionStore, in_the_meantime: str) -> None:
    """What the other wrote is not written over."""
    id_, one = store.create({}, [MARK, MARK])
    _, _, other = store.open(id_)
    if in_the_meantime != "one more":
        other.pop()
    if in_the_meantime != "one less":
        other.append(NEXT)
    for step in STEPS:
        assert not one.is_current()
        with pytest.raises(SessionConflict, match="so this was not added to it"):
            step(one)
    expected = {"one more": [MARK, MARK, NEXT], "one less": [MARK], "another": [MARK, NEXT]}
    assert store.open(id_)[1] == expected[in_the_meantime]
    other.append(MARK)


@pytest.mark.parametrize("is_first", [True, False])
def test_a_mark_in_the_middle_of_an_undo(
    store: SessionStore, notes: MilvusDocuments, monkeypatch: pytest.MonkeyPatch, is_first: bool
) -> None:
    """It is written before the event is removed that the undo takes back, or after."""
    id_, one = store.create({}, [MARK])
    other = store.open(id_)[2]
    marked: list[bool] = []
    remove = notes.forget

    def overtake(kind: str, keys: Iterable[str]) -> None:
        monkeypatch.undo()
        if is_first:
            marked.append(succeeds(lambda journal: journal.append(NEXT), other))
        remove(kind, keys)
        if not is_first:
            marked.append(succeeds(lambda journal: journal.append(NEXT), other))

    monkeypatch.setattr(notes, "forget", overtake)
    assert succeeds(lambda journal: journal.pop(), one) is not is_first
    assert marked == [is_first]
    assert store.open(id_)[1] == ([MARK, NEXT] if is_first else [])


def test_an_event_that_a_killed_process_left_does_not_count(
    store: SessionStore, notes: MilvusDocuments
) -> None:
    id_, _ = store.create({}, [MARK])
    notes.write([event_document(event_key(id_, 0, "9999", NEXT), NEXT)])
    _, events, journal = store.open(id_)
    assert events == [MARK]
    assert journal.is_current()
    journal.append(NEXT)
    journal.pop()
    journal.append(MARK)
    assert store.open(id_)[1] == [MARK, MARK]


def test_events_and_their_log_are_removed_with_the_session(
    store: SessionStore, log: QueryLog, notes: MilvusDocuments, images: dict[str, int]
) -> None:
    log.on()
    id_, journal = store.create(asking("a dog"))
    journal.append({"kind": "mark", "relevant": [images["red.png"]]})
    store.forget(id_)
    assert notes.keys("session", fresh=True) == []
    assert len(log) == 0


def test_the_log_is_off_until_it_is_turned_on(log: QueryLog, store: SessionStore) -> None:
    log.note(text("red"))
    store.create(asking("red"))
    assert (log.is_on, len(log)) == (False, 0)
    log.on()
    assert log.is_on
    log.off()
    assert not log.is_on


def test_queries_and_marks_are_logged_newest_first(
    log: QueryLog, store: SessionStore, images: dict[str, int]
) -> None:
    log.on()
    log.note(text("red"))
    log.note(like(1))
    _, journal = store.create(asking("blue"))
    red, blue = images["red.png"], images["blue.png"]
    journal.append({"kind": "mark", "relevant": [red], "irrelevant": [77], "found": blue})
    assert noted(log) == [
        ("found", "blue", blue),
        ("relevant", "blue", red),
        ("searched", "blue", None),
        ("searched", "red", None),
    ]
    journal.append({"kind": "mark", "irrelevant": [red]})
    assert log.accepted_queries() == [(blue, "blue")]
    journal.pop()
    assert log.accepted_queries() == [(blue, "blue"), (red, "blue")]
    assert log.clear() == 4
    assert noted(log) == []


def test_an_image_that_goes_leaves_the_log(
    log: QueryLog, store: SessionStore, notes: MilvusDocuments, images: dict[str, int]
) -> None:
    log.on()
    _, journal = store.create(asking("blue"))
    journal.append({"kind": "mark", "relevant": [images["red.png"]]})
    notes.forget_of(LOG, [images["red.png"]])
    assert noted(log) == [("searched", "blue", None)]


def test_captions_are_sampled_once(server: Server) -> None:
    with Collection(str(server.address), FakeEncoder(), create=False) as opened:
        assert sorted(opened.caption_texts(10)) == ["a blue sea", "a fire", "the sea"]
        assert len(opened.caption_texts(2)) == 2


def test_a_calibration_is_read_as_it_was_written(calibrations: CalibrationStore) -> None:
    """One that takes several rows."""
    chance = np.random.default_rng(0)
    record = CalibrationRecord(
        bank="captions",
        texts=chance.normal(size=(500, 64)).astype(np.float16),
        owners=np.arange(500, dtype=np.int64) + (1 << 52),
        meaning=Calibration(0.1, 0.2, 0.3),
        revision=1 << 60,
        biases=chance.normal(size=8).astype(np.float32),
    )
    assert calibrations.read("fake") is None
    written = calibrations.write("fake", record)
    found = calibrations.read("fake")
    assert found is not None
    assert (found.mark, found.made_at) == (written.mark, written.made_at)
    assert (found.meaning, found.revision) == (record.meaning, record.revision)
    for name in ("texts", "owners", "biases"):
        mine, read = getattr(record, name), getattr(found, name)
        assert mine.dtype == read.dtype
        np.testing.assert_array_equal(mine, read)
    assert calibrations.forget("fake")
    assert not calibrations.forget("fake")


def test_the_texts_that_a_calibration_is_measured_with(
    server: Server, notes: MilvusDocuments, store: SessionStore, images: dict[str, int]
) -> None:
    blue, red = images["blue.png"], images["red.png"]
    with Collection(str(server.address), FakeEncoder(), create=False) as opened:
        assert set(opened.store.sample_captions(100)) == {
            (blue, "a blue sea"),
            (blue, "the sea"),
            (red, "a fire"),
        }
    store.create(asking(" a dog "))
    store.create({"terms": [{"image": 1, "weight": 1}, {"text": "a cat", "weight": -1}]})
    assert query_texts(notes) == ["a dog"]


def entry(image: int, words: str) -> Entry:
    return Entry(image, words, "file.tsv", FakeEncoder().encode_texts([words])[0].astype("f2"))


def test_an_act_counts_as_a_whole_and_exactly_one_is_taken_back(
    expansions: Expansions, images: dict[str, int]
) -> None:
    blue, red = images["blue.png"], images["red.png"]
    scale = np.ones((3, 64), np.float16)
    first = expansions.write_entries("fake", "captions", {"n": 1}, scale, [entry(blue, "sea")])
    given = [entry(blue, "sky"), entry(red, "fire"), entry(99, "of no one")]
    second = expansions.write_entries("fake", "queries", {"n": 2}, scale, given)
    shift = np.linspace(-1, 1, 64).astype(np.float32)
    third = expansions.write_moves("fake", {}, [(red, ["a", "b"], Move(shift, 0.25))])
    assert first < second < third
    records = [(each.id, each.kind, each.images, each.texts) for each in expansions.records()]
    assert records == [(third, "moves", 1, 2), (second, "queries", 2, 2), (first, "captions", 1, 1)]
    assert [each.text for each in expansions.expansions_of(blue)] == ["sea", "sky"]
    assert [(each.text, each.kind) for each in expansions.expansions_of(red)] == [
        ("fire", "queries"),
        ("a", "moves"),
        ("b", "moves"),
    ]
    assert expansions.expansions_of(red)[1].degrees == pytest.approx(Move(shift, 0.25).degrees)
    assert expansions.forget(second)
    assert not expansions.forget(second)
    assert [(image, words) for image, words, _ in expansions.text_entries("fake")] == [
        (blue, "sea")
    ]
    assert expansions.query_moves("fake") == [(red, "a"), (red, "b")]
    assert expansions.write_moves("fake", {}, []) > third


def test_the_nearest_texts_and_those_of_images(
    expansions: Expansions, images: dict[str, int]
) -> None:
    assert isinstance(expansions, ServerExpansions)
    blue, red = images["blue.png"], images["red.png"]
    given = [entry(blue, "blue sea"), entry(red, "red fire")]
    before = expansions.state("fake")
    expansions.write_entries("fake", "captions", {}, np.ones((1, 64), np.float16), given)
    assert expansions.state("fake") != before
    queries = FakeEncoder().encode_texts(["red fire", "blue sea"])
    assert [hits.rows[0]["image"] for hits in expansions.nearest("fake", queries, 1)] == [red, blue]
    [row] = expansions.rows("fake", [blue])
    assert np.array_equal(np.array(row["vector"], np.float16), given[0].data)
    expansions.forget_images([blue])
    assert [(each.images, each.texts) for each in expansions.records()] == [(1, 1)]
    with pytest.raises(InputError, match="no image with the id 99"):
        expansions.expansions_of(99)


def test_captions_come_with_their_sources(expansions: Expansions, images: dict[str, int]) -> None:
    assert sorted(expansions.captions(None)) == sorted(
        (images[name], words, "given") for name, texts in CAPTIONS.items() for words in texts
    )
    assert expansions.captions("another") == []

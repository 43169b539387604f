from pathlib import Path

import pytest

from firs.collection import Collection
from firs.query import like, text
from firs.session import Session
from tests.collection.conftest import names


@pytest.fixture
def logged(collection: Collection, rainbow: Path) -> Collection:
    collection.add(rainbow)
    collection.log.on()
    return collection


def noted(collection: Collection) -> list[tuple[str, str, int | None]]:
    return [(each.kind, each.text, each.image) for each in collection.log.records()]


def accepted(collection: Collection) -> list[tuple[int, str]]:
    return collection.log.accepted_queries()


def test_it_is_off_until_it_is_turned_on(collection: Collection, rainbow: Path) -> None:
    collection.add(rainbow)
    assert not collection.log.is_on
    collection.search("red")
    Session.start(collection, "red").mark(relevant=[1])
    assert noted(collection) == []


def test_what_is_asked_and_marked(logged: Collection) -> None:
    logged.search("red")
    session = Session.start(logged, "blue")
    session.mark(relevant=[2], irrelevant=[3], found=4)
    assert noted(logged) == [
        ("found", "blue", 4),
        ("irrelevant", "blue", 3),
        ("relevant", "blue", 2),
        ("searched", "blue", None),
        ("searched", "red", None),
    ]
    assert accepted(logged) == [(4, "blue"), (2, "blue")]


def test_pictures_and_several_terms_are_not_noted(logged: Collection) -> None:
    logged.search(like(1))
    logged.search(text("red") - text("blue"))
    Session.start(logged, text("red") + like(1)).mark(relevant=[2])
    assert noted(logged) == []


def test_what_is_taken_back_crossed_or_cleared_is_not_accepted(logged: Collection) -> None:
    session = Session.start(logged, "blue")
    session.mark(relevant=[2, 3, 4])
    session.mark(irrelevant=[3], clear=[4])
    assert accepted(logged) == [(2, "blue")]
    session.undo()
    assert accepted(logged) == [(4, "blue"), (3, "blue"), (2, "blue")]


def test_off_keeps_what_was_noted_and_clear_forgets_it(logged: Collection) -> None:
    session = Session.start(logged, "blue")
    session.mark(relevant=[2])
    logged.log.off()
    session.mark(relevant=[3])
    logged.search("red")
    assert len(noted(logged)) == 2
    assert logged.log.clear() == 2
    assert noted(logged) == []


def test_a_session_that_is_forgotten_is_forgotten_here_too(logged: Collection) -> None:
    session = Session.start(logged, "blue")
    session.mark(relevant=[2])
    logged.sessions.forget(session.id)
    assert noted(logged) == []


def test_images_that_are_removed_leave_it(logged: Collection) -> None:
    session = Session.start(logged, "blue")
    blue = names(logged)["blue.png"]
    session.mark(relevant=[blue])
    logged.remove([blue])
    session.mark(relevant=[blue])
    assert noted(logged) == [("searched", "blue", None)]


def test_it_is_kept(logged: Collection) -> None:
    logged.search("red")
    with Collection(logged.path, create=False) as again:
        assert again.log.is_on
        assert noted(again) == [("searched", "red", None)]


def test_records_of_an_earlier_version_have_the_names_of_today(logged: Collection) -> None:
    body = {"at": "2026-01-02T03:04:05+00:00", "text": "blue", "kind": "asked", "order": 1}
    logged.store.documents.put("log", {"-/000000/1": body})
    assert noted(logged) == [("searched", "blue", None)]

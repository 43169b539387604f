from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from firs.errors import FirsError, InputError
from firs.session import Session
from firs.web.registries import CollectionRegistry, OpenCollection
from firs.web.sessions import list_sessions, replay_document

Json = dict[str, Any]


@pytest.fixture
def opened(scenes: Path) -> Iterator[OpenCollection]:
    with closing(CollectionRegistry()) as shelf:
        yield shelf.put(scenes / ".firs")


@pytest.fixture
def document(opened: OpenCollection) -> Json:
    session = Session.start(opened.collection, "a red train")
    session.mark(relevant=[3])
    session.next()
    return session.to_json()


def test_exported_session_is_replayed(opened: OpenCollection, document: Json) -> None:
    again = replay_document(opened, document)
    assert again.id != document["id"]
    assert [each.rounds for each in list_sessions(opened)] == [2, 2]
    assert again.to_json() | {"id": ""} == document | {"id": ""}


def changed(**changes: Any) -> Callable[[Json], Json]:
    return lambda document: document | changes


def in_term(**changes: Any) -> Callable[[Json], Json]:
    return lambda document: document | {"terms": [document["terms"][0] | changes]}


BROKEN: list[Callable[[Json], Json]] = [
    lambda _: {},
    changed(format="another"),
    changed(version=2),
    changed(strategy="sideways"),
    changed(encoder=None),
    changed(encoder="none-such"),
    changed(encoder=["mini"]),
    changed(terms=[]),
    changed(terms={}),
    changed(terms=[3]),
    changed(terms=[{}] * 33),
    changed(events=3),
    changed(events=[3]),
    changed(events=[{"kind": "dance"}]),
    changed(events=[{"kind": "next", "round": 0}] * 501),
    changed(events=[{"kind": "mark", "round": 0}] * 10_001),
    changed(events=[{"kind": "mark", "round": 7, "relevant": [1]}]),
    changed(events=[{"kind": "mark", "round": 0, "relevant": ["x"]}]),
    changed(events=[{"kind": "mark", "round": 0, "relevant": [2**70]}]),
    in_term(vector="AAAA"),
    in_term(vector="not base64"),
    in_term(vector=""),
    in_term(vector=None),
    in_term(weight="heavy"),
    in_term(weight=0),
    in_term(text=""),
    in_term(text=None),
    lambda d: d | {"terms": [{"example": "a", "thumbnail": "AAAA", **d["terms"][0]} | {"text": 3}]},
]


@pytest.mark.parametrize("change", BROKEN)
def test_invalid_session_is_refused_and_not_saved(
    opened: OpenCollection, document: Json, change: Callable[[Json], Json]
) -> None:
    with pytest.raises(FirsError):
        replay_document(opened, change(document))
    assert len(list_sessions(opened)) == 1


def test_an_example_that_is_no_picture(opened: OpenCollection, document: Json) -> None:
    term = {key: value for key, value in document["terms"][0].items() if key != "text"}
    with pytest.raises(FirsError):
        replay_document(
            opened, document | {"terms": [term | {"example": "a.png", "thumbnail": "AAAA"}]}
        )
    assert len(list_sessions(opened)) == 1


def test_bounds_are_reported(opened: OpenCollection, document: Json) -> None:
    with pytest.raises(InputError, match="at most 32 terms, 500 rounds and 10,000 events"):
        replay_document(opened, document | {"terms": [{}] * 33})


def test_a_session_of_an_earlier_mini_is_replayed_with_a_warning(
    opened: OpenCollection, document: Json
) -> None:
    replayed = replay_document(opened, changed(fingerprint="other")(document))
    assert "earlier version of mini" in replayed.warnings[0]
    assert len(list_sessions(opened)) == 2

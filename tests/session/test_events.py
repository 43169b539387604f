import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firs.errors import InputError
from firs.session.events import Event, Mark, Next, event_from_json, event_to_json

IDS = st.integers(-(2**63), 2**63 - 1)


@st.composite
def marks(draw: st.DrawFn) -> Mark:
    ids = draw(st.lists(IDS, unique=True, max_size=12))
    is_found = draw(st.booleans())
    found = ids.pop() if ids and is_found else None
    cut = sorted(draw(st.lists(st.integers(0, len(ids)), min_size=2, max_size=2)))
    return Mark(
        draw(st.integers(0, 99)),
        tuple(ids[: cut[0]]),
        tuple(ids[cut[0] : cut[1]]),
        found,
        tuple(ids[cut[1] :]),
    )


STEPS = st.builds(
    Next,
    st.integers(0, 99),
    st.text(),
    st.floats(0, 10),
    st.integers(0, 2**63 - 1),
    st.booleans(),
)

ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=5)
    | st.sampled_from(["mark", "next", "auto"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)


@given(marks() | STEPS)
def test_events_survive_json(event: Event) -> None:
    told = json.dumps(event_to_json(event), allow_nan=False)
    assert event_from_json(json.loads(told)) == event


KEYS = (*event_to_json(Mark(0)), *event_to_json(Next(0, "auto", 1.0, 20, again=True)))


@given(
    ANYTHING
    | st.fixed_dictionaries(
        {"kind": ANYTHING}, optional=dict.fromkeys(sorted({*KEYS} - {"kind"}), ANYTHING)
    )
)
def test_anything_else_is_a_clear_error(told: object) -> None:
    with suppress(InputError):
        event = event_from_json(told)
        assert event_from_json(json.loads(json.dumps(event_to_json(event)))) == event


@pytest.mark.parametrize(
    "changed",
    [
        {"kind": "wish"},
        {"kind": ["mark"]},
        {"round": None},
        {"round": True},
        {"round": 1.0},
        {"round": "1"},
        {"relevant": None},
        {"relevant": "12"},
        {"relevant": [1.5]},
        {"relevant": [2**63]},
        {"relevant": {"1": 2}},
        {"found": [3]},
        {"clear": [None]},
        {"note": "hello"},
        {"relevant": [1], "irrelevant": [1]},
    ],
)
def test_what_is_no_mark(changed: dict[str, Any]) -> None:
    with pytest.raises(InputError):
        event_from_json({"kind": "mark", "round": 0} | changed)


@pytest.mark.parametrize(
    "changed",
    [
        {"method": None},
        {"method": ["auto"]},
        {"strength": float("nan")},
        {"strength": float("inf")},
        {"strength": 10**400},
        {"strength": "1"},
        {"shown": -1},
        {"shown": 2.5},
        {"again": 1},
        {"again": None},
        {"found": 3},
    ],
)
def test_what_is_no_step(changed: dict[str, Any]) -> None:
    step = event_to_json(Next(0, "auto", 1.0, 20, again=True))
    assert event_from_json(step) == Next(0, "auto", 1.0, 20, again=True)
    with pytest.raises(InputError):
        event_from_json(step | changed)
    del step["again"]
    with pytest.raises(InputError, match="again"):
        event_from_json(step)


def test_an_image_told_twice_is_told_once() -> None:
    assert event_from_json({"kind": "mark", "round": 0, "relevant": [3, 1, 3]}) == Mark(0, (3, 1))


@pytest.mark.parametrize(
    "given",
    [
        {"relevant": (5, 3), "irrelevant": (3,)},
        {"relevant": (3,), "found": 3},
        {"irrelevant": (3,), "clear": (3,)},
        {"found": 3, "clear": (4, 3)},
    ],
)
def test_an_image_cannot_be_two_things_at_once(given: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="Image 3 is marked as two things"):
        Mark(0, **given)


@pytest.mark.parametrize("id_", [2**63, -(2**63) - 1, 10**30])
def test_an_id_that_no_image_can_have(id_: int) -> None:
    with pytest.raises(InputError, match=f"no image with the id {id_}"):
        Mark(0, (id_,))


def test_images_that_are_not_known_are_left_out() -> None:
    mark = Mark(2, (1, 2), (3, 4), 5, (6, 7))
    assert mark.subset([2, 3, 6]) == Mark(2, (2,), (3,), None, (6,))
    assert mark.subset(range(9)) == mark
    assert mark.ids() == (1, 2, 3, 4, 5, 6, 7)


@pytest.mark.parametrize("shown", [-1, 2**63])
def test_a_person_sees_no_such_number(shown: int) -> None:
    with pytest.raises(InputError, match="saw 0 images or more"):
        Next(0, "auto", 1.0, shown, again=True)

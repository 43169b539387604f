import numpy as np
import pytest

from firs.collection import Collection
from firs.errors import EncoderMismatch, InputError
from firs.query import text
from firs.session import Session
from firs.session.document import restore_search_context


def test_nothing_has_changed(collection: Collection) -> None:
    talk = Session.start(collection, text("red") - text("green"))
    context, warnings = restore_search_context(collection, talk.to_json())
    assert warnings == []
    np.testing.assert_array_equal(context.query_scores, talk.rounds[0].scores)


def test_what_has_changed_is_told(collection: Collection) -> None:
    document = Session.start(collection, "red").to_json()
    for changed in ({"revision": 3}, {"images": 31}):
        _, [warning] = restore_search_context(collection, document | changed)
        assert warning.startswith("The collection has changed since this session was begun")


def test_other_weights(collection: Collection) -> None:
    document = Session.start(collection, "red").to_json()
    with pytest.raises(EncoderMismatch, match="other weights of 'fake'"):
        restore_search_context(collection, document | {"fingerprint": "0"})


def test_another_encoder(collection: Collection) -> None:
    document = Session.start(collection, "red").to_json()
    for encoder in ("other", None, 3):
        with pytest.raises(InputError, match="no vectors of"):
            restore_search_context(collection, document | {"encoder": encoder})


def test_another_way(collection: Collection) -> None:
    document = Session.start(collection, "red").to_json()
    with pytest.raises(InputError, match="no query strategy called 'soon'"):
        restore_search_context(collection, document | {"strategy": "soon"})

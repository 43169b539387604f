import numpy as np
import pytest

from firs.collection import Collection
from firs.errors import EncoderMismatch, InputError
from firs.query import text
from firs.session import Session
from firs.session.document import ground_of


def test_nothing_has_changed(collection: Collection) -> None:
    talk = Session.start(collection, text("red") - text("green"))
    ground, remarks = ground_of(collection, talk.to_json())
    assert remarks == []
    np.testing.assert_array_equal(ground.query_scores, talk.rounds[0].scores)


def test_what_has_changed_is_told(collection: Collection) -> None:
    document = Session.start(collection, "red").to_json()
    for changed in ({"revision": 3}, {"images": 31}):
        _, [remark] = ground_of(collection, document | changed)
        assert remark.startswith("The collection has changed since this session was begun")


def test_other_weights(collection: Collection) -> None:
    document = Session.start(collection, "red").to_json()
    with pytest.raises(EncoderMismatch, match="other weights of 'fake'"):
        ground_of(collection, document | {"fingerprint": "0"})


def test_another_encoder(collection: Collection) -> None:
    document = Session.start(collection, "red").to_json()
    for encoder in ("other", None, 3):
        with pytest.raises(InputError, match="no vectors of"):
            ground_of(collection, document | {"encoder": encoder})


def test_another_way(collection: Collection) -> None:
    document = Session.start(collection, "red").to_json()
    with pytest.raises(InputError, match="no query strategy called 'soon'"):
        ground_of(collection, document | {"strategy": "soon"})

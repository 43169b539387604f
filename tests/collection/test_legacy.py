"""A collection written by an earlier development version opens, and nothing in it is lost.

Its embeddings come from an earlier ``mini``: searching says what to do, and indexing embeds its
images again. Where a test ranks, the embeddings are those of that version, and an encoder of the
same name and fingerprint gives the vectors of the texts, so that rankings are as they were then.

``tests/fixtures/legacy`` was written by commit 2eb6b7e: 24 scenes with captions, tags, eight
sessions (marks, feedback, a refinement, a branch), the query log, a calibration, three
expansions, generated captions and a chosen index. ``expected.json`` is what that version read.
"""

import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from firs.collection import Collection
from firs.encoders import Vectors
from firs.errors import EncoderMismatch
from firs.session import Session
from firs.session.events import from_base64

LEGACY = Path(__file__).parents[1] / "fixtures" / "legacy"
EXPECTED: dict[str, Any] = json.loads((LEGACY / "expected.json").read_text())


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """A writable copy of the legacy collection and its photos."""
    home = tmp_path / "photos"
    shutil.copytree(LEGACY / "photos", home)
    shutil.copytree(LEGACY / "collection", home / ".firs")
    return home


def test_images_tags_captions_and_settings_are_kept(photos: Path) -> None:
    with Collection(photos / ".firs", create=False) as collection:
        assert len(collection) == EXPECTED["images"]
        assert collection.tags() == EXPECTED["tags"]
        assert collection.info().captions == EXPECTED["captions"]
        assert [each.reason for each in collection.problems()] == EXPECTED["problems"]
        assert collection.index.kind() == EXPECTED["index"]
        assert [each.kind for each in collection.expansion.records()] == EXPECTED["expansions"]
        assert collection.made_captions.counts() == EXPECTED["made"]
        assert collection.log.is_on
        assert len(collection.log) == EXPECTED["log"]


class EarlierMini:
    """The earlier ``mini``, for the texts whose vectors are in the sessions of the collection."""

    name, dim, image_size = "mini", 256, 160

    def __init__(self, collection: Collection) -> None:
        [stored] = collection.info().encoders
        self.fingerprint = stored.fingerprint
        documents = [collection.sessions.open(each["id"])[0] for each in EXPECTED["sessions"]]
        self._vectors = {
            term["text"]: from_base64(term["vector"])
            for document in documents
            for term in document["terms"]
            if "text" in term
        }

    def encode_texts(self, texts: Sequence[str]) -> Vectors:
        return np.stack([self._vectors[text] for text in texts])

    def encode_images(self, images: Sequence[Image.Image]) -> Vectors:
        raise NotImplementedError


def test_searches_rank_as_before(photos: Path) -> None:
    with Collection(photos / ".firs", create=False) as collection:
        encoder = EarlierMini(collection)
    with Collection(photos / ".firs", encoder=encoder, create=False) as collection:
        for query, expected in EXPECTED["searches"].items():
            found = collection.search(query, k=10)
            assert found.ids.tolist() == [id_ for id_, _ in expected]
            assert found.scores.tolist() == pytest.approx(
                [score for _, score in expected], abs=1e-5
            )


def test_an_earlier_mini_is_detected(photos: Path) -> None:
    with (
        Collection(photos / ".firs", create=False) as collection,
        pytest.raises(EncoderMismatch, match=r"earlier version of mini.* firs index DIR"),
    ):
        collection.search("a dog")


@pytest.mark.parametrize("number", range(len(EXPECTED["sessions"])))
def test_sessions_open_with_their_rounds(photos: Path, number: int) -> None:
    expected = EXPECTED["sessions"][number]
    with Collection(photos / ".firs", create=False) as collection:
        session = Session.open(collection, expected["id"])
        assert str(session.query) == expected["query"]
        assert [each.method for each in session.rounds] == expected["methods"]
        rounds = [each.results(0, 10) for each in session.rounds]
        assert [[each.hit.id for each in results] for results in rounds] == expected["rounds"]
        for results, scores in zip(rounds, expected["scores"], strict=True):
            assert [each.hit.score for each in results] == pytest.approx(scores, abs=1e-5)
        marks = [
            [list(each.marks.relevant), list(each.marks.irrelevant)] for each in session.rounds
        ]
        assert marks == expected["marks"]


def test_an_exported_session_is_replayed(photos: Path) -> None:
    document = json.loads((LEGACY / "session.json").read_text())
    with Collection(photos / ".firs", create=False) as collection:
        session = Session.replay(collection, document)
        original = next(each for each in EXPECTED["sessions"] if each["id"] == document["id"])
        assert [each.method for each in session.rounds] == original["methods"]


def test_indexing_again_embeds_in_place_and_keeps_the_rest(photos: Path) -> None:
    with Collection(photos / ".firs", create=False) as collection:
        report = collection.add(photos)
        assert (report.added, report.updated, report.removed) == (0, 0, 0)
        assert report.filled == len(collection) == EXPECTED["images"]
        assert collection.tags() == EXPECTED["tags"]
        assert collection.info().captions == EXPECTED["captions"]
        assert collection.search("a dog on the grass", k=3).scores[0] > 0
        assert collection.add(photos).filled == 0


def test_sessions_continue_after_indexing_again(photos: Path) -> None:
    with Collection(photos / ".firs", create=False) as collection:
        collection.add(photos)
        for expected in EXPECTED["sessions"]:
            session = Session.open(collection, expected["id"])
            assert [each.method for each in session.rounds] == expected["methods"]
            assert "earlier version of mini" in session.warnings[0]
            session.mark(relevant=[1])
            assert session.next().results(0, 5)


def test_embedding_again_can_be_interrupted(photos: Path) -> None:
    class Interrupted(Exception):
        pass

    def interrupt(done: int, total: int) -> None:
        raise Interrupted

    with Collection(photos / ".firs", create=False) as collection:
        with pytest.raises(Interrupted):
            collection.add(photos, batch_size=8, progress=interrupt)
        report = collection.add(photos)
        assert 0 < report.filled < EXPECTED["images"]
        assert collection.tags() == EXPECTED["tags"]

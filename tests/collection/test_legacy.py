"""A collection written by an earlier development version opens and ranks as it did then.

``tests/fixtures/legacy`` was written by commit 2eb6b7e: 24 scenes with captions, tags, eight
sessions (marks, feedback, a refinement, a branch), the query log, a calibration, three
expansions, generated captions and a chosen index. ``expected.json`` is what that version read.
"""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from firs.collection import Collection
from firs.session import Session

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


def test_searches_rank_as_before(photos: Path) -> None:
    with Collection(photos / ".firs", create=False) as collection:
        for query, expected in EXPECTED["searches"].items():
            found = collection.search(query, k=10)
            assert found.ids.tolist() == [id_ for id_, _ in expected]
            assert found.scores.tolist() == pytest.approx(
                [score for _, score in expected], abs=1e-5
            )


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


def test_indexing_again_changes_nothing(photos: Path) -> None:
    with Collection(photos / ".firs", create=False) as collection:
        report = collection.add(photos)
        assert (report.added, report.updated, report.removed) == (0, 0, 0)
        assert len(collection) == EXPECTED["images"]

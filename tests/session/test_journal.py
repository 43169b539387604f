from firs.collection.sessions import StoredJournal
from firs.session.journal import Journal, Unsaved


def test_nothing_is_written() -> None:
    journal: Journal = Unsaved()
    journal.append({"kind": "mark"})
    journal.pop()
    id_, other = journal.fork({}, [{"kind": "mark"}])
    assert id_ == ""
    assert isinstance(other, Unsaved)


def test_what_a_collection_keeps_is_a_journal(tmp_path: object) -> None:
    kind: type[Journal] = StoredJournal
    assert {"append", "pop", "fork"} <= set(dir(kind))

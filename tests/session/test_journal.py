from firs.collection.sessions import Journal
from firs.session.history import UnsavedJournal


def test_nothing_is_written() -> None:
    journal: Journal = UnsavedJournal()
    journal.append({"kind": "mark"})
    assert journal.is_current()
    journal.pop()
    id_, other = journal.fork({}, [{"kind": "mark"}])
    assert id_ == ""
    assert isinstance(other, UnsavedJournal)

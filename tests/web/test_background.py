import threading
from collections.abc import Callable, Iterator
from contextlib import closing

import pytest
from starlette.exceptions import HTTPException

from firs.collection import AddReport
from firs.errors import StorageError
from firs.web.jobs import AT_ONCE, MOST_JOBS, Job, Jobs
from firs.web.problems import NotFound
from tests.waiting import wait_until

Progress = Callable[[int, int], None]


@pytest.fixture
def jobs() -> Iterator[Jobs]:
    with closing(Jobs()) as opened:
        yield opened


def ended(job: Job) -> Job:
    wait_until(lambda: not job.is_running, "the job ends")
    return job


class Slow:
    """Work that goes on until it is let go, or stopped."""

    def __init__(self) -> None:
        self.go_on = threading.Event()

    def __call__(self, progress: Progress) -> AddReport:
        while not self.go_on.wait(0.01):
            progress(1, 2)
        progress(2, 2)
        return AddReport(added=2)


def test_a_job_tells_how_far_it_is_and_what_it_did(jobs: Jobs) -> None:
    slow = Slow()
    job = jobs.start("indexing cats", "cats", slow)
    assert jobs.busy_with("cats") == job.status.id
    assert jobs.busy_with("dogs") is None
    slow.go_on.set()
    told = ended(job).status
    assert (told.state, told.done, told.total) == ("done", 2, 2)
    assert told.report is not None
    assert (told.report.added, told.report.problems) == (2, 0)
    assert jobs.busy_with("cats") is None
    assert jobs.get(told.id) is job


def test_one_that_is_asked_to_stop(jobs: Jobs) -> None:
    job = jobs.start("indexing", "cats", Slow())
    job.request_stop()
    told = ended(job).status
    assert told.state == "cancelled"
    assert "is kept" in told.message


def test_one_that_fails_says_why(jobs: Jobs) -> None:
    failed = []

    def full(_: Progress) -> AddReport:
        raise StorageError("The disk is full.")

    job = ended(jobs.start("indexing", "cats", full, lambda: failed.append(True)))
    assert (job.status.state, job.status.message) == ("failed", "The disk is full.")
    assert failed == [True]


def test_what_nobody_foresaw_is_for_the_log(jobs: Jobs, caplog: pytest.LogCaptureFixture) -> None:
    def broken(_: Progress) -> AddReport:
        raise ZeroDivisionError("secret")

    job = ended(jobs.start("indexing", "cats", broken))
    assert job.status.state == "failed"
    assert "secret" not in job.status.message
    assert "ZeroDivisionError: secret" in caplog.text


def test_one_a_collection(jobs: Jobs) -> None:
    first = jobs.start("indexing", "cats", Slow())
    with pytest.raises(HTTPException, match=first.status.id):
        jobs.start("indexing", "cats", Slow())
    assert len(jobs.all()) == 1


def test_not_too_many_at_once(jobs: Jobs) -> None:
    for number in range(AT_ONCE):
        jobs.start("indexing", str(number), Slow())
    with pytest.raises(HTTPException, match="at work"):
        jobs.start("indexing", "one more", Slow())


def test_those_that_ended_long_ago_are_forgotten(jobs: Jobs) -> None:
    for _ in range(MOST_JOBS + 5):
        last = ended(jobs.start("indexing", "cats", lambda _: AddReport()))
    assert len(jobs.all()) == MOST_JOBS
    assert jobs.all()[0] is last
    with pytest.raises(NotFound):
        jobs.get("none")


def test_the_end_stops_all(jobs: Jobs) -> None:
    running = [jobs.start("indexing", name, Slow()) for name in ("cats", "dogs")]
    jobs.close()
    assert [job.status.state for job in running] == ["cancelled"] * 2

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


def test_job_reports_progress_and_result(jobs: Jobs) -> None:
    slow = Slow()
    job = jobs.start("indexing cats", "cats", slow)
    assert jobs.busy_with("cats") == job.status.id
    assert jobs.busy_with("dogs") is None
    slow.go_on.set()
    body = ended(job).status
    assert (body.state, body.done, body.total) == ("done", 2, 2)
    assert body.report is not None
    assert (body.report.added, body.report.problems) == (2, 0)
    assert jobs.busy_with("cats") is None
    assert jobs.get(body.id) is job


def test_job_is_cancelled(jobs: Jobs) -> None:
    job = jobs.start("indexing", "cats", Slow())
    job.request_stop()
    body = ended(job).status
    assert body.state == "cancelled"
    assert "finished remains" in body.message


def test_failed_job_reports_the_reason(jobs: Jobs) -> None:
    failed = []

    def full(_: Progress) -> AddReport:
        raise StorageError("The disk is full.")

    job = ended(jobs.start("indexing", "cats", full, lambda: failed.append(True)))
    assert (job.status.state, job.status.message) == ("failed", "The disk is full.")
    assert failed == [True]


def test_unexpected_error_is_only_logged(jobs: Jobs, caplog: pytest.LogCaptureFixture) -> None:
    def broken(_: Progress) -> AddReport:
        raise ZeroDivisionError("secret")

    job = ended(jobs.start("indexing", "cats", broken))
    assert job.status.state == "failed"
    assert "secret" not in job.status.message
    assert "ZeroDivisionError: secret" in caplog.text


def test_one_job_runs_per_collection(jobs: Jobs) -> None:
    first = jobs.start("indexing", "cats", Slow())
    with pytest.raises(HTTPException, match=first.status.id):
        jobs.start("indexing", "cats", Slow())
    assert len(jobs.all()) == 1


def test_not_too_many_at_once(jobs: Jobs) -> None:
    for number in range(AT_ONCE):
        jobs.start("indexing", str(number), Slow())
    with pytest.raises(HTTPException, match="at work"):
        jobs.start("indexing", "one more", Slow())


def test_old_ended_jobs_are_discarded(jobs: Jobs) -> None:
    for _ in range(MOST_JOBS + 5):
        last = ended(jobs.start("indexing", "cats", lambda _: AddReport()))
    assert len(jobs.all()) == MOST_JOBS
    assert jobs.all()[0] is last
    with pytest.raises(NotFound):
        jobs.get("none")


def test_closing_stops_all_jobs(jobs: Jobs) -> None:
    running = [jobs.start("indexing", name, Slow()) for name in ("cats", "dogs")]
    jobs.close()
    assert [job.status.state for job in running] == ["cancelled"] * 2

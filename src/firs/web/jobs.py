"""Background jobs: one per collection, with progress and a reported end."""

import logging
import secrets
import threading
from collections.abc import Callable
from http import HTTPStatus
from typing import Literal, TypeAlias

from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from firs.collection import AddReport
from firs.errors import FirsError
from firs.web.problems import NotFound

Work: TypeAlias = Callable[[Callable[[int, int], None]], AddReport]
"""The work of a job; its argument is a callback for the amounts done and to do."""

MOST_JOBS, AT_ONCE = 100, 4
_WAIT_SECONDS = 10
_log = logging.getLogger(__name__)


class Report(BaseModel):
    """Counts of images processed by an indexing run."""

    added: int
    updated: int
    moved: int
    unchanged: int
    duplicates: int
    missing: int = Field(description="Indexed images whose files are gone; they stay indexed.")
    removed: int
    filled: int
    captions: int
    captions_without_image: int
    problems: int
    seconds: float

    @classmethod
    def of(cls, report: AddReport) -> "Report":
        """Convert a report to counts."""
        counts = {name: getattr(report, name) for name in cls.model_fields if name != "problems"}
        return cls(problems=len(report.problems), **counts)


class JobResponse(BaseModel):
    """The current state of a job."""

    id: str
    what: str = Field(description="A short description of the job.")
    collection: str = Field(description="The id of the collection that it works on.")
    state: Literal["running", "done", "failed", "cancelled"] = "running"
    done: int = 0
    total: int = 0
    message: str = Field(default="", description="What happened last, such as why it failed.")
    report: Report | None = None


class _Stop(Exception):
    """Raised inside a job to stop it."""


class Job:
    """One job; ``status`` is its current state, replaced on every change."""

    def __init__(self, what: str, collection: str) -> None:
        self.status = JobResponse(id=secrets.token_hex(6), what=what, collection=collection)
        self._stop = threading.Event()

    @property
    def is_running(self) -> bool:
        """Whether it has not ended yet."""
        return self.status.state == "running"

    def request_stop(self) -> None:
        """Let it end at the next batch; committed work remains."""
        self._stop.set()

    def run(self, work: Work, clean_up: Callable[[], None]) -> None:
        """Do the work; call ``clean_up`` before a failure or a stop is reported."""
        try:
            report = work(self._progress)
        except _Stop:
            clean_up()
            self._update(state="cancelled", message="Stopped; what was finished remains.")
        except FirsError as error:
            clean_up()
            self._update(state="failed", message=str(error))
        except Exception:
            _log.exception("the job %r failed", self.status.what)
            clean_up()
            self._update(state="failed", message="It failed; the server's log has the reason.")
        else:
            self._update(state="done", report=Report.of(report))

    def _progress(self, done: int, total: int) -> None:
        self._update(done=done, total=total)
        if self._stop.is_set():
            raise _Stop

    def _update(self, **changes: object) -> None:
        self.status = self.status.model_copy(update=changes)


class Jobs:
    """All jobs since the server started; old finished jobs are discarded."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._jobs: dict[str, Job] = {}
        self._threads: list[threading.Thread] = []

    def all(self) -> list[Job]:
        """Return all jobs, newest first."""
        return list(reversed(self._jobs.values()))

    def get(self, id_: str) -> Job:
        """Return one job.

        Raises:
            NotFound: no job has this id.
        """
        job = self._jobs.get(id_)
        if job is None:
            raise NotFound(f"There is no job {id_!r}; a restart of the server forgets its jobs.")
        return job

    def busy_with(self, collection: str) -> str | None:
        """Return the id of the job that works on a collection, if there is one."""
        running = (job.status for job in self.all() if job.is_running)
        return next((status.id for status in running if status.collection == collection), None)

    def start(
        self, what: str, collection: str, work: Work, clean_up: Callable[[], None] = lambda: None
    ) -> Job:
        """Start a job.

        Args:
            what: a short description of the job.
            collection: the id of the collection that it works on.
            work: the function to run.
            clean_up: called after a failure or a stop, before that is reported.

        Raises:
            HTTPException: a job is running on this collection already, or too many are running.
        """
        with self._lock:
            self._require_capacity(collection)
            job = Job(what, collection)
            self._jobs[job.status.id] = job
            self._forget_old()
            thread = threading.Thread(target=job.run, args=(work, clean_up), daemon=True)
            self._threads = [*filter(threading.Thread.is_alive, self._threads), thread]
            thread.start()
        return job

    def close(self) -> None:
        """Stop all jobs and wait a limited time for them to end."""
        for job in self.all():
            job.request_stop()
        for thread in self._threads:
            thread.join(_WAIT_SECONDS)

    def _require_capacity(self, collection: str) -> None:
        busy = self.busy_with(collection)
        if busy is not None:
            raise HTTPException(
                HTTPStatus.CONFLICT, f"The job {busy} works on this collection; wait, or stop it."
            )
        if sum(job.is_running for job in self.all()) >= AT_ONCE:
            raise HTTPException(
                HTTPStatus.CONFLICT, f"{AT_ONCE} jobs are at work; wait until one has ended."
            )

    def _forget_old(self) -> None:
        ended = [id_ for id_, job in self._jobs.items() if not job.is_running]
        for id_ in ended[: max(0, len(self._jobs) - MOST_JOBS)]:
            del self._jobs[id_]

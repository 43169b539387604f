"""/api/v1/jobs: what is being done in the background."""

import asyncio
from collections.abc import AsyncIterator

from fastapi import APIRouter
from starlette.responses import StreamingResponse

from firs.web.background import Job, JobResponse
from firs.web.state import Current, State
from firs.web.values import JobId

router = APIRouter(prefix="/api/v1/jobs", tags=["jobs"])

LOOK_EVERY, SPEAK_EVERY = 0.2, 15.0
"""Seconds between two looks at a job, and the longest silence in a stream."""


@router.get("")
def list_jobs(state: Current) -> list[JobResponse]:
    """List all jobs since the server started, newest first."""
    return [job.told for job in state.jobs.all()]


@router.get("/{job}")
def show_job(job: JobId, state: Current) -> JobResponse:
    """Return the state of a job."""
    return state.jobs.get(job).told


@router.get(
    "/{job}/events",
    response_class=StreamingResponse,
    responses={200: {"content": {"text/event-stream": {}}, "description": "The job, as it goes."}},
)
async def follow_job(job: JobId, state: Current) -> StreamingResponse:
    """Stream the state of a job on every change until it has ended (server-sent events)."""
    followed = state.jobs.get(job)
    return StreamingResponse(
        _events(followed, state),
        media_type="text/event-stream",
        headers={"X-Accel-Buffering": "no"},
    )


@router.delete("/{job}")
def stop_job(job: JobId, state: Current) -> JobResponse:
    """Request a job to stop; committed work remains."""
    asked = state.jobs.get(job)
    asked.ask_to_stop()
    return asked.told


async def _events(job: Job, state: State) -> AsyncIterator[str]:
    told, silent = None, 0.0
    while not state.closing.is_set():
        now = job.told
        if now is not told:
            told, silent = now, 0.0
            yield f"data: {now.model_dump_json()}\n\n"
        if now.state != "running":
            return
        await asyncio.sleep(LOOK_EVERY)
        silent += LOOK_EVERY
        if silent >= SPEAK_EVERY:
            silent = 0.0
            yield ": still at it\n\n"

"""/api/v1/about: which server this is, and what it can do."""

import sys

from fastapi import APIRouter
from pydantic import BaseModel, Field

from firs import __version__
from firs.feedback import FEEDBACKS
from firs.search import QUERY_STRATEGIES
from firs.web.refining import refiners_here
from firs.web.state import Current

router = APIRouter(prefix="/api/v1", tags=["about"])


class MethodResponse(BaseModel):
    """A feedback method."""

    name: str
    told: str


class About(BaseModel):
    """Description of this server and of what clients can request."""

    name: str = "QT-FIRS"
    version: str = __version__
    methods: list[MethodResponse]
    refiners: list[str] = Field(description="What can suggest other words here.")
    ways: list[str] = Field(description="How queries of several terms are answered.")
    max_upload_bytes: int


@router.get("/about")
def about(state: Current) -> About:
    """Describe this server and its capabilities."""
    return About(
        methods=[MethodResponse(name=name, told=_summary(name)) for name in FEEDBACKS],
        refiners=refiners_here(),
        ways=list(QUERY_STRATEGIES),
        max_upload_bytes=state.settings.limits.upload_bytes,
    )


def _summary(method: str) -> str:
    """Return the first line of a method's module docstring, without its name."""
    line = (sys.modules[FEEDBACKS.load(method).__module__].__doc__ or "").partition("\n")[0]
    told = line.partition(": ")[2] or line
    return told[:1].upper() + told[1:]

"""/api/v1/about: which server this is, and what it can do."""

from fastapi import APIRouter
from pydantic import BaseModel, Field

from firs import __version__
from firs.feedback import FEEDBACKS
from firs.search import ANSWERINGS
from firs.web.state import Current

router = APIRouter(prefix="/api/v1", tags=["about"])


class MethodTold(BaseModel):
    """A way to turn marks into the next round."""

    name: str
    told: str


class About(BaseModel):
    """What a client may ask of this server."""

    name: str = "QT-FIRS"
    version: str = __version__
    methods: list[MethodTold]
    ways: list[str] = Field(description="How queries of several terms are answered.")
    max_upload_bytes: int


@router.get("/about")
def about(state: Current) -> About:
    """Tell which server this is, and what it can do."""
    return About(
        methods=[MethodTold(name=name, told=_told(name)) for name in FEEDBACKS],
        ways=list(ANSWERINGS),
        max_upload_bytes=state.settings.limits.upload_bytes,
    )


def _told(method: str) -> str:
    """The first line that a method says of itself."""
    return (FEEDBACKS.load(method).__doc__ or "").partition("\n")[0]

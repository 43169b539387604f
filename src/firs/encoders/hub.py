"""Models from a hub: only on request, announced, resumed and verified; with a clear error offline.

Files lie where ``huggingface_hub`` keeps them (``HF_HOME``), and what lies there is used without
asking the hub again.
"""

import hashlib
import logging
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from firs.errors import EncoderError

log = logging.getLogger(__name__)

Choice = Callable[[Sequence[str]], Sequence[str]]
"""Of a repository's file names, those that are needed; none where it is of the wrong kind."""

ANSWER_WITHIN = 10.0
"""Seconds that a hub has to answer before it counts as out of reach."""


def find_in_cache(repository: str, choice: Choice) -> Path | None:
    """Return the folder of a repository's files if all required files are on this machine."""
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import LocalEntryNotFoundError

    try:
        folder = Path(snapshot_download(repository, local_files_only=True, allow_patterns=[]))
    except LocalEntryNotFoundError:
        return None
    here = [path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()]
    return folder if choice(here) else None


def fetch(repository: str, choice: Choice, name: str, backend: str) -> Path:
    """Return the folder of a repository's files, downloaded where they are not here yet.

    Raises:
        EncoderError: the hub cannot be reached, refuses, or gives something else; the message
            explains how to do without it.
    """
    folder = find_in_cache(repository, choice)
    if folder is not None:
        return folder
    try:
        return _download(repository, choice, name)
    except EncoderError:
        raise
    except Exception as error:  # hubs, proxies and disks fail in more ways than one base names
        raise EncoderError(_unreachable(name, repository, backend, _reason(error))) from error


def _unreachable(name: str, repository: str, backend: str, reason: str) -> str:
    return (
        f"{name} is not on this machine and cannot be downloaded ({repository}): {reason}. "
        f"Copy its files from another machine into a folder, and name that: {backend}:/that/folder "
        "(docs/encoders.md lists the files). 'mini' works now, without any."
    )


@contextmanager
def without_hub() -> Iterator[None]:
    """Keep other libraries from asking a hub for what is here: they would wait, and retry."""
    from huggingface_hub import constants

    before = constants.HF_HUB_OFFLINE
    constants.HF_HUB_OFFLINE = True
    try:
        yield
    finally:
        constants.HF_HUB_OFFLINE = before


def _download(repository: str, choice: Choice, name: str) -> Path:
    from huggingface_hub import HfApi, constants, errors, snapshot_download

    if constants.HF_HUB_OFFLINE:
        raise errors.OfflineModeIsEnabled
    api = HfApi(endpoint=constants.ENDPOINT)
    info = api.model_info(repository, files_metadata=True, timeout=ANSWER_WITHIN)
    offered = {each.rfilename: each for each in info.siblings or ()}
    wanted = choice(list(offered))
    if not wanted:
        raise EncoderError(
            f"{repository} holds no model that {name} could be; it offers "
            f"{', '.join(sorted(offered)[:8]) or 'nothing'}. See docs/encoders.md for the layouts."
        )
    size = sum(offered[each].size or 0 for each in wanted)
    log.warning("Downloading %s: %s from %s.", name, _megabytes(size), repository)
    folder = snapshot_download(
        repository,
        allow_patterns=[_literal(each) for each in wanted],
        endpoint=constants.ENDPOINT,
    )
    damaged = [each for each in wanted if _is_damaged(Path(folder) / each, offered[each].lfs)]
    for each in damaged:
        (Path(folder) / each).resolve().unlink()
        (Path(folder) / each).unlink(missing_ok=True)
    if damaged:
        raise EncoderError(
            f"{name}: {', '.join(damaged)} arrived damaged and was removed; ask for it again."
        )
    return Path(folder)


def _is_damaged(path: Path, stated: Any) -> bool:
    """Compare what came with what the hub states, which it does for large files."""
    digest = getattr(stated, "sha256", None)
    if digest is None:
        return False
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() != str(digest)


def _literal(name: str) -> str:
    """Return a pattern that matches this name alone."""
    return "".join(f"[{mark}]" if mark in "*?[" else mark for mark in name)


def _megabytes(size: int) -> str:
    return f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{size / 1e6:.0f} MB"


def _reason(error: Exception) -> str:
    from huggingface_hub import errors

    if isinstance(error, errors.OfflineModeIsEnabled):
        return "HF_HUB_OFFLINE forbids it"
    if isinstance(error, errors.GatedRepoError):
        return "its owner wants its terms accepted and a login first"
    if isinstance(error, errors.RepositoryNotFoundError):
        return "the hub knows no such model, or wants a login (401, 404)"
    if isinstance(error, errors.HfHubHTTPError) and error.response is not None:
        return f"the hub answers {error.response.status_code}"
    if "Timeout" in type(error).__name__:
        return "the hub does not answer in time"
    if isinstance(error, OSError) and error.errno is not None and error.strerror:
        return error.strerror.lower()
    told = re.sub(r"\[Errno[^]]*\] *", "", str(error)).strip().splitlines()
    return f"the hub cannot be reached ({told[0].lower() if told else 'no answer'})"

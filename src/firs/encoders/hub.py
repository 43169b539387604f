"""Models from a hub: only on request, announced, resumed and verified; with a clear error offline.

Files are stored in the cache of ``huggingface_hub`` (``HF_HOME``); cached files are used without
network access.
"""

import glob
import hashlib
import logging
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from firs.errors import EncoderError, InputError

log = logging.getLogger(__name__)

FileSelector = Callable[[Sequence[str]], Sequence[str]]
"""A function: a repository's file names → those an encoder needs; none if some are missing."""

TIMEOUT = 10.0
"""Seconds that a hub has to respond."""

SETTINGS = (".json", ".txt", ".model")


def locate(source: str, select: FileSelector, name: str, backend: str) -> Path:
    """Return a folder as it is, and the folder of a repository after downloading its files.

    Args:
        source: a folder, or a name on a hub (owner/model).
        select: selects the required files of the repository.
        name: the name of the model, for messages.
        backend: the name that opens a folder in place of the repository, for messages.

    Raises:
        InputError: the source is neither a folder nor a name on a hub.
        EncoderError: the files cannot be downloaded.
    """
    folder = Path(source).expanduser()
    if folder.is_dir():
        return folder.resolve()
    owner, _, model = source.partition("/")
    if not owner or not model or "/" in model or owner.startswith((".", "~")):
        raise InputError(f"{source} is neither a folder here nor a name on a hub (owner/model).")
    return fetch(source, select, name, backend)


def find_in_cache(repository: str, select: FileSelector) -> Path | None:
    """Return the folder of a repository's files if all required files are on this machine."""
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import LocalEntryNotFoundError

    try:
        folder = Path(snapshot_download(repository, local_files_only=True, allow_patterns=[]))
    except LocalEntryNotFoundError:
        return None
    here = [path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()]
    return folder if select(here) else None


def fetch(repository: str, select: FileSelector, name: str, backend: str) -> Path:
    """Return the folder of a repository's files, downloading them if they are not cached.

    Raises:
        EncoderError: the hub cannot be reached, refuses, or has other files; the message explains
            how to proceed without it.
    """
    folder = find_in_cache(repository, select)
    if folder is not None:
        return folder
    try:
        return _download(repository, select, name)
    except EncoderError:
        raise
    except Exception as error:  # hubs, proxies and disks fail in more ways than one base names
        raise EncoderError(
            f"{name} is not on this machine and cannot be downloaded ({repository}): "
            f"{_reason(error)}. Copy its files from another machine into a folder, and name that: "
            f"{backend}:/that/folder (docs/encoders.md lists the files). 'mini' works now, without "
            "any files."
        ) from error


@contextmanager
def without_hub() -> Iterator[None]:
    """Keep other libraries from requesting cached files from a hub: they would wait, and retry."""
    from huggingface_hub import constants

    before = constants.HF_HUB_OFFLINE
    constants.HF_HUB_OFFLINE = True
    try:
        yield
    finally:
        constants.HF_HUB_OFFLINE = before


def _download(repository: str, select: FileSelector, name: str) -> Path:
    from huggingface_hub import HfApi, constants, errors, snapshot_download

    if constants.HF_HUB_OFFLINE:
        raise errors.OfflineModeIsEnabled
    api = HfApi(endpoint=constants.ENDPOINT)
    info = api.model_info(repository, files_metadata=True, timeout=TIMEOUT)
    offered = {each.rfilename: each for each in info.siblings or ()}
    required = select(list(offered))
    if not required:
        raise EncoderError(
            f"{repository} contains no model that fits {name}; it has "
            f"{', '.join(sorted(offered)[:8]) or 'no files'}. See docs/encoders.md for the layouts."
        )
    size = sum(offered[each].size or 0 for each in required)
    log.warning("Downloading %s: %s from %s.", name, _megabytes(size), repository)
    folder = snapshot_download(
        repository,
        allow_patterns=[glob.escape(each) for each in required],
        endpoint=constants.ENDPOINT,
    )
    damaged = [each for each in required if _is_damaged(Path(folder) / each, offered[each].lfs)]
    for each in damaged:
        (Path(folder) / each).resolve().unlink()
        (Path(folder) / each).unlink(missing_ok=True)
    if damaged:
        raise EncoderError(
            f"{name}: {', '.join(damaged)} arrived damaged and was removed; download it again."
        )
    return Path(folder)


def _is_damaged(path: Path, stated: Any) -> bool:
    """Compare a file with the digest that the hub states, which it does for large files."""
    digest = getattr(stated, "sha256", None)
    if digest is None:
        return False
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() != str(digest)


def _megabytes(size: int) -> str:
    return f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{size / 1e6:.0f} MB"


def _reason(error: Exception) -> str:
    from huggingface_hub import errors

    if isinstance(error, errors.OfflineModeIsEnabled):
        return "HF_HUB_OFFLINE forbids it"
    if isinstance(error, errors.GatedRepoError):
        return "its owner requires a login and that you accept its terms first"
    if isinstance(error, errors.RepositoryNotFoundError):
        return "the hub has no such model, or requires a login (401, 404)"
    if isinstance(error, errors.HfHubHTTPError) and error.response is not None:
        return f"the hub responds with {error.response.status_code}"
    if "Timeout" in type(error).__name__:
        return "the hub does not respond in time"
    if isinstance(error, OSError) and error.errno is not None and error.strerror:
        return error.strerror.lower()
    lines = re.sub(r"\[Errno[^]]*\] *", "", str(error)).strip().splitlines()
    return f"the hub cannot be reached ({lines[0].lower() if lines else 'no response'})"


def transformers_files(offered: Sequence[str]) -> list[str]:
    """Return the files of a checkpoint: its settings and one form of its weights."""
    top = [name for name in offered if "/" not in name]
    weights = [name for name in top if name.endswith(".safetensors")]
    weights = weights or [name for name in top if name.startswith("pytorch_model")]
    if not (weights and {"config.json", "preprocessor_config.json"} <= set(top)):
        return []
    settings = [name for name in top if name.endswith(SETTINGS)]
    return [*settings, *(name for name in weights if name not in settings)]


def openclip_weights(offered: Sequence[str]) -> list[str]:
    """Return one form of OpenCLIP's weights, and the settings; none without weights."""
    top = [name for name in offered if "/" not in name]
    ours = [name for name in top if name.startswith("open_clip")] or top
    for suffix in (".safetensors", ".bin", ".pt"):
        weights = [name for name in ours if name.endswith(suffix)]
        if weights:
            return [*weights, *(name for name in top if name.endswith(SETTINGS))]
    return []


def tokenizer_files(offered: Sequence[str]) -> list[str]:
    """Return the files of a tokenizer and its settings; none without a tokenizer."""
    found = [name for name in offered if "/" not in name and name.endswith(SETTINGS)]
    return found if any(name.startswith(("tokenizer", "vocab", "spiece")) for name in found) else []

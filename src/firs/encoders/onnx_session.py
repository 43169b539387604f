"""ONNX Runtime sessions, made one way for every encoder that runs on them."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

from firs.errors import EncoderError

if TYPE_CHECKING:
    from onnxruntime import InferenceSession, SessionOptions

PROVIDERS = (
    "CUDAExecutionProvider",
    "CoreMLExecutionProvider",
    "OpenVINOExecutionProvider",
    "CPUExecutionProvider",
)
"""What may run a model, the most wanted first; those that the installed runtime lacks are left."""


def open_session(model: Path | bytes, *, threads: int | None = None) -> "InferenceSession":
    """Open a model for inference.

    Args:
        model: an ``.onnx`` file (weights next to it are found), or a whole model in memory.
        threads: how many work on one operator; by default as many as this process may run on,
            or ``OMP_NUM_THREADS``.

    Raises:
        EncoderError: the file is absent, truncated, or no model that this runtime can run.
    """
    import onnxruntime

    if isinstance(model, Path) and not model.is_file():
        raise EncoderError(f"{model} is not there; put the model's files in place or download it.")
    source = model if isinstance(model, bytes) else str(model)
    available = set(onnxruntime.get_available_providers())
    try:
        return onnxruntime.InferenceSession(
            source, _options(threads), providers=[name for name in PROVIDERS if name in available]
        )
    except Exception as error:  # the runtime's errors share no base but this one
        raise EncoderError(_unreadable(model, error)) from error


def usable_cores() -> int:
    """How many processors this process may run on; containers allow fewer than there are."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def threads_to_use() -> int:
    """How many threads compute: ``OMP_NUM_THREADS``, as Ray sets it for an actor, or all cores."""
    told = os.environ.get("OMP_NUM_THREADS", "").partition(",")[0]
    return int(told) if told.isdecimal() and int(told) else usable_cores()


def _options(threads: int | None) -> "SessionOptions":
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads or threads_to_use()
    options.log_severity_level = 3  # what matters comes as an exception
    # A waiting thread that spins takes a core from the thread that decodes the next pictures.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return options


def _unreadable(model: Path | bytes, error: Exception) -> str:
    what = "The model" if isinstance(model, bytes) else str(model)
    return (
        f"{what} cannot be run; it may be truncated: delete it and get it again. "
        f"The reason given: {error}"
    )

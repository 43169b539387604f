"""Sessions of ONNX Runtime, and messages about models that cannot be opened."""

import os
from pathlib import Path

import pytest

from firs.encoders import base
from firs.encoders.base import open_session
from firs.errors import EncoderError


def test_an_absent_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(EncoderError, match=r"absent\.onnx does not exist"):
        open_session(tmp_path / "absent.onnx")


@pytest.mark.parametrize("content", [b"", b"not a model at all" * 9])
def test_damaged_file_is_named_with_advice(tmp_path: Path, content: bytes) -> None:
    model = tmp_path / "model.onnx"
    model.write_bytes(content)
    with pytest.raises(EncoderError, match=r"model\.onnx cannot be run.*download it again"):
        open_session(model)


def test_damaged_bytes_are_refused_too() -> None:
    with pytest.raises(EncoderError, match="The model cannot be run"):
        open_session(b"not a model")


def test_threads_follow_what_the_process_may_use(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1, 2}, raising=False)
    assert base._options(None, optimized=False).intra_op_num_threads == 3
    assert base._options(1, optimized=False).intra_op_num_threads == 1


def test_idle_threads_do_not_spin() -> None:
    options = base._options(None, optimized=False)
    assert options.get_session_config_entry("session.intra_op.allow_spinning") == "0"


@pytest.mark.parametrize(("limit", "expected"), [("3", 3), ("2,4", 2), ("", 0), ("0", 0), ("x", 0)])
def test_number_of_threads_from_the_environment(
    limit: str, expected: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", limit)
    assert base.threads_to_use() == (expected or base.usable_cores())

"""``firs encoders``, as a person types it."""

import json
from pathlib import Path

import pytest
from huggingface_hub import constants

from tests.cli.conftest import Firs


@pytest.fixture(autouse=True)
def no_hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty cache, and no hub to ask."""
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)


def test_list_of_encoders(firs: Firs) -> None:
    done = firs("encoders")
    lines = [line.split("\t") for line in done.out.splitlines()]
    assert lines[0][:5] == ["name", "", "download", "dim", "COCO"]
    assert lines[1][:3] == ["mini", "here", "built in"]
    rows = {line[0]: line for line in lines}
    assert rows["clip-vit-b32"][2:6] == ["605 MB", "512", "30.4", "58.8"]
    assert rows["eva02-l14"][-1] == "openclip"
    (best,) = [line[0] for line in lines if line[1] == "recommended"]
    assert f"--encoder {best}" in done.err


def test_list_as_json(firs: Firs) -> None:
    rows = json.loads(firs("encoders", "--json").out)
    assert {"name", "repository", "licence", "coco", "figures", "here", "recommended"} <= set(
        rows[0]
    )
    assert sum(row["recommended"] for row in rows) == 1


def test_get_of_a_downloaded_encoder(firs: Firs) -> None:
    done = firs("encoders", "get", "mini")
    assert done.code == 0
    assert "firs index DIR --encoder mini" in done.err


def test_error_without_a_hub(firs: Firs) -> None:
    failed = firs("encoders", "get", "siglip2-base")
    assert (failed.code, failed.err.count("\n")) == (1, 1)
    assert failed.err.startswith("error: siglip2-base is not on this machine")
    assert "'mini' works now" in failed.err


def test_missing_arguments(firs: Firs) -> None:
    assert "Which encoder?" in firs("encoders", "get").err
    assert "Export it where?" in firs("encoders", "export", "mini").err
    assert "not a model of PyTorch" in firs("encoders", "export", "mini", "out").err

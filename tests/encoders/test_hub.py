"""Models are downloaded only on request, announced and verified; without a hub, one clear line."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from huggingface_hub import constants

from firs.encoders import hub, open_encoder
from firs.errors import EncoderError
from tests.encoders.hub_server import Hub, running
from tests.encoders.layout import CAPTIONS, DIM, write_layout

REPOSITORY = "immich-app/ViT-B-32__openai"
NAME = f"onnx:{REPOSITORY}"


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """A hub of our own, with an empty cache."""
    with running() as server:
        template = "{endpoint}/{repo_id}/resolve/{revision}/{filename}"
        monkeypatch.setattr(constants, "ENDPOINT", server.url)
        monkeypatch.setattr(
            constants, "HUGGINGFACE_CO_URL_TEMPLATE", template.replace("{endpoint}", server.url)
        )
        monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
        monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
        monkeypatch.setattr(constants, "HF_HUB_DISABLE_XET", True)
        monkeypatch.setattr(constants, "HF_HUB_DISABLE_TELEMETRY", True)
        server.repositories[REPOSITORY] = write_layout(tmp_path / "offered")
        yield server


def test_a_model_is_announced_downloaded_and_found_again_without_a_hub(
    server: Hub, caplog: pytest.LogCaptureFixture
) -> None:
    (server.repositories[REPOSITORY] / "visual" / "model.armnn").write_bytes(b"not for us")
    with caplog.at_level(logging.WARNING):
        encoder = open_encoder("clip-vit-b32")
    assert encoder.encode_texts(CAPTIONS).shape == (3, DIM)
    assert "Downloading clip-vit-b32: 0 MB from immich-app/ViT-B-32__openai." in caplog.text
    assert not [path for path in server.requested if "armnn" in path]
    server.answer, before = 503, len(server.requested)
    again = open_encoder("clip-vit-b32")
    assert again.fingerprint == encoder.fingerprint
    assert len(server.requested) == before


def test_a_hub_copy_and_a_folder_of_the_same_files_are_the_same_encoder(server: Hub) -> None:
    folder = server.repositories[REPOSITORY]
    assert open_encoder(NAME).fingerprint == open_encoder(f"onnx:{folder}").fingerprint


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (401, r"has no such model, or requires a login \(401, 404\)"),
        (403, "the hub responds with 403"),
        (404, r"\(401, 404\)|responds with 404"),
    ],
)
def test_a_hub_that_refuses_gets_one_clear_line(server: Hub, answer: int, reason: str) -> None:
    server.answer = answer
    with pytest.raises(EncoderError, match=reason) as caught:
        open_encoder("clip-vit-b32")
    message = str(caught.value)
    assert message.startswith("clip-vit-b32 is not on this machine and cannot be downloaded")
    assert "onnx:/that/folder" in message
    assert "'mini' works now" in message


def test_a_hub_that_does_not_answer_is_not_waited_for(
    server: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub, "TIMEOUT", 0.2)
    server.is_slow = True
    with pytest.raises(EncoderError, match="the hub does not respond in time"):
        open_encoder("clip-vit-b32")


def test_unreachable_hub_is_reported(server: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(constants, "ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(EncoderError, match=r"the hub cannot be reached \(.*refused"):
        open_encoder("clip-vit-b32")


def test_offline_mode_is_respected(server: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(EncoderError, match="HF_HUB_OFFLINE forbids it"):
        open_encoder("clip-vit-b32")
    assert not server.requested


def test_damaged_download_is_removed(server: Hub) -> None:
    server.damage = True
    with pytest.raises(EncoderError, match="arrived damaged and was removed"):
        open_encoder("clip-vit-b32")
    server.damage = False
    assert open_encoder("clip-vit-b32").encode_texts(["a"]).shape == (1, DIM)


def test_an_interrupted_download_goes_on_where_it_stopped(
    server: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(constants, "DOWNLOAD_CHUNK_SIZE", 100_000)
    monkeypatch.setattr("huggingface_hub.file_download.time.sleep", lambda _: None)
    weights = server.repositories[REPOSITORY] / "visual" / "model.onnx.data"
    weights.write_bytes(bytes(240_000))
    server.break_after = 120_000
    with pytest.raises(EncoderError, match="cannot be downloaded"):
        open_encoder("clip-vit-b32")
    server.break_after = None
    assert open_encoder("clip-vit-b32").encode_texts(["a"]).shape == (1, DIM)
    assert any("model.onnx.data bytes=1" in each for each in server.requested)


def test_a_repository_of_another_kind_is_refused(server: Hub, tmp_path: Path) -> None:
    server.repositories["some/words"] = tmp_path / "words"
    (tmp_path / "words").mkdir()
    (tmp_path / "words" / "README.md").write_text("no model here")
    with pytest.raises(EncoderError, match=r"some/words contains no model .*; it has README\.md"):
        open_encoder("onnx:some/words")


def test_a_precision_that_is_not_published_is_refused(server: Hub) -> None:
    with pytest.raises(EncoderError, match="contains no model that fits clip-vit-b32@int8"):
        open_encoder("clip-vit-b32@int8")

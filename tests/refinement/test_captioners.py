"""What every captioner promises, and what each does of its own."""

import base64
import io
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PIL.Image import Exif

from firs.errors import MissingExtra, RefinementError
from firs.refinement import CAPTIONERS, Captioner, Picture
from firs.refinement.captioners import SIDE, Bank, OpenAiCaptioner
from tests.fakes import FakeEncoder
from tests.refinement.chat_server import KEY, ChatServer

ENCODER = FakeEncoder()
TEXTS = ("a red thing", "a green thing", "a blue thing", "a white thing")


def picture(colour: str, *captions: str, size: tuple[int, int] = (64, 48)) -> Picture:
    image = Image.new("RGB", size, colour)
    return Picture(lambda: image, ENCODER.encode_images([image])[0], captions)


def bank(captions: int = 2) -> Bank:
    return Bank(TEXTS, ENCODER.encode_texts(TEXTS), "fake", captions)


@pytest.fixture
def asking(server: ChatServer) -> Iterator[OpenAiCaptioner]:
    """One that asks the server."""
    with closing(OpenAiCaptioner(server.settings())) as opened:
        yield opened


@pytest.fixture(params=["bank", "openai"])
def captioner(request: pytest.FixtureRequest, asking: OpenAiCaptioner) -> Captioner:
    assert request.param in CAPTIONERS
    return bank() if request.param == "bank" else asking


def test_keeps_the_protocol(captioner: Captioner) -> None:
    assert isinstance(captioner, Captioner)
    assert captioner.spent == (0, 0)


def test_gives_captions_of_one_line(captioner: Captioner) -> None:
    captions = captioner.caption(picture("red"))
    assert captions
    assert all(caption.strip() and caption.isprintable() for caption in captions)


def test_says_the_same_of_the_same(captioner: Captioner) -> None:
    assert captioner.caption(picture("red")) == captioner.caption(picture("red"))


def test_its_key_is_the_same_each_time_and_holds_no_secret(captioner: Captioner) -> None:
    assert captioner.key == captioner.key
    assert KEY not in captioner.key


def test_the_bank_gives_what_lies_nearest() -> None:
    assert bank().caption(picture("green"))[0] == "a green thing"


def test_an_images_own_captions_come_first() -> None:
    told = bank(3).caption(picture("blue", "my boat", "a blue thing"))
    assert told[:2] == ("my boat", "a blue thing")
    assert len(told) == len(set(told)) == 3


def test_the_bank_never_looks_at_the_picture() -> None:
    def gone() -> Image.Image:
        raise FileNotFoundError

    assert bank().caption(Picture(gone, ENCODER.encode_texts(["red"])[0]))[0] == "a red thing"


def test_another_bank_has_another_key() -> None:
    assert bank().key != bank(3).key
    assert bank().key != Bank(TEXTS[:2], ENCODER.encode_texts(TEXTS[:2]), "fake", 2).key
    assert Bank((), np.empty((0, ENCODER.dim), np.float32), "fake").caption(picture("red")) == ()


def test_what_is_sent_is_small_and_tells_nothing_but_the_picture(
    server: ChatServer, asking: OpenAiCaptioner
) -> None:
    large = Image.new("RGB", (2_000, 1_000), "red")
    exif = Exif()
    exif[0x010E] = "at home"
    large.info["exif"] = exif.tobytes()
    asking.caption(Picture(lambda: large, np.zeros(1, np.float32)))
    text, image = server.asked[0]["messages"][0]["content"]
    assert text["type"] == "text"
    kind, _, data = image["image_url"]["url"].partition(",")
    assert kind == "data:image/jpeg;base64"
    sent = Image.open(io.BytesIO(base64.b64decode(data)))
    assert sent.size == (SIDE, SIDE // 2)
    assert not sent.getexif()


def test_tokens_are_counted(asking: OpenAiCaptioner) -> None:
    asking.caption(picture("red"))
    asking.caption(picture("blue"))
    assert asking.spent == (600, 24)


def test_another_model_or_temperature_is_another_captioner(server: ChatServer) -> None:
    keys = {
        OpenAiCaptioner(server.settings(**more)).key
        for more in ({}, {"model": "large"}, {"temperature": 0.0})
    }
    assert len(keys) == 3


def test_a_caption_without_end_is_not_used(server: ChatServer, asking: OpenAiCaptioner) -> None:
    server.answer = "very " * 1_000
    with pytest.raises(RefinementError, match="caption of 4,999 characters; that is not used"):
        asking.caption(picture("red"))


def test_a_local_model_needs_its_extra(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(__import__("sys").modules, "transformers", None)
    with pytest.raises(MissingExtra, match=r"qt-firs\[torch\]"):
        CAPTIONERS.load("transformers")(str(tmp_path)).caption(picture("red"))

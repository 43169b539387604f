from collections.abc import Callable

import pytest
from PIL import Image

from firs.errors import InputError
from firs.explanation.api import CACHE_SIZE, ExplanationCache, ExplanationKey
from tests.fakes import FakeEncoder


@pytest.fixture
def looked() -> list[str]:
    return []


def reader(looked: list[str], name: str) -> Callable[[], Image.Image]:
    def read() -> Image.Image:
        looked.append(name)
        return Image.new("RGB", (8, 8), "red")

    return read


def test_the_same_is_explained_once(looked: list[str]) -> None:
    cache, encoder = ExplanationCache(), FakeEncoder()
    one = cache.get(ExplanationKey("a", "red"), encoder, reader(looked, "a"))
    assert cache.get(ExplanationKey("a", "red"), encoder, reader(looked, "a")) is one
    assert looked == ["a"]


def test_other_words_methods_pictures_and_weights_are_others(looked: list[str]) -> None:
    cache, encoder = ExplanationCache(), FakeEncoder()
    for key in (
        ExplanationKey("a", "red"),
        ExplanationKey("a", "sea"),
        ExplanationKey("b", "red"),
        ExplanationKey("a", "red", "words"),
    ):
        cache.get(key, encoder, reader(looked, "a"))
    cache.get(ExplanationKey("a", "red"), FakeEncoder(fingerprint="0"), reader(looked, "a"))
    assert len(looked) == 5


def test_the_oldest_goes(looked: list[str]) -> None:
    cache, encoder = ExplanationCache(), FakeEncoder()
    for at in range(CACHE_SIZE + 1):
        cache.get(ExplanationKey(str(at), "red", "words"), encoder, reader(looked, str(at)))
    cache.get(ExplanationKey("1", "red", "words"), encoder, reader(looked, "again 1"))
    cache.get(ExplanationKey("0", "red", "words"), encoder, reader(looked, "again 0"))
    assert looked[-1] == "again 0"
    assert "again 1" not in looked


def test_error_is_not_cached(looked: list[str]) -> None:
    cache, encoder = ExplanationCache(), FakeEncoder()
    for _ in range(2):
        with pytest.raises(InputError, match="There is no word"):
            cache.get(ExplanationKey("a", "?"), encoder, reader(looked, "a"))
    assert cache.get(ExplanationKey("a", "red"), encoder, reader(looked, "a")).score

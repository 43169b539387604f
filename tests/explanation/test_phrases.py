import pytest

from firs.errors import InputError
from firs.explanation.words import MAX_PHRASES, phrases


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a dog", ["a dog"]),
        ("A child in pink is climbing up a set of stairs", ["A child", "pink", "a set", "stairs"]),
        ("two dogs, a cat and a dog", ["two dogs", "a cat", "a dog"]),
        ("running water", ["running water"]),
        ("a dog and a dog", ["a dog"]),
        ("on the", ["on the"]),
        ("dog in the snow; my ball ;", ["dog in the snow", "my ball"]),
        ("собака на снегу", ["собака на снегу"]),
    ],
)  # fmt: skip
def test_phrases_stand_between_small_words(text: str, found: list[str]) -> None:
    assert phrases(text) == found


def test_there_are_not_too_many() -> None:
    assert len(phrases(", ".join(f"thing {at}" for at in range(50)))) == MAX_PHRASES


@pytest.mark.parametrize("text", ["", ";;", " . "])
def test_a_text_without_words_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="There is no word in"):
        phrases(text)

import numpy as np
import pytest
from PIL import Image

from firs.encoders.mini import Mini
from firs.errors import InputError
from firs.explanation.base import MAX_WORDS, EncodedWords, remove_word, require_words
from firs.explanation.words import LeaveOneOut
from firs.samples import Scene
from tests.fakes import FakeEncoder


def test_the_word_that_the_picture_shows_carries_the_match() -> None:
    [explained] = LeaveOneOut(FakeEncoder()).explain(
        [Image.new("RGB", (8, 8), "red")], "one red square"
    )
    assert [(word.word, word.start) for word in explained.words] == [
        ("one", 0),
        ("red", 4),
        ("square", 8),
    ]
    assert max(explained.words, key=lambda word: word.share).word == "red"
    assert explained.map is None


def test_share_is_the_drop_of_the_score(mini: Mini, scene: Scene) -> None:
    text = "a white dog"
    [explained] = LeaveOneOut(mini).explain([scene.image], text)
    picture = mini.encode_images([scene.image])[0]
    whole, less = mini.encode_texts([text, "a white"]) @ picture
    assert explained.score == pytest.approx(whole, abs=1e-6)
    assert explained.words[-1].share == pytest.approx(whole - less, abs=1e-6)


def test_a_word_alone_has_all_of_the_score(mini: Mini, scene: Scene) -> None:
    [explained] = LeaveOneOut(mini).explain([scene.image], "  dog! ")
    [word] = explained.words
    assert (word.word, word.start) == ("dog!", 2)
    assert word.share == pytest.approx(explained.score)


@pytest.mark.parametrize("text", ["", "   ", "?!", "-- …"])
def test_a_text_without_words_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="There is no word in"):
        require_words(text)


def test_a_long_text_is_judged_word_by_word_up_to_a_bound() -> None:
    encoder = FakeEncoder()
    shares = EncodedWords(encoder, "red " * (MAX_WORDS + 1)).shares(
        encoder.encode_texts(["red"])[0]
    )
    assert len(shares) == MAX_WORDS


def test_words_of_other_scripts_are_words() -> None:
    assert [word[0] for word in require_words("собака — 犬")] == ["собака", "犬"]


def test_word_is_removed_at_its_position() -> None:
    words = require_words("the dog the cat")
    assert [remove_word("the dog the cat", word).split() for word in words[1:3]] == [
        ["the", "the", "cat"],
        ["the", "dog", "cat"],
    ]


def test_many_pictures_share_one_reading(mini: Mini, scene: Scene) -> None:
    both = LeaveOneOut(mini).explain([scene.image, Image.new("RGB", (9, 9))], "a dog")
    assert len(both) == 2
    assert both[0].score != both[1].score
    assert np.isfinite([word.share for explained in both for word in explained.words]).all()

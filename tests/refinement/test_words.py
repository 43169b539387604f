from firs.refinement.terms import STOP_WORDS, phrases, stem, terms, words


def test_words_of_any_script() -> None:
    assert words("Ein Hund läuft; 2 Hunde, быстро!") == ["ein", "hund", "läuft", "hunde", "быстро"]


def test_what_says_nothing_is_left_out() -> None:
    assert terms("There is a photo of two dogs in the snow") == ["dogs", "snow"]
    assert not STOP_WORDS & {"dog", "snow", "red", "man"}


def test_a_phrase_is_two_words_side_by_side() -> None:
    assert list(phrases("a black dog on wet grass")) == ["black dog", "wet grass"]
    assert list(phrases("snow")) == []


def test_endings_make_no_other_word() -> None:
    assert len({stem(word) for word in ("jump", "jumps", "jumping", "jumped")}) == 1
    assert stem("grass") == "grass"
    assert stem("dog") != stem("door")

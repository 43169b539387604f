import pytest

from firs.errors import InputError
from firs.refinement import Added, Piece, Suggestion, difference, suggestion_from_text


def pieces(old: str, new: str) -> str:
    signs = {"same": "", "gone": "-", "new": "+"}
    return " ".join(f"{signs[piece.kind]}[{piece.text}]" for piece in difference(old, new))


def test_words_that_came_and_went_are_told_apart() -> None:
    assert pieces("a dog runs", "a brown dog runs") == "[a] +[brown] [dog runs]"
    assert pieces("a dog on a beach", "a dog in the snow") == "[a dog] -[on a beach] +[in the snow]"
    assert pieces("", "a dog") == "+[a dog]"
    assert pieces("a dog", "") == "-[a dog]"


def test_capitals_and_full_stops_are_no_difference() -> None:
    assert pieces("A dog runs.", "a dog runs") == "[a dog runs]"


def test_all_of_the_new_text_is_there() -> None:
    new = "A  small dog, in deep snow"
    told = [piece.text for piece in difference("a dog", new) if piece.kind != "gone"]
    assert " ".join(told) == "A small dog, in deep snow"
    assert all(isinstance(piece, Piece) for piece in difference("a", new))


def test_a_label_is_short_or_the_whole_text() -> None:
    assert Suggestion("a dog, snowy", (Added("snowy"),)).label == "+ snowy"
    assert Suggestion("a dog", (Added("indoors", -0.25),)).label == "− indoors"
    whole = "a brown dog that runs in the snow"
    assert Suggestion(whole, (Added(whole),)).label == whole


def test_what_a_person_types_is_one() -> None:
    assert suggestion_from_text(" a dog ") == Suggestion("a dog", (Added("a dog"),))
    with pytest.raises(InputError, match="no words"):
        suggestion_from_text("  ")

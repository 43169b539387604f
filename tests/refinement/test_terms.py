import pytest

from firs.errors import InputError
from firs.refinement import CaptionedImage, RefinementRequest
from firs.refinement.terms import Terms

SNOW = CaptionedImage(("a dog in deep snow", "the hill in deep snow"))
SLED = CaptionedImage(("children on a sled in deep snow",))
SOFA = CaptionedImage(("a dog on a sofa indoors",))
LAMP = CaptionedImage(("a lamp by a sofa indoors",))


def labels(asked: RefinementRequest, most: int = 4) -> list[str]:
    return [each.label for each in Terms(most).refine(asked)]


def test_what_sets_apart_is_offered_for_and_against() -> None:
    asked = RefinementRequest("a dog", [SNOW, SLED], [SOFA, LAMP])
    assert labels(asked) == ["+ deep snow", "− sofa indoors"]


def test_each_says_how_it_reads_and_why() -> None:
    plus, minus = Terms().refine(RefinementRequest("a dog .", [SNOW, SLED], [SOFA, LAMP]))
    assert plus.text == "a dog, deep snow"
    assert plus.why == "in captions of 2 of the 2 relevant images"
    assert minus.text == "a dog, not sofa indoors"
    assert minus.why == "in captions of 2 of the others and of no relevant image"
    assert plus.added[0].weight > 0 > minus.added[0].weight > -1


def test_what_was_said_already_is_not_offered() -> None:
    asked = RefinementRequest("dogs in the deep snowy hills", [SNOW, SLED], [SOFA, LAMP])
    assert labels(asked) == ["− sofa indoors"]


def test_what_a_single_image_says_is_not_offered_where_there_are_two() -> None:
    assert "hill" not in " ".join(labels(RefinementRequest("a dog", [SNOW, SLED], [SOFA])))
    assert "hill" in " ".join(labels(RefinementRequest("a dog", [SNOW], [SOFA])))


def test_crosses_speak_against() -> None:
    asked = RefinementRequest("a dog", [SNOW, SLED], [], [SOFA, LAMP])
    assert labels(asked)[-1] == "− sofa indoors"


def test_no_more_than_asked_for_and_no_word_twice() -> None:
    found = labels(RefinementRequest("x", [SNOW, SNOW], [LAMP]), most=1)
    assert len([each for each in found if each.startswith("+")]) == 1
    words = [
        word
        for each in labels(RefinementRequest("x", [SNOW, SNOW], [LAMP]))
        for word in each.split()[1:]
    ]
    assert len(words) == len(set(words))


def test_a_guess_is_read_by_its_nearness_to_the_query() -> None:
    near = CaptionedImage(("a dog in snow",), (0.9,))
    far = CaptionedImage(("a dog on a sofa",), (0.1,))
    deserved = Terms().weigh(RefinementRequest("snow", [near, far], guessed=True))
    assert deserved["snow"] > 0.4
    assert deserved["sofa"] < -0.4
    assert abs(deserved["dog"]) < 1e-9


def test_without_captions_there_is_nothing_to_say() -> None:
    assert labels(RefinementRequest("a dog", [])) == []
    assert labels(RefinementRequest("a dog", [CaptionedImage(())], [CaptionedImage(())])) == []


def test_asked_twice_it_says_the_same() -> None:
    asked = RefinementRequest("a dog", [SNOW, SLED], [SOFA, LAMP])
    assert Terms().refine(asked) == Terms().refine(asked)


@pytest.mark.parametrize("wrong", [{"most": 0}, {"beta": -1.0}, {"beta": float("inf")}])
def test_what_cannot_be_meant(wrong: dict[str, float]) -> None:
    with pytest.raises(InputError, match="most is 1 or more"):
        Terms(**wrong)  # type: ignore[arg-type]

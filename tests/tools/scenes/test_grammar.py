"""English for one group."""

from dataclasses import replace
from random import Random

import pytest

from tools.scenes.catalogue import KINDS
from tools.scenes.grammar import article, choose_verb, does, is_doing, noun_phrase
from tools.scenes.kinds import Look, verb
from tools.scenes.plan import Group


def group(name: str, colour: str, count: int = 1, pose: str = "stand", hat: str = "") -> Group:
    return Group(KINDS[name], count, Look(colour, (0, 0, 0), pose, hat=hat), "front")


def phrases(one: Group) -> set[str]:
    return {noun_phrase(one, Random(seed)) for seed in range(60)}


def test_article_hears_the_vowel() -> None:
    assert article("orange cat") == "an orange cat"
    assert article("brown dog") == "a brown dog"


def test_without_a_generator_the_plainest_words_name_one_thing() -> None:
    assert noun_phrase(group("dog", "brown", 3)) == "a brown dog"
    assert noun_phrase(group("laptop", "")) == "a laptop"


def test_animals_have_colour_number_and_synonyms() -> None:
    assert phrases(group("dog", "brown")) == {"a brown dog", "a brown puppy"}
    assert phrases(group("dog", "black", 3)) == {"three black dogs", "three black puppies"}
    assert phrases(group("sheep", "white", 2)) == {"two white sheep"}


def test_people_wear_their_colours() -> None:
    said = phrases(group("girl", "red", hat="blue"))
    assert "a girl in a red dress and a blue hat" in said
    assert "a little girl wearing a red dress and a blue hat" in said


def test_several_people_wear_plurals() -> None:
    assert "two women in red dresses and blue hats" in phrases(group("woman", "red", 2, hat="blue"))
    assert "two men in orange shirts" in phrases(group("man", "orange", 2))


def test_what_is_held_is_named_unless_left_out() -> None:
    holder = replace(group("man", "green", hat="red"), held=group("umbrella", "yellow"))
    said = phrases(holder)
    assert "a man in a green shirt and a red hat holding a yellow umbrella" in said
    assert all("umbrella" in one for one in said)
    assert noun_phrase(holder, Random(0), bare=True).endswith("a green shirt")


def test_verbs_agree_in_number() -> None:
    one, many = group("dog", "brown"), group("dog", "brown", 2)
    assert is_doing(one, verb("run")) == "is running"
    assert is_doing(many, verb("run")) == "are running"
    assert does(one, verb("run")) == "runs"
    assert does(many, verb("run")) == "run"


@pytest.mark.parametrize("pose", ["stand", "hold"])
def test_a_pose_without_its_own_verb_stands(pose: str) -> None:
    assert choose_verb(group("man", "red", pose=pose), Random(0)).third == "stands"


def test_a_person_on_a_seat_sits() -> None:
    assert choose_verb(group("man", "red", pose="sit"), Random(0)).third == "sits"

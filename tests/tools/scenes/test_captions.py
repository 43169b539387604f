"""Captions: five, varied, grammatical, and true of the picture."""

import re
from collections import Counter
from functools import cache
from itertools import pairwise

import pytest

from firs.samples import Scene
from tools.scenes import draw_scene
from tools.scenes.catalogue import KINDS
from tools.scenes.colours import NAMED
from tools.scenes.kinds import Kind

NUMBERS = {"a": 1, "an": 1, "two": 2, "three": 3, "four": 4}
COLOUR = "|".join(NAMED)
WORN = {"shirt", "dress", "shirts", "dresses", "hat", "hats"}
TIMES = {
    "sunset": ("at sunset", "evening sky", "sunset"),
    "dawn": ("at dawn", "morning"),
    "night": ("night", "starry", "moon"),
}
WEATHERS = {
    "rain": (" rain", " rainy"),
    "fog": ("fog",),
    "cloudy": ("cloud",),
    "sunny": ("sunny", "blue sky", "sunshine"),
    "snow": ("snowing", "falling snow", "snowy day", "snowy night"),
}


@cache  # drawing them takes a second, which an import must not
def scenes() -> list[Scene]:
    return [draw_scene(seed, (240, 180)) for seed in range(120)]


def captions() -> list[tuple[Scene, str]]:
    return [(scene, caption) for scene in scenes() for caption in scene.captions]


def nouns_of(kind: Kind) -> set[str]:
    return {noun for pair in kind.nouns for noun in pair}


def bearers(noun: str) -> set[str]:
    """The kinds that a caption may call by ``noun``."""
    return {name for name, kind in KINDS.items() if noun in nouns_of(kind)}


def test_each_scene_has_five_different_captions() -> None:
    assert all(len(scene.captions) == 5 == len(set(scene.captions)) for scene in scenes())


def test_captions_are_clean_sentences() -> None:
    for _, caption in captions():
        assert re.fullmatch(r"[A-Z][A-Za-z ,-]+\.", caption), caption
        assert "  " not in caption
        assert " ," not in caption


def test_articles_agree_with_what_follows() -> None:
    for _, caption in captions():
        assert not re.search(r"\b[Aa] [aeio]", caption), caption
        assert not re.search(r"\b[Aa]n [^aeiou]", caption), caption


def test_no_word_stands_twice_in_a_row() -> None:
    for _, caption in captions():
        words = caption.lower().split()
        assert all(one != other for one, other in pairwise(words)), caption


def named_things(caption: str) -> list[tuple[int, str, str]]:
    """Each (number, colour, noun) that a caption names; clothes are left out."""
    every = sorted({noun for kind in KINDS.values() for noun in nouns_of(kind)}, key=len)[::-1]
    pattern = rf"\b(an?|two|three|four) ({COLOUR}) ({'|'.join(every)})\b"
    return [
        (NUMBERS[number.lower()], colour, noun)
        for number, colour, noun in re.findall(pattern, caption, re.IGNORECASE)
        if noun not in WORN
    ]


def test_things_named_with_number_and_colour_are_seen() -> None:
    found = 0
    for scene, caption in captions():
        seen = Counter((one.name, one.phrase) for one in scene.objects)
        for number, colour, noun in named_things(caption):
            fitting = sum(
                count
                for (name, phrase), count in seen.items()
                if name in bearers(noun) and phrase.split()[1] == colour
            )
            assert fitting == number, (caption, noun)
            found += 1
    assert found > 500


def test_clothes_named_are_worn() -> None:
    found = 0
    for scene, caption in captions():
        worn = " ".join(one.phrase for one in scene.objects)
        for colour, garment in re.findall(rf"({COLOUR}) (shirt|dress|hat)", caption):
            assert f"{colour} {garment}" in worn, caption
            found += 1
    assert found > 150


def test_every_noun_of_a_caption_has_a_mask() -> None:
    plain = {"lamp", "tree", "boat", "bird", "horse", "fountain", "desk", "laptop", "television"}
    for scene, caption in captions():
        names = {one.name for one in scene.objects}
        for noun in plain & set(re.findall(r"[a-z]+", caption)):
            assert any(noun in other for name in names for other in nouns_of(KINDS[name])), caption


@pytest.mark.parametrize("weather", WEATHERS)
def test_weather_is_said_only_where_it_is(weather: str) -> None:
    place_names = ("snowy field", "snowy landscape", "snowy mountains")
    for scene, caption in captions():
        text = f" {caption.lower()}"
        for name in place_names:
            text = text.replace(name, "")
        if any(word in text for word in WEATHERS[weather]):
            assert scene.weather == weather, caption


@pytest.mark.parametrize("time", TIMES)
def test_the_hour_is_said_only_where_it_is(time: str) -> None:
    for scene, caption in captions():
        if any(word in caption.lower() for word in TIMES[time]):
            assert scene.time == time, caption


def test_sides_are_true() -> None:
    checked = 0
    for scene, caption in captions():
        for colour, noun, side in re.findall(rf"\ba ({COLOUR}) (\w+) on the (left|right)", caption):
            boxes = [
                one.box
                for one in scene.objects
                if one.name in bearers(noun) and one.phrase.split()[1] == colour
            ]
            for left, _, right, _ in boxes:
                middle = (left + right) / 2 / scene.image.width
                assert middle < 0.46 if side == "left" else middle > 0.54, caption
                checked += 1
    assert checked > 5


def test_captions_tell_scenes_apart() -> None:
    counts = Counter(caption for _, caption in captions())
    assert sum(count > 1 for count in counts.values()) <= 3


def test_captions_vary_in_length_and_opening() -> None:
    lengths = [len(caption.split()) for _, caption in captions()]
    assert min(lengths) <= 9
    assert max(lengths) >= 25
    openings = {" ".join(caption.split()[:2]) for _, caption in captions()}
    assert len(openings) > 40

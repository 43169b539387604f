"""Kinds: inflection, and the short ways of writing nouns and poses."""

import pytest

from tools.scenes.kinds import nouns, poses, verb


@pytest.mark.parametrize(
    ("plain", "third", "participle"),
    [
        ("run", "runs", "running"),
        ("graze", "grazes", "grazing"),
        ("lie", "lies", "lying"),
        ("fly", "flies", "flying"),
        ("pass", "passes", "passing"),
        ("run along the track", "runs along the track", "running along the track"),
    ],
)
def test_verbs_are_inflected(plain: str, third: str, participle: str) -> None:
    made = verb(plain)
    assert (made.plain, made.third, made.participle) == (plain, third, participle)


def test_to_be_parked_keeps_its_participle() -> None:
    assert verb("be parked").third == "is parked"
    assert verb("be parked").plain == "are parked"
    assert verb("be parked").participle == "parked"


def test_nouns_come_with_their_plural() -> None:
    assert nouns("dog, puppy:puppies, sheep:sheep") == (
        ("dog", "dogs"),
        ("puppy", "puppies"),
        ("sheep", "sheep"),
    )


def test_poses_list_their_verbs() -> None:
    made = poses(run="run, play", sit="sit")
    assert [one.third for one in made["run"]] == ["runs", "plays"]
    assert set(made) == {"run", "sit"}

import numpy as np

from firs.expansion.selection import TRIED, Text, drop_duplicates, matches_image, select_candidates
from tests.feedback.marked import units


def texts(*told: tuple[int, str]) -> list[Text]:
    return [Text(image, text, "file") for image, text in told]


def test_what_is_known_letter_for_letter_is_not_encoded() -> None:
    given = texts((1, "A dog."), (1, "a  dog"), (1, "a cat"), (2, "a dog"), (2, " . "))
    kept = select_candidates(given, {1: ["a CAT"]}, most=5)
    assert [(each.image, each.text) for each in kept] == [(1, "A dog."), (2, "a dog")]


def test_thousands_of_texts_of_one_image_are_not_all_encoded() -> None:
    given = texts(*[(1, f"text {n}") for n in range(5000)])
    assert len(select_candidates(given, {}, most=3)) == 3 * TRIED
    assert select_candidates(given, {1: ["a", "b", "c"]}, most=3) == []


def test_no_more_than_most_an_image_and_none_alike() -> None:
    vectors = units(6)
    vectors[1] = vectors[0]
    given = texts(*[(1, str(n)) for n in range(4)], (2, "4"), (2, "5"))
    assert drop_duplicates(given, vectors, {}, most=2, cosine=0.95) == [0, 2, 4, 5]
    held = {2: vectors[4:5], 1: vectors[2:3]}
    assert drop_duplicates(given, vectors, held, most=2, cosine=0.95) == [0, 5]


def test_a_text_that_is_nearer_to_others_does_not_fit() -> None:
    images = units(4)
    told = np.stack([images[0], -images[1]])
    assert matches_image(told, images[:2], images.mean(axis=0)).tolist() == [True, False]

from pathlib import Path

import pytest

from firs.errors import InputError
from firs.ranking import Part, Ranking, Vote


def ranking(*ids: int, source: str = "mini: text", parts: tuple[Part, ...] = ()) -> Ranking:
    scores = [1 / place for place in range(1, len(ids) + 1)]
    return Ranking(ids, scores, [Path(f"{each}.jpg") for each in ids], source, parts)


def test_a_sequence_of_hits() -> None:
    found = ranking(7, 3, 5)
    assert [(hit.rank, hit.id) for hit in found] == [(1, 7), (2, 3), (3, 5)]
    assert found[1].path == Path("3.jpg")
    assert found[1].score == 0.5
    assert found[-1].rank == 3


def test_a_slice_is_a_shorter_ranking() -> None:
    parts = (Part(ranking(3, 7), 2.0),)
    first = ranking(7, 3, 5, parts=parts)[:2]
    assert (first.ids.tolist(), first.source, first.parts) == ([7, 3], "mini: text", parts)


def test_nothing_found() -> None:
    assert len(ranking()) == 0
    assert repr(ranking()) == "<Ranking of 0 by mini: text>"


def test_votes_tell_rank_score_and_weight_in_each_part() -> None:
    parts = (Part(ranking(3, 7, source="text"), 2.0), Part(ranking(9, 3, source="image"), -0.5))
    fused = ranking(3, 7, 9, parts=parts)
    assert fused.votes(3) == (Vote("text", 1, 1.0, 2.0), Vote("image", 2, 0.5, -0.5))
    assert fused.votes(9) == (Vote("image", 1, 1.0, -0.5),)
    assert fused.votes(4) == ()


def test_votes_of_a_part_that_was_fused_itself() -> None:
    inner = ranking(3, 7, source="both", parts=(Part(ranking(7, 3, source="words"), 0.5),))
    [vote] = ranking(3, parts=(Part(inner, 1.0),)).votes(3)
    assert vote == Vote("both", 1, 1.0, 1.0, (Vote("words", 2, 0.5, 0.5),))


def test_what_stands_behind_goes_with_its_image() -> None:
    hits = tuple(ranking(8, 9))
    found = Ranking([3, 7], [2, 1], [Path("a"), Path("b")], "", duplicates={7: hits, 5: hits})
    assert found.duplicates == {7: hits}
    assert found[:1].duplicates == {}
    assert found.only([1]).duplicates == {7: hits}
    assert ranking(1).append(found).duplicates == {7: hits}


def test_a_plain_ranking_has_no_votes() -> None:
    assert ranking(3, 7).votes(3) == ()


@pytest.mark.parametrize(
    ("ids", "scores", "message"),
    [([1, 2], [1.0], "as many ids"), ([1, 1], [2, 1], "twice"), ([1, 2], [1, 2], "fall")],
)
def test_what_is_no_ranking(ids: list[int], scores: list[float], message: str) -> None:
    with pytest.raises(InputError, match=message):
        Ranking(ids, scores, [Path("a.jpg")] * len(ids), "test")


def test_some_places_in_another_order() -> None:
    found = ranking(7, 3, 5)
    assert found.only([0, 2]).scores.tolist() == pytest.approx([1, 1 / 3])
    turned = found.only([2, 0], [9, 8])
    assert [(hit.id, hit.score, hit.path.name) for hit in turned] == [
        (5, 9, "5.jpg"),
        (7, 8, "7.jpg"),
    ]
    assert len(found.only([])) == 0
    with pytest.raises(InputError, match="fall"):
        found.only([2, 0])


def test_followed_by_what_is_scored_otherwise() -> None:
    both = ranking(7, 3).append(ranking(9, 5))
    assert both.ids.tolist() == [7, 3, 9, 5]
    assert both.scores.tolist() == [1, 0.5, 0.5, 0]
    assert both.paths[2] == Path("9.jpg")
    assert ranking().append(ranking(9)).scores.tolist() == [1]
    assert ranking(9).append(ranking()).ids.tolist() == [9]

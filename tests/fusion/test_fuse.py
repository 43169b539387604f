from pathlib import Path

import numpy as np
import pytest

from firs.errors import InputError
from firs.fusion import fuse, open_fusion
from firs.fusion.positional import ReciprocalRank
from firs.ranking import Ranking
from tests.fusion.lists import ranked


def test_by_default_the_logarithmic_vote() -> None:
    lists = [ranked([1, 2, 3]), ranked([3, 1])]
    assert fuse(lists).scores.tolist() == fuse(lists, "log_vote").scores.tolist()
    assert fuse(lists).ids.tolist() == [1, 3, 2]


def test_a_fusion_with_parameters_of_ones_own() -> None:
    fused = fuse([ranked([1, 2])], ReciprocalRank(k=1))
    assert fused.scores.tolist() == pytest.approx([1 / 2, 1 / 3])


def test_the_fused_ranking_says_why() -> None:
    fused = fuse([ranked([1, 2], source="text"), ranked([2], source="image")], weights=[1, 0.5])
    assert fused.source == "log_vote of text, image"
    assert [(vote.source, vote.rank, vote.weight) for vote in fused.votes(2)] == [
        ("text", 2, 1.0),
        ("image", 1, 0.5),
    ]
    assert fused[:1].votes(1)[0].score == 1.0


def test_files_go_with_their_images() -> None:
    fused = fuse([ranked([4, 2]), ranked([9, 2])])
    assert [hit.path for hit in fused] == [Path(f"{hit.id}.jpg") for hit in fused]


def test_an_id_that_means_two_files() -> None:
    other = Ranking([3, 2], [1, 0.5], [Path("3.jpg"), Path("elsewhere.jpg")], "other")
    with pytest.raises(InputError, match=r"Image 2 is 2\.jpg in one list and elsewhere\.jpg"):
        fuse([ranked([1, 2]), other])


def test_nothing_to_fuse() -> None:
    with pytest.raises(InputError, match="nothing to fuse"):
        fuse([])


@pytest.mark.parametrize("weights", [[1.0], [1.0, 2.0, 3.0], []])
def test_weights_that_do_not_fit(weights: list[float]) -> None:
    with pytest.raises(InputError, match="2 rankings need 2 weights"):
        fuse([ranked([1]), ranked([2])], weights=weights)


@pytest.mark.parametrize("weights", [[0.0, 0.0], [np.nan, 1.0], [np.inf, 1.0]])
def test_weights_that_cannot_be_meant(weights: list[float]) -> None:
    with pytest.raises(InputError, match="not all 0"):
        fuse([ranked([1]), ranked([2])], weights=weights)


def test_a_score_that_is_no_number() -> None:
    with pytest.raises(InputError, match="'broken' is not finite"):
        fuse([ranked([1], [float("nan")], source="broken")])


def test_no_such_fusion() -> None:
    with pytest.raises(InputError, match=r"no fusion called 'vote'.*log_vote"):
        open_fusion("vote")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("combsum(norm=best)", "no normalisation 'best'. Choose one of: min-max, z-score, rank"),
        ("borda(norm=rank)", "fusion 'borda' has no parameter 'norm'"),
        ("rrf(k=-1)", "k of 0 or more"),
    ],
)
def test_parameters_that_do_not_fit(name: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        open_fusion(name)


def test_the_name_is_the_call_that_opens_it() -> None:
    for name in ("combsum", "combsum(norm=rank)", "rrf(k=9)", "mc4(duels=5)"):
        assert open_fusion(name).name == name
        assert open_fusion(name).name == open_fusion(open_fusion(name).name).name

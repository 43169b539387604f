from pathlib import Path

import pytest
from PIL import Image

from firs.errors import MissingExtra
from firs.evaluation.plots import draw_plots
from tests.evaluation.outcomes import small_outcome


def test_each_plot_as_png_and_svg(plots: list[Path]) -> None:
    assert [file.name for file in plots] == [
        "recall-against-k.png",
        "recall-against-k.svg",
        "recall-against-rounds.png",
        "recall-against-rounds.svg",
        "found-against-rounds.png",
        "found-against-rounds.svg",
        "recall-against-bytes.png",
        "recall-against-bytes.svg",
    ]
    for file in plots[::2]:
        with Image.open(file) as picture:
            assert picture.size == (1120, 704)
    assert all("<svg" in file.read_text() for file in plots[1::2])


def test_the_same_results_give_the_same_file(plots: list[Path], tmp_path: Path) -> None:
    again = draw_plots(small_outcome().results, tmp_path)
    assert again[1].read_bytes() == plots[1].read_bytes()


def test_a_plot_without_anything_to_show_is_left_out(tmp_path: Path) -> None:
    files = draw_plots(small_outcome("none").results, tmp_path)
    assert [file.name for file in files] == ["recall-against-k.png", "recall-against-k.svg"]


def test_without_matplotlib(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "matplotlib", None)
    with pytest.raises(MissingExtra, match=r"Plots need the extra 'lab'"):
        draw_plots(small_outcome().results, tmp_path)

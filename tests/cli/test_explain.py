import json
from pathlib import Path

import pytest
from PIL import Image

from firs.samples import Scene, load_scenes
from tests.cli.conftest import Firs


@pytest.fixture
def dog(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, scene: Scene) -> Path:
    monkeypatch.chdir(tmp_path)
    scene.image.save("dog.png")
    return Path("dog.png")


def test_score_words_and_faithfulness(firs: Firs, dog: Path) -> None:
    told = firs("explain", dog, "a", "white", "dog")
    lines = [line.split("\t") for line in told.out.splitlines()]
    assert [name for name, _ in lines] == ["score", "a", "white", "dog"]
    assert float(lines[0][1]) > 0.1
    assert "highlighted area" in told.err


def test_drawn_explanation(firs: Firs, dog: Path) -> None:
    for kind, width in (("both", 996), ("overlay", 480), ("outline", 480)):
        told = firs("explain", dog, "a white dog", "--as", kind, "-o", f"{kind}.png")
        assert told.err.startswith(f"Picture: {Path(f'{kind}.png').absolute()}\n")
        with Image.open(f"{kind}.png") as drawn:
            assert drawn.width == width


def test_as_json(firs: Firs, dog: Path) -> None:
    told = json.loads(firs("explain", dog, "a white dog", "--json").out)
    assert (told["method"], told["text"]) == ("patches", "a white dog")
    assert sum(map(sum, told["cells"])) == pytest.approx(told["score"], abs=1e-4)
    assert [word["start"] for word in told["words"]] == [0, 2, 8]
    assert len(told["faithfulness"]["elsewhere"]) == 8


def test_default_method_of_another_encoder(firs: Firs, dog: Path) -> None:
    asked = ("explain", dog, "red", "--encoder", "fake", "--json")
    assert json.loads(firs(*asked).out)["method"] == "occlusion"
    told = json.loads(firs(*asked, "--method", "words").out)
    assert (told["cells"], told["faithfulness"]) == (None, None)


def test_two_pictures(firs: Firs, dog: Path) -> None:
    next(load_scenes()).image.save("other.png")
    told = firs("explain", dog, "--like", "other.png", "-o", "pair.png")
    assert told.out.startswith("score\t")
    assert Path("pair.png").exists()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["dog.png"], "Describe what to match"),
        (["dog.png", "a dog", "--like", "dog.png"], "Describe what to match"),
        (["dog.png", "?!"], "There is no word in '?!'"),
        (["gone.png", "a dog"], "gone.png cannot be explained: no such file"),
        (["notes.txt", "a dog"], "notes.txt cannot be explained: not an image"),
        (["dog.png", "a dog", "--as", "film"], "--as is one of both, overlay, outline, not 'film'"),
        (["dog.png", "a dog", "--method", "magic"], "no explanation method called 'magic'"),
        (["dog.png", "red", "--encoder", "fake", "--method", "patches"], "shows no cells"),
        (["dog.png", "--like", "dog.png", "--encoder", "fake"], "shows no cells"),
        (["dog.png", "a dog", "-o", "why.xyz"], "let its name end in .jpg or .png"),
        (["dog.png", "a dog", "-o", "dog.png"], "dog.png is the picture itself"),
    ],
)
def test_bad_input_is_one_clear_line(
    firs: Firs, dog: Path, arguments: list[str], told: str
) -> None:
    Path("notes.txt").write_text("not a picture")
    before = dog.read_bytes()
    failed = firs("explain", *arguments)
    assert failed.code == 1
    assert failed.err.startswith("error: ")
    assert told in failed.err
    assert failed.err.count("\n") == 1
    assert dog.read_bytes() == before


def test_no_match(firs: Firs, tmp_path: Path, dog: Path) -> None:
    Image.new("RGB", (32, 32), "teal").save("teal.png")
    told = firs("explain", "teal.png", "red", "--encoder", "fake")
    assert told.code == 0

import json
import shutil
import sqlite3
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from firs.collection import Collection
from firs.storage.database import DATABASE_NAME
from tests.cli.conftest import Firs
from tests.fakes import FakeEncoder


@pytest.fixture(autouse=True)
def inside(indexed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every search here is typed in the folder that was indexed."""
    monkeypatch.chdir(indexed)


def test_text_query(firs: Firs, indexed: Path) -> None:
    found = firs("search", "red", "-k", "3")
    assert (found.code, found.err) == (0, "")
    rank, score, path = found.out.splitlines()[0].split("\t")
    assert (rank, path) == ("1", str(indexed / "red.png"))
    assert float(score) == pytest.approx(1, abs=0.01)
    assert len(found.out.splitlines()) == 3


def test_words_need_no_quotes(firs: Firs) -> None:
    assert firs("search", "a", "red", "square").out == firs("search", "a red square").out


def test_image_query(firs: Firs, indexed: Path, tmp_path: Path) -> None:
    Image.new("RGB", (10, 10), (250, 10, 5)).save(tmp_path / "reddish.jpg")
    found = firs("search", "--image", tmp_path / "reddish.jpg", "--paths", "-k", "1")
    assert found.out == f"{indexed / 'red.png'}\n"


def test_positive_and_negative_terms(firs: Firs) -> None:
    asked = ["search", "red", "--image", "blue.png", "-i", "white.png", "--not", "green"]
    found = firs(*asked, "--not-image", "white.png", "--weight", "image=2", "--json")
    assert json.loads(found.out)["source"] == (
        'fake: "red" + 2 * blue.png + 2 * white.png - "green" - white.png'
    )


def test_like_an_image_of_the_collection(firs: Firs, indexed: Path) -> None:
    first = json.loads(firs("search", "red", "--json").out)["results"][0]
    found = firs("search", "--like", str(first["id"]), "--paths", "-k", "1")
    assert found.out == f"{indexed / 'red.png'}\n"


def test_query_strategies(firs: Firs) -> None:
    def source(*options: str) -> str:
        asked = ["search", "red", "--image", "blue.png", "--json", *options]
        return str(json.loads(firs(*asked).out)["source"])

    by_default = 'combsum(norm=z-score) of fake: "red", fake: blue.png'
    assert source("--strategy", "late-fusion") == by_default
    assert source("--fusion", "rrf") == 'rrf of fake: "red", fake: blue.png'
    assert source("--rerank-depth", "3") == by_default
    by_rank = source("--fusion", "combsum(norm=rank)")
    assert by_rank == 'combsum(norm=rank) of fake: "red", fake: blue.png'
    assert source("--strategy", "rerank", "--fusion", "borda").startswith("borda of")
    assert source() == source("--strategy", "early-fusion") == 'fake: "red" + blue.png'


def test_rerank_depth_below_k(firs: Firs) -> None:
    asked = ["search", "red", "--image", "blue.png", "--rerank-depth", "2", "--paths"]
    words = firs("search", "red", "--paths").out.splitlines()
    found = firs(*asked, "-k", "5").out.splitlines()
    assert set(found[:2]) == set(words[:2])
    assert found[2:] == words[2:5]


def test_results_are_explained(firs: Firs, indexed: Path) -> None:
    asked = ["search", "red", "--image", "blue.png", "-k", "2"]
    lines = firs(*asked, "--explain-rank").out.splitlines()
    assert len(lines) == 6
    assert lines[0].split("\t")[2] == str(indexed / "red.png")
    assert lines[1].startswith("\trank 1\tscore ")
    assert lines[1].endswith('\tweight 1\tfake: "red"')
    assert lines[2].endswith("\tweight 0.5\tfake: blue.png")
    told = json.loads(firs(*asked, "--json", "--explain-rank").out)["results"][0]["votes"]
    assert [(vote["source"], vote["weight"]) for vote in told] == [
        ('fake: "red"', 1.0),
        ("fake: blue.png", 0.5),
    ]


def test_results_of_several_encoders_are_explained(firs: Firs, indexed: Path) -> None:
    assert firs("index", indexed, "--encoder", "other").code == 0
    asked = ["search", "red", "--encoder", "fake+other", "-k", "1"]
    lines = firs(*asked, "--explain-rank").out.splitlines()
    assert [line.split("\t")[-1] for line in lines[1:]] == ['fake: "red"', 'other: "red"']
    told = json.loads(firs(*asked, "--json", "--fusion", "rrf").out)
    assert told["source"] == 'rrf of fake: "red", other: "red"'
    assert [vote["rank"] for vote in told["results"][0]["votes"]] == [1, 1]


def test_weights_of_encoders(firs: Firs, indexed: Path) -> None:
    assert firs("index", indexed, "--encoder", "other").code == 0
    asked = ["search", "red", "-i", "blue.png", "--encoder", "fake+other", "--json"]
    told = json.loads(firs(*asked, "--weight", "other=0.2", "--weight", "image=3").out)
    votes = told["results"][0]["votes"]
    assert [vote["weight"] for vote in votes] == [1.0, 0.2]
    assert [vote["weight"] for vote in votes[0]["votes"]] == [1.0, 1.5]
    for wrong in ("other=0", "mini=1"):
        failed = firs(*asked, "--weight", wrong)
        assert (failed.code, failed.err.count("\n")) == (1, 1)
        assert "A weight is one of " in failed.err


def test_several_terms_and_encoders(firs: Firs, indexed: Path) -> None:
    assert firs("index", indexed, "--encoder", "other").code == 0
    asked = ["search", "red", "-i", "blue.png", "--encoder", "fake+other", "--fusion", "borda"]
    told = json.loads(firs(*asked, "--strategy", "late-fusion", "--json").out)
    assert told["source"].startswith("borda of borda of fake")
    votes = told["results"][0]["votes"]
    assert [len(vote["votes"]) for vote in votes] == [2, 2]
    lines = firs(*asked, "--explain-rank", "-k", "1").out.splitlines()
    assert [line.count("\t") - line.lstrip("\t").count("\t") for line in lines] == [
        0, 1, 2, 2, 1, 2, 2
    ]  # fmt: skip


def test_near_duplicates_are_grouped_and_counted(firs: Firs, indexed: Path) -> None:
    shutil.copy(indexed / "red.png", indexed / "more" / "red again.png")
    assert firs("index", indexed).code == 0
    lines = firs("search", "red", "--dedupe", "-k", "2").out.splitlines()
    assert [line.split("\t")[3:] for line in lines] == [["+1 alike"], []]
    first, second = json.loads(firs("search", "red", "--dedupe", "-k", "2", "--json").out)[
        "results"
    ]
    assert first["count"] == 2
    assert [Path(each["path"]).name for each in first["behind"]] == ["red again.png"]
    assert (second["count"], second["behind"]) == (1, [])
    assert "count" not in json.loads(firs("search", "red", "--json").out)["results"][0]
    assert len(firs("search", "red", "--paths").out.splitlines()) == 7
    assert len(firs("search", "red", "--dedupe", "--paths").out.splitlines()) == 6


def test_diversify(firs: Firs, indexed: Path) -> None:
    for at in range(5):
        shutil.copy(indexed / "red.png", indexed / f"red{at}.png")
    assert firs("index", indexed).code == 0

    def shown(*options: str) -> set[str]:
        out = firs("search", "red", "-k", "4", "--paths", *options).out
        return {Path(line).name[:3] for line in out.splitlines()}

    assert shown() == {"red"}
    assert shown("--diversify", "--mmr-lambda", "1") == {"red"}
    assert shown("--diversify") >= {"red"}
    assert len(shown("--mmr-lambda", "0.2")) == 4


def test_the_collection_is_found_from_any_folder_below(
    firs: Firs, indexed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(indexed / "more")
    assert firs("search", "blue", "--paths", "-k", "1").out == f"{indexed / 'blue.png'}\n"


@pytest.mark.parametrize("inner", ["", ".firs"])
def test_the_collection_can_be_named_from_anywhere(
    firs: Firs, indexed: Path, monkeypatch: pytest.MonkeyPatch, inner: str
) -> None:
    monkeypatch.chdir("/")
    found = firs("search", "blue", "--paths", "-k", "1", "--collection", indexed / inner)
    assert found.out == f"{indexed / 'blue.png'}\n"


def test_all_formats_have_the_same_results(firs: Firs) -> None:
    paths = firs("search", "red", "--paths").out.splitlines()
    lines = firs("search", "red").out.splitlines()
    table = firs("search", "red", "--csv").out.splitlines()[1:]
    results = json.loads(firs("search", "red", "--json").out)
    assert len(paths) == 6
    assert [line.split("\t")[2] for line in lines] == paths
    assert [row.split(",")[3] for row in table] == paths
    assert [result["path"] for result in results["results"]] == paths
    assert results["source"] == 'fake: "red"'


def test_contact_sheet(firs: Firs, tmp_path: Path) -> None:
    sheet = tmp_path / "red.jpg"
    found = firs("search", "red", "--paths", "--sheet", sheet)
    assert found.err == f"Contact sheet: {sheet}\n"
    assert len(found.out.splitlines()) == 6
    with Image.open(sheet) as drawn:
        assert drawn.width == 1600


def test_a_sheet_never_replaces_a_photo(firs: Firs, indexed: Path) -> None:
    before = (indexed / "red.png").read_bytes()
    failed = firs("search", "red", "--sheet", "red.png")
    assert failed.code == 1
    assert "is one of the photos" in failed.err
    assert (indexed / "red.png").read_bytes() == before


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ([], "Describe what to find"),
        ([""], "query is empty"),
        (["   "], "query is empty"),
        (["red", "-k", "0"], "1 or more, not 0"),
        (["red", "-k", "-3"], "1 or more, not -3"),
        (["--not", "red"], "only says what not to find"),
        (["red", "--image", "notes.txt"], "notes.txt cannot be searched with: not an image."),
        (["red", "--like", "999"], "no image with the id 999"),
        (["red", "--weight", "image"], "as in --weight image=0.5, not 'image'"),
        (["red", "--weight", "image=0"], "a number above 0"),
        (["red", "--weight", "image=many"], "a number above 0"),
        (["red", "--weight", "color=2"], "one of text, image, like, not, not-image"),
        (["red", "--strategy", "soon"], "no query strategy called 'soon'"),
        (
            ["red", "--strategy", "early-fusion", "--fusion", "rrf"],
            "--fusion is for --strategy late-fusion",
        ),
        (
            ["red", "--strategy", "late-fusion", "--rerank-depth", "5"],
            "--rerank-depth is for --strategy rerank",
        ),
        (["red", "--not", "blue", "--fusion", "vote"], "no fusion called 'vote'"),
        (["red", "--not", "blue", "--rerank-depth", "5"], "no picture to rerank by"),
        (["red", "--image", "red.png", "--rerank-depth", "0"], "rerank 1 image or more"),
        (["red", "--csv", "--explain-rank"], "not with --csv"),
        (["red", "--encoder", "fake+mini"], "Add them: firs index DIR --encoder mini"),
        (["red", "--encoder", "fake+minni"], "no encoder called 'minni'. Did you mean mini?"),
        (["red", "--encoder", "fake+"], "named as in mini+siglip2-base"),
        (["red", "--encoder", "nonsense"], "no encoder called 'nonsense'"),
        (["red", "--mmr-lambda", "2"], "from 0 to 1, not 2.0"),
        (["--not", "red", "--not-image", "blue.png"], "only says what not to find"),
        (["--image", "nowhere.jpg"], "nowhere.jpg cannot be searched with: no such file."),
        (["--image", "notes.txt"], "notes.txt cannot be searched with: not an image."),
        (["red", "--json", "--csv"], "Choose one of --json and --csv."),
        (["red", "--explain", "5"], "--explain draws on a sheet; add one: --sheet FILE"),
        (["red", "--explain", "-1", "--sheet", "why.jpg"], "how many results to explain, not -1"),
        (["-i", "red.png", "--explain", "1", "--sheet", "why.jpg"], "add a text to the query"),
        (["red", "--sheet", "red.xyz"], "let its name end in .jpg or .png"),
        (["red", "--sheet", "nowhere/red.jpg"], "there is no folder nowhere"),
        (["red", "--sheet", "/dev/null/red.jpg"], "there is no folder /dev/null"),
        (["red", "--collection", "nowhere"], "There is no collection in"),
    ],
)
def test_bad_input_is_one_clear_line(firs: Firs, arguments: list[str], told: str) -> None:
    Path("notes.txt").write_text("not a picture")
    failed = firs("search", *arguments)
    assert failed.code == 1
    assert failed.err.startswith("error: ")
    assert told in failed.err
    assert failed.err.count("\n") == 1
    assert failed.out == ""


def test_k_must_be_a_number(firs: Firs) -> None:
    failed = firs("search", "red", "-k", "many")
    assert failed.code == 2
    assert failed.err.startswith("error: Invalid value for '-k'")
    assert failed.err.count("\n") == 1


def test_search_without_a_collection(firs: Firs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir("/")
    failed = firs("search", "red")
    assert failed.code == 1
    assert "Make one: firs index" in failed.err


def test_a_collection_of_other_weights(firs: Firs, photos: Path, tmp_path: Path) -> None:
    other = FakeEncoder(fingerprint="0" * 16)
    with Collection(tmp_path / "other", encoder=other) as collection:
        collection.add(photos)
    failed = firs("search", "red", "--collection", tmp_path / "other")
    assert failed.code == 1
    assert "made with other weights of 'fake'" in failed.err
    assert failed.err.count("\n") == 1


def test_a_newer_collection(firs: Firs, indexed: Path) -> None:
    with sqlite3.connect(indexed / ".firs" / DATABASE_NAME) as database:
        database.execute("PRAGMA user_version = 999")
    database.close()
    failed = firs("search", "red")
    assert failed.code == 1
    assert "made by a newer QT-FIRS" in failed.err
    assert "pip install --upgrade qt-firs" in failed.err


def test_a_database_that_is_not_ours(firs: Firs, tmp_path: Path) -> None:
    (tmp_path / "theirs").mkdir()
    with sqlite3.connect(tmp_path / "theirs" / DATABASE_NAME) as database:
        database.execute("CREATE TABLE precious (thing)")
    database.close()
    before = (tmp_path / "theirs" / DATABASE_NAME).read_bytes()
    for arguments in (["search", "red"], ["index", "."]):
        failed = firs(*arguments, "--collection", tmp_path / "theirs")
        assert failed.code == 1
        assert "was not made by QT-FIRS" in failed.err
    assert (tmp_path / "theirs" / DATABASE_NAME).read_bytes() == before


def test_a_damaged_index_file_is_rebuilt(firs: Firs, indexed: Path) -> None:
    before = firs("search", "red").out
    (cache,) = (indexed / ".firs").rglob("*.index")
    cache.write_bytes(cache.read_bytes()[:-5])
    assert firs("search", "red") == (0, before, "")


def test_missing_photos_are_still_ranked_and_drawn(
    firs: Firs, indexed: Path, tmp_path: Path
) -> None:
    shutil.rmtree(indexed / "more")
    assert firs("search", "green", "--sheet", tmp_path / "green.png").code == 0


def test_closed_pipe(
    indexed: Path, launched: Callable[[str], list[str]], here: dict[str, str]
) -> None:
    closed = "import os; reading, writing = os.pipe(); os.close(reading); os.dup2(writing, 1)"
    command = [*launched(closed), "search", "red", "--collection", str(indexed)]
    left = subprocess.run(command, env=here, capture_output=True, text=True)
    assert (left.returncode, left.stderr) == (1, "")


def test_file_name_that_is_not_utf_8(
    indexed: Path, firs: Firs, launched: Callable[[str], list[str]], here: dict[str, str]
) -> None:
    name = b"caf\xe9.png"
    shutil.copy(bytes(indexed / "red.png"), bytes(indexed) + b"/" + name)
    assert firs("index", indexed).code == 0
    command = [*launched(""), "search", "red", "--paths", "--collection", str(indexed)]
    found = subprocess.run(command, env=here, capture_output=True, check=True)
    assert bytes(indexed) + b"/" + name in found.stdout.splitlines()


def test_unwritable_index_is_one_line_of_warning(
    indexed: Path, launched: Callable[[str], list[str]], here: dict[str, str]
) -> None:
    (indexed / ".firs" / "index").write_text("in the way")
    command = [*launched(""), "search", "red", "--collection", str(indexed)]
    found = subprocess.run(command, env=here, capture_output=True, text=True)
    assert (found.returncode, len(found.stdout.splitlines())) == (0, 6)
    assert found.stderr.startswith("warning: no index file at ")
    assert found.stderr.count("\n") == 1


def test_ctrl_c(firs: Firs, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Collection, "search", stop)
    assert firs("search", "red") == (130, "", "Stopped.\n")


def test_sheet_with_explanations(firs: Firs, indexed: Path, tmp_path: Path) -> None:
    half = Image.new("RGB", (48, 32), "teal")
    half.paste("red", (0, 0, 30, 32))
    half.save(indexed / "half.png")
    assert firs("index", indexed).code == 0
    plain, explained = tmp_path / "plain.png", tmp_path / "why.png"
    assert firs("search", "red", "-k", "2", "--sheet", plain).code == 0
    found = firs("search", "red", "--explain", "2", "--sheet", explained)
    assert len(found.out.splitlines()) == 7
    with Image.open(plain) as one, Image.open(explained) as other:
        assert one.size == other.size
        assert one.tobytes() != other.tobytes()


def test_missing_photo_is_not_explained(firs: Firs, indexed: Path, tmp_path: Path) -> None:
    (indexed / "red.png").unlink()
    assert firs("search", "red", "--explain", "2", "--sheet", tmp_path / "why.png").code == 0

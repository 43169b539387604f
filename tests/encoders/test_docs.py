"""docs/encoders.md tells every encoder of the catalogue as it is."""

from pathlib import Path

import pytest

from firs.encoders.backends import catalogue

PAGE = (Path(__file__).parents[2] / "docs" / "encoders.md").read_text(encoding="utf-8")
ROWS = {
    cells[0].strip("`"): cells
    for line in PAGE.splitlines()
    if line.startswith("| `")
    and len(cells := [cell.strip() for cell in line.split("|")[1:-1]]) == 9
}


def test_all_names_are_documented_and_no_others() -> None:
    assert set(ROWS) == set(catalogue())


@pytest.mark.parametrize("name", list(catalogue()))
def test_the_facts_are_those_of_the_catalogue(name: str) -> None:
    entry = catalogue()[name]
    figures = [
        "\u2013" if each is None else f"{each:.1f}" for each in (entry.coco, entry.flickr30k)
    ]
    assert ROWS[name][1:] == [
        f"`{entry.backend}:{entry.source}`",
        str(entry.dim),
        str(entry.image_size),
        f"{entry.megabytes:,} MB",
        *figures,
        entry.languages,
        entry.licence,
    ]

"""``python -m firs.demo``: copy the sample scenes, index them, search them, suggest commands."""

import argparse
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.table import Table

from firs.cli.console import output, progress
from firs.collection import Collection
from firs.errors import FirsError
from firs.imaging.contact_sheet import contact_sheet
from firs.ranking import Ranking
from firs.samples import copy_samples, load_scenes

SCENES, EXAMPLE = 239, 240
"""How many scenes are in the collection, and the number of one that is not, to search with."""

QUERIES = (
    "a red train in the countryside",
    "sailing boats in the moonlight",
    "children in a bedroom",
)
SHOWN, ON_A_SHEET = 3, 15


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the demo; return 0, 1 after a one-line error, or 130 after Ctrl-C."""
    parser = argparse.ArgumentParser(prog="python -m firs.demo", description="Show what firs does.")
    parser.add_argument("folder", type=Path, nargs="?", default=Path("firs-demo"), metavar="DIR")
    options = parser.parse_args(arguments)
    try:
        run(options.folder.resolve())
    except FirsError as error:
        sys.stderr.write(f"error: {error}\n")
        return 1
    except KeyboardInterrupt:
        sys.stderr.write("Stopped; run the same command to resume.\n")
        return 130
    return 0


def run(folder: Path) -> None:
    """Copy scenes to ``folder``, index them and search them; a second run changes nothing.

    Raises:
        FirsError: the folder cannot be used.
    """
    scenes = folder / "scenes"
    _copy(scenes)
    with Collection(scenes / ".firs", encoder="mini") as collection:
        _index(collection, scenes)
        _search_by_words(collection, folder)
        _search_by_picture(collection, folder)
    _suggest_commands(folder)


def _copy(scenes: Path) -> None:
    _title(f"Copying {SCENES} sample scenes")
    copy_samples(scenes, SCENES)
    output().print(f"They are in {scenes}", markup=False)


def _index(collection: Collection, scenes: Path) -> None:
    _title("Indexing them with mini, the built-in encoder")
    with progress("indexing") as report:
        done = collection.add(scenes, prune=True, progress=report)
    new = done.added + done.updated
    speed = f" in {done.seconds:.1f} s, {done.rate:.0f} a second" if new else ""
    output().print(f"{new:,} new{speed}; {len(collection):,} in the collection")


def _search_by_words(collection: Collection, folder: Path) -> None:
    _title("Searching by words")
    for query in QUERIES:
        _show(query, collection.search(query, k=SHOWN), collection)
    sheet = folder / "by-words.jpg"
    found = collection.search(QUERIES[0], k=ON_A_SHEET)
    contact_sheet(found, title=QUERIES[0]).save(sheet)
    output().print(f"Look at the first {len(found)} of the first search: {sheet}", markup=False)


def _search_by_picture(collection: Collection, folder: Path) -> None:
    _title("Searching by a picture that is not in the collection")
    scene = next(load_scenes(first=EXAMPLE))
    example = folder / "example.jpg"
    scene.image.save(example)
    found = collection.search(image=example, k=ON_A_SHEET)
    _show(f"{example.name}: {scene.captions[0]}", found[:SHOWN], collection)
    sheet = folder / "by-picture.jpg"
    contact_sheet(found, title="like this", example=scene.image).save(sheet)
    output().print(f"Look at the first {len(found)}: {sheet}", markup=False)


def _suggest_commands(folder: Path) -> None:
    command = Path(sys.executable).with_name("firs")
    firs = (
        shlex.quote(str(command)) if command.exists() else f"{shlex.quote(sys.executable)} -m firs"
    )
    scenes, sheet = shlex.quote(str(folder / "scenes")), shlex.quote(str(folder / "mine.jpg"))
    _title("Try it yourself")
    for line in (
        "Search and steer in the browser:",
        f"  {firs} serve {scenes}",
        "Search the scenes for something else:",
        f'  {firs} search "a boat in the fog" --collection {scenes} --sheet {sheet}',
        "Index photos of your own (it writes only to .firs in that folder), then search them:",
        f"  {firs} index ~/Pictures",
        f'  {firs} search "a child on a swing" --collection ~/Pictures',
        f"All commands: {firs} --help",
    ):
        output().print(line, markup=False)


def _title(text: str) -> None:
    output().print(f"\n[bold]{text}[/bold]")


def _show(query: str, ranking: Ranking, collection: Collection) -> None:
    """Print a table of results with their first captions, which the search did not use."""
    table = Table(box=None, pad_edge=False, expand=True)
    for name, width in (("rank", 4), ("score", 5), ("image", len("scene-00001.jpg"))):
        table.add_column(name, no_wrap=True, min_width=width)
    table.add_column("caption", no_wrap=True, overflow="ellipsis", ratio=1)
    images = collection.images(ranking.ids.tolist())
    for hit, image in zip(ranking, images, strict=True):
        table.add_row(str(hit.rank), f"{hit.score:.3f}", hit.path.name, image.captions[0])
    output().print(query, style="italic", markup=False)
    output().print(table, soft_wrap=False)
    output().print()


if __name__ == "__main__":
    sys.exit(main())

"""Write drawn scenes into a folder, with their captions beside them."""

from collections.abc import Callable
from pathlib import Path

from firs.errors import InputError, StorageError
from firs.samples.scene import Scene, draw_scene

CAPTIONS_FILE = "captions.tsv"
HEADER = "image\tcaption\n"
QUALITY = 90


def write_samples(
    folder: Path,
    count: int,
    seed: int = 0,
    size: tuple[int, int] | None = None,
    progress: Callable[[int], None] | None = None,
) -> Path:
    """Draw ``count`` scenes into ``folder`` as ``scene-00001.jpg`` … and ``captions.tsv``.

    Files of these names that are there already are drawn anew; nothing else is touched.

    Args:
        folder: made if it is not there.
        count: how many scenes, at least 1.
        seed: scene ``n`` (from 1) is ``draw_scene(seed + n - 1, size)``.
        size: (width, height) in pixels; None mixes 4:3, 3:2, 3:4 and 1:1.
        progress: called with the number of scenes written, after each.

    Returns:
        The captions file: a header ``image<TAB>caption``, then five rows an image.

    Raises:
        InputError: ``count`` is below 1, or a size that cannot be drawn.
        StorageError: the folder cannot be written to.
    """
    if count < 1:
        raise InputError(f"Cannot draw {count} scenes. Ask for at least 1.")
    try:
        return _write(Path(folder), count, seed, size, progress)
    except OSError as error:
        raise StorageError(
            f"Cannot write scenes to {folder}: {error.strerror or error}. "
            "Choose a folder that can be written to, with room left."
        ) from error


def _write(
    folder: Path,
    count: int,
    seed: int,
    size: tuple[int, int] | None,
    progress: Callable[[int], None] | None,
) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    captions = folder / CAPTIONS_FILE
    rows = [HEADER]
    for number in range(1, count + 1):
        rows += _write_scene(folder, f"scene-{number:05d}.jpg", draw_scene(seed + number - 1, size))
        if progress is not None:
            progress(number)
    captions.write_text("".join(rows), encoding="utf-8")
    return captions


def _write_scene(folder: Path, name: str, scene: Scene) -> list[str]:
    scene.image.save(folder / name, quality=QUALITY)
    return [f"{name}\t{caption}\n" for caption in scene.captions]

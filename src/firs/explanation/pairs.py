"""Pairs of pictures: which parts of two pictures are alike, and contribute to their score.

If embeddings are sums of cells, the cosine of two pictures is the sum over all pairs of cells,

    s(a, b) = Σᵢ Σⱼ aᵢ · bⱼ

so each picture has a map that adds up exactly to the score: cell i of ``a`` contributes aᵢ · b.
Cells correspond if each is the other's best match (Dekel et al., "Best-buddies similarity for
robust template matching", CVPR 2015) by aᵢ · bⱼ after the mean cell of both pictures is subtracted,
since what all cells share does not distinguish them. The pairs that contribute most come first.
"""

from dataclasses import dataclass

from PIL import Image, ImageDraw

from firs.encoders import Encoder, PatchEncoder
from firs.errors import InputError
from firs.explanation.heatmaps import Cells, Map, overlay, prepare_picture, spread
from firs.imaging.contact_sheet import BACKGROUND, font

MAX_MATCHES = 6
"""Only the best pairs of cells are returned."""

_GAP = 12
_HEIGHT = 480
_LABEL_SIZE = 20
_FILL, _TEXT = (255, 232, 64), (0, 0, 0)


@dataclass(frozen=True, slots=True)
class CellMatch:
    """Two cells that are each other's best match.

    Args:
        first: (x, y) of the centre of the cell in the first picture, as shares of its width and
            height.
        second: the same in the second picture.
        likeness: their contribution to the score, without what all cells share.
    """

    first: tuple[float, float]
    second: tuple[float, float]
    likeness: float


@dataclass(frozen=True, slots=True, eq=False)
class Side:
    """One picture of a pair as it is displayed, its cells' contributions, and its map."""

    picture: Image.Image
    cells: Cells
    map: Map


@dataclass(frozen=True, slots=True, eq=False)
class Pair:
    """Why two pictures are alike; ``alike`` has the most similar cells first."""

    score: float
    first: Side
    second: Side
    alike: tuple[CellMatch, ...]


def explain_pair(encoder: Encoder, first: Image.Image, second: Image.Image) -> Pair:
    """Find the parts of two pictures that are alike.

    Raises:
        InputError: the encoder exposes no cells.
    """
    if not isinstance(encoder, PatchEncoder):
        raise InputError(
            f"{encoder.name} shows no cells of a picture, so they cannot be compared; 'mini' does."
        )
    one, other = encoder.encode_patches(first), encoder.encode_patches(second)
    one_sum, other_sum = one.sum(axis=(0, 1)), other.sum(axis=(0, 1))
    return Pair(
        float(one_sum @ other_sum),
        _side(first, one @ other_sum),
        _side(second, other @ one_sum),
        tuple(_match_cells(one, other)),
    )


def render_pair(pair: Pair) -> Image.Image:
    """Draw both pictures side by side with their maps, and a number on corresponding cells."""
    one, other = (_resize(overlay(side.picture, side.map)) for side in (pair.first, pair.second))
    right = one.width + _GAP
    sheet = Image.new("RGB", (right + other.width, _HEIGHT), BACKGROUND)
    sheet.paste(one, (0, 0))
    sheet.paste(other, (right, 0))
    draw = ImageDraw.Draw(sheet)
    for number, match in enumerate(pair.alike, 1):
        for (across, down), left, width in (
            (match.first, 0, one.width),
            (match.second, right, other.width),
        ):
            x, y, radius = left + across * width, down * _HEIGHT, _LABEL_SIZE / 2
            draw.ellipse((x - radius, y - radius, x + radius, y + radius), _FILL)
            draw.text((x, y), str(number), _TEXT, font(_LABEL_SIZE * 3 // 4), anchor="mm")
    return sheet


def _side(picture: Image.Image, cells: Cells) -> Side:
    upright = prepare_picture(picture)
    return Side(upright, cells, spread(cells, upright))


def _match_cells(one: Cells, other: Cells) -> list[CellMatch]:
    centre = (one.mean(axis=(0, 1)) + other.mean(axis=(0, 1))) / 2
    dim = one.shape[-1]
    likeness = (one - centre).reshape(-1, dim) @ (other - centre).reshape(-1, dim).T
    best, back = likeness.argmax(axis=1), likeness.argmax(axis=0)
    mutual = [cell for cell in range(len(best)) if back[best[cell]] == cell]
    mutual.sort(key=lambda cell: -likeness[cell, best[cell]])
    return [
        CellMatch(
            _centre(cell, one.shape),
            _centre(int(best[cell]), other.shape),
            float(likeness[cell, best[cell]]),
        )
        for cell in mutual[:MAX_MATCHES]
    ]


def _centre(cell: int, shape: tuple[int, ...]) -> tuple[float, float]:
    row, col = divmod(cell, shape[1])
    return (col + 0.5) / shape[1], (row + 0.5) / shape[0]


def _resize(picture: Image.Image) -> Image.Image:
    width = min(max(1, round(picture.width * _HEIGHT / picture.height)), 3 * _HEIGHT)
    return picture.resize((width, _HEIGHT), Image.Resampling.BICUBIC)

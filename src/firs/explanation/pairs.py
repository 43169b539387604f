"""Pairs of pictures: which parts of two pictures are alike, and carry their score.

Where vectors are sums of cells, the cosine of two pictures is the sum over all pairs of cells,

    s(a, b) = Σᵢ Σⱼ aᵢ · bⱼ

so each picture has a map that adds up to the score, exactly: cell i of ``a`` adds aᵢ · b. Which
cells correspond is told by pairs that are each other's best (Dekel et al., "Best-buddies
similarity for robust template matching", CVPR 2015) by aᵢ · bⱼ, those that add most first, with
both pictures' mean cell taken off: what all cells share tells nothing apart.
"""

from dataclasses import dataclass

from PIL import Image, ImageDraw

from firs.encoders import Encoder, PatchEncoder
from firs.errors import InputError
from firs.explanation.heatmaps import Cells, Map, overlaid, prepare_picture, spread
from firs.imaging.contact_sheet import font

MOST = 6
"""Pairs of cells that are told."""

_GAP = 12
_HIGH = 480
_SIZE = 20
_LINE, _TEXT = (255, 232, 64), (0, 0, 0)


@dataclass(frozen=True, slots=True)
class Alike:
    """Two cells that are each other's best.

    Args:
        first: (x, y) of the middle of the first picture's, in shares of its width and height.
        second: the same in the second picture.
        likeness: what they add to the score, without what all cells share.
    """

    first: tuple[float, float]
    second: tuple[float, float]
    likeness: float


@dataclass(frozen=True, slots=True, eq=False)
class Side:
    """One picture of a pair: as it is shown, what each cell adds to the score, and its map."""

    picture: Image.Image
    cells: Cells
    map: Map


@dataclass(frozen=True, slots=True, eq=False)
class Pair:
    """Why two pictures are alike; ``alike`` contains the most similar cells first."""

    score: float
    first: Side
    second: Side
    alike: tuple[Alike, ...]


def explain_pair(encoder: Encoder, first: Image.Image, second: Image.Image) -> Pair:
    """Find the parts of two pictures that are alike.

    Raises:
        InputError: the encoder shows no cells.
    """
    if not isinstance(encoder, PatchEncoder):
        raise InputError(
            f"{encoder.name} shows no cells of a picture, so they cannot be compared; 'mini' does."
        )
    one, other = encoder.encode_patches(first), encoder.encode_patches(second)
    whole, rest = one.sum(axis=(0, 1)), other.sum(axis=(0, 1))
    return Pair(
        float(whole @ rest),
        _side(first, one @ rest),
        _side(second, other @ whole),
        tuple(_alike(one, other)),
    )


def render_pair(pair: Pair) -> Image.Image:
    """Both pictures side by side with their maps, and a number on the cells that correspond."""
    sides = [_high(overlaid(side.picture, side.map)) for side in (pair.first, pair.second)]
    whole = Image.new("RGB", (sum(each.width for each in sides) + _GAP, _HIGH), (34, 34, 34))
    right = sides[0].width + _GAP
    whole.paste(sides[0], (0, 0))
    whole.paste(sides[1], (right, 0))
    draw = ImageDraw.Draw(whole)
    for number, alike in enumerate(pair.alike, 1):
        _label(draw, alike.first, sides[0].width, 0, number)
        _label(draw, alike.second, sides[1].width, right, number)
    return whole


def _side(picture: Image.Image, cells: Cells) -> Side:
    upright = prepare_picture(picture)
    return Side(upright, cells, spread(cells, upright))


def _alike(one: Cells, other: Cells) -> list[Alike]:
    centre = (one.mean(axis=(0, 1)) + other.mean(axis=(0, 1))) / 2
    dim = one.shape[-1]
    likeness = (one - centre).reshape(-1, dim) @ (other - centre).reshape(-1, dim).T
    there, back = likeness.argmax(axis=1), likeness.argmax(axis=0)
    mutual = [at for at in range(len(there)) if back[there[at]] == at]
    best = sorted(mutual, key=lambda at: -likeness[at, there[at]])[:MOST]
    return [
        Alike(
            _middle(at, one.shape),
            _middle(int(there[at]), other.shape),
            float(likeness[at, there[at]]),
        )
        for at in best
    ]


def _middle(at: int, shape: tuple[int, ...]) -> tuple[float, float]:
    row, col = divmod(at, shape[1])
    return (col + 0.5) / shape[1], (row + 0.5) / shape[0]


def _high(picture: Image.Image) -> Image.Image:
    width = min(max(1, round(picture.width * _HIGH / picture.height)), 3 * _HIGH)
    return picture.resize((width, _HIGH), Image.Resampling.BICUBIC)


def _label(
    draw: ImageDraw.ImageDraw, at: tuple[float, float], width: int, left: int, number: int
) -> None:
    x, y = left + at[0] * width, at[1] * _HIGH
    draw.ellipse((x - _SIZE / 2, y - _SIZE / 2, x + _SIZE / 2, y + _SIZE / 2), _LINE)
    draw.text((x, y), str(number), _TEXT, font(_SIZE * 3 // 4), anchor="mm")

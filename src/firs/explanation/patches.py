"""``patches``: what each cell of the picture adds to the score.

Where a picture's vector is the sum of its cells' vectors, as ``mini``'s is, its cosine to a text
is the sum of the cells' shares, exactly (class activation mapping; Zhou et al., 2016, eq. 2):

    s(text, picture) = t · Σ cell = Σ t · cell

The map shows the shares above 0; ``Explanation.cells`` has all of them. Of CLIP and SigLIP through
PyTorch the cells are compared with the text instead: see ``firs.explanation.similarity``.
"""

from collections.abc import Sequence

from PIL import Image

from firs.encoders import Encoder, PatchEncoder
from firs.errors import InputError
from firs.explanation.align import spread
from firs.explanation.base import Explainer, Explanation
from firs.explanation.maps import prepare_picture
from firs.explanation.words import EncodedWords


class Patches:
    """Shares of cells that add up to the score, and shares of words.

    Args:
        encoder: one whose cells add up to its vectors.
    """

    name = "patches"

    def __init__(self, encoder: PatchEncoder) -> None:
        self._encoder = encoder

    def explain(self, pictures: Sequence[Image.Image], text: str) -> list[Explanation]:
        """Tell the share of each cell and of each word, for each of some pictures.

        Raises:
            InputError: there is no word in the text.
        """
        told = EncodedWords(self._encoder, text)
        return [self._explanation(picture, told, text) for picture in pictures]

    def _explanation(self, picture: Image.Image, told: EncodedWords, text: str) -> Explanation:
        vectors = self._encoder.encode_patches(picture)
        cells, whole, upright = (
            vectors @ told.vector,
            vectors.sum(axis=(0, 1)),
            prepare_picture(picture),
        )
        return Explanation(
            self.name,
            text,
            upright,
            map=spread(cells, upright),
            score=told.score(whole),
            cells=cells,
            words=told.shares(whole),
        )


def open_patches(encoder: Encoder) -> Explainer:
    """Open the explanation by cells that an encoder allows.

    Raises:
        InputError: it shows no cells.
    """
    if isinstance(encoder, PatchEncoder):
        return Patches(encoder)
    if hasattr(encoder, "model"):
        from firs.explanation.similarity import Similarity

        return Similarity(encoder)
    raise InputError(
        f"{encoder.name} shows no cells of a picture. Explain by 'occlusion' or 'words', which "
        "work with every encoder."
    )

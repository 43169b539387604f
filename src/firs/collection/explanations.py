"""``Collection.explanation``: why an image of the collection matches a text."""

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING

from firs.collection.store import Store, require_known
from firs.errors import InputError
from firs.query import Example, Query, TextTerm
from firs.storage.encoders import AskedEncoders
from firs.storage.records import ImageRecord

if TYPE_CHECKING:
    from PIL import Image

    from firs.explanation import Explanation, Faithfulness
    from firs.explanation.api import ExplanationCache
    from firs.explanation.pairs import Pair
    from firs.ranking import Explain


class CollectionExplanation:
    """Explanations of the images of one collection; recent ones are cached in memory.

    Args:
        store: the store of the collection.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    def explain(
        self,
        image: int,
        text: str,
        *,
        method: str = "",
        encoder: str | None = None,
        read: "Callable[[], Image.Image] | None" = None,
    ) -> "Explanation":
        """Explain which regions of an image, and which words, match a text.

        Args:
            image: its id.
            text: the text to match.
            method: a name in ``firs.explanation.EXPLAINERS``; by default the one that suits the
                encoder.
            encoder: the encoder to explain; by default the one that the collection was opened with.
            read: returns the image, if it is not to be read from its file.

        Raises:
            InputError: the id is unknown, the text has no word, or the encoder does not support the
                method.
            ImageError: the image file does not exist or cannot be read.
            MissingExtra: the method needs an extra that is not installed.

        >>> found = collection.explanation.explain(3, "a black cat")  # doctest: +SKIP
        >>> found.overlay().save("why.png")  # doctest: +SKIP
        """
        from firs.explanation.api import ExplanationKey, load_picture

        record = self._image(image)
        with self._store.searcher.open_searcher(encoder) as space:
            opened = space.encoder
        requested = ExplanationKey(record.hash, text, method)
        return self._explanations.get(
            requested, opened, read or (lambda: load_picture(record.path))
        )

    def check(self, explained: "Explanation", encoder: str | None = None) -> "Faithfulness":
        """Test whether the score of an image rests on what its map marks.

        Raises:
            InputError: the map marks nothing, or there is none.
        """
        from firs.explanation import check_faithfulness

        with self._store.searcher.open_searcher(encoder) as space:
            opened = space.encoder
        return check_faithfulness(explained, opened)

    def explain_pair(
        self, first: Example, second: Example, *, encoder: str | None = None
    ) -> "Pair":
        """Explain which parts of two images are similar.

        Args:
            first: a file, its bytes, a Pillow image, or an image's id.
            second: the same.
            encoder: the encoder to explain; by default the one that the collection was opened with.

        Raises:
            InputError: an id is unknown, or the encoder provides no patch embeddings.
            ImageError: an image file does not exist or cannot be read.
        """
        from firs.explanation.api import load_picture
        from firs.explanation.pairs import explain_pair

        sources = [
            self._image(each).path if isinstance(each, int) else each for each in (first, second)
        ]
        with self._store.searcher.open_searcher(encoder) as space:
            opened = space.encoder
        one, other = map(load_picture, sources)
        return explain_pair(opened, one, other)

    def for_query(self, query: Query, encoder: AskedEncoders) -> "Explain":
        """Return the function by which a ranking of this collection explains its images."""
        words = [term.what.text for term in query.positive if isinstance(term.what, TextTerm)]

        def explain(image: int, text: str, method: str) -> "Explanation":
            if not text and not words:
                raise InputError("There are no words in the query; give explain a text.")
            if not isinstance(encoder, str | None):
                raise InputError("Use Collection.explanation, which takes one encoder's name.")
            return self.explain(image, text or words[0], method=method, encoder=encoder)

        return explain

    def _image(self, id_: int) -> ImageRecord:
        found = self._store.records([id_])
        require_known([id_], found, self._store.location)
        return found[id_]

    @cached_property
    def _explanations(self) -> "ExplanationCache":
        from firs.explanation.api import ExplanationCache

        return ExplanationCache()

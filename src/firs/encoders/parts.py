"""Many texts encoded some at a time, so that progress can be told and little memory is taken."""

from collections.abc import Callable, Sequence

import numpy as np

from firs.encoders.base import Encoder, Vectors

AT_ONCE = 64


def encode_in_parts(
    encoder: Encoder,
    texts: Sequence[str],
    progress: Callable[[int, int], object] | None = None,
) -> Vectors:
    """Texts → float32 ``(len(texts), dim)``, rows of length 1.

    Args:
        encoder: what encodes them.
        texts: any number.
        progress: called with the texts encoded, and those to encode.
    """
    parts = [np.empty((0, encoder.dim), dtype=np.float32)]
    for at in range(0, len(texts), AT_ONCE):
        parts.append(encoder.encode_texts(texts[at : at + AT_ONCE]))
        if progress is not None:
            progress(min(at + AT_ONCE, len(texts)), len(texts))
    return np.concatenate(parts)

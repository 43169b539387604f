"""Captions of images on a server."""

import json
from collections.abc import Mapping, Sequence

from firs.collection.chunks import batches
from firs.errors import InputError
from firs.milvus.fields import Row
from firs.milvus.records import LONGEST_CAPTIONS, caption_fields, captions_of
from firs.milvus.rows import Rows

_AT_ONCE = 1_000


def replace_captions(rows: Rows, source: str, texts: Mapping[int, Sequence[str]]) -> int:
    """Make images' captions from a source the given; return how many are new.

    Raises:
        InputError: an image has more captions than a server keeps.
    """
    new = 0
    for some in batches(texts, _AT_ONCE):
        kept = rows.get(some)
        changed = {id_: _replace_source(row, source, texts[id_]) for id_, row in kept.items()}
        rows.note({id_: row for id_, (row, _) in changed.items() if row != kept[id_]})
        new += sum(count for _, count in changed.values())
    return new


def _replace_source(row: Row, source: str, texts: Sequence[str]) -> tuple[Row, int]:
    """The row with other captions from a source, and how many are new."""
    kept = [each for each in captions_of(row) if each["source"] != source or each["text"] in texts]
    known = {each["text"] for each in kept if each["source"] == source}
    new = [text for text in dict.fromkeys(texts) if text not in known]
    captions = [*kept, *({"text": text, "source": source} for text in new)]
    size = sum(len(json.dumps(dict(each))) for each in captions)
    if size > LONGEST_CAPTIONS:
        raise InputError(
            f"The captions of {row['path']} are {size:,} bytes together; a server keeps "
            f"{LONGEST_CAPTIONS:,} an image. Give fewer."
        )
    return row | caption_fields(captions), len(new)

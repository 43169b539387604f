"""Parquet files of images: a row has an image, or its location.

The column of images contains bytes, or a struct with ``bytes`` in it as Hugging Face datasets write
it; if there are several, it is called ``image`` or another of a few names. Without one, a column of
paths or URLs is used. Columns called ``caption``, ``text``, ``captions``, ``caption_0`` … are
captions.
"""

import re
import threading
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.util import find_spec
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING, Any

from firs.errors import ImageError, MissingExtra
from firs.imaging import open_file, why
from firs.sources.paths import is_url, plain
from firs.sources.shards import MAX_BYTES, UNKNOWN, Captions, Status, open_place

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq

ROW = "row-"

_PICTURES = ("image", "img", "picture", "photo", "jpg", "jpeg", "png", "webp", "bytes")
_PLACES = ("image", "image_path", "path", "file", "file_name", "filename", "image_url", "url")
_CAPTIONS = re.compile(r"(alt_?text|caption|text|sentence)s?(_?\d+)?")


class ParquetShard:
    """A Parquet file; one row group is in memory at a time."""

    def __init__(self, path: str, _: Status) -> None:
        if find_spec("pyarrow") is None:
            raise MissingExtra("Parquet files", "shards")
        self.problem: str | None = None
        self._path = path
        with self._open() as parquet:
            self._schema = parquet.schema_arrow
            self._rows = parquet.metadata.num_rows
            groups = range(parquet.num_row_groups)
            self._ends = list(accumulate(parquet.metadata.row_group(at).num_rows for at in groups))
        self._column = _picture_column(self._schema)
        self._lock = threading.Lock()
        self._loaded: tuple[int, Any] = (-1, None)

    def members(self) -> Mapping[str, int]:
        return {f"{ROW}{at}": UNKNOWN for at in range(self._rows)}

    def read(self, member: str) -> bytes:
        number = member.partition(ROW)[2]
        if not number.isdecimal() or f"{ROW}{int(number)}" != member or int(number) >= self._rows:
            raise ImageError("no such file")
        value = self._value(int(number))
        if isinstance(value, dict):
            value = value.get("bytes") or value.get("path")
        if value is None:
            raise ImageError("no picture in this row")
        return value if isinstance(value, bytes) else self._read_location(str(value))

    def captions(self) -> Captions:
        names = [name for name in self._schema.names if _CAPTIONS.fullmatch(name.lower())]
        captions: Captions = {}
        row = 0
        with self._open() as parquet:
            for batch in parquet.iter_batches(columns=names) if names else ():
                for values in batch.to_pylist():
                    if texts := _texts(values.values()):
                        captions[f"{ROW}{row}"] = texts
                    row += 1
        return captions

    def _value(self, row: int) -> Any:
        group = bisect_right(self._ends, row)
        first = self._ends[group - 1] if group else 0
        with self._lock:
            if self._loaded[0] != group:
                self._loaded = group, self._group(group)
            return self._loaded[1][row - first].as_py()

    def _group(self, group: int) -> Any:
        with self._open() as parquet:
            return parquet.read_row_group(group, columns=[self._column])[self._column]

    @contextmanager
    def _open(self) -> "Iterator[pq.ParquetFile]":
        """Return the open file; any defect in it is reported as one plain reason."""
        import pyarrow.parquet as pq

        with open_place(self._path) as file:
            try:
                yield pq.ParquetFile(file)
            except (OSError, ValueError) as error:  # Arrow raises them without a number
                if isinstance(error, OSError) and error.errno is not None:
                    raise
                raise ImageError(why(error).partition("\n")[0]) from error

    def _read_location(self, place: str) -> bytes:
        """Read a location: a URL, an absolute path, or one relative to the file's folder."""
        if not is_url(place) and not place.startswith("/"):
            place = f"{self._path.rpartition('/')[0]}/{place}"
        with open_file(Path(plain(place))) as file:
            data = file.read(MAX_BYTES + 1)
        if len(data) > MAX_BYTES:
            raise ImageError(f"too large: more than {MAX_BYTES} bytes")
        return data


def _picture_column(schema: "pa.Schema") -> str:
    """Return the column of images, or else of their locations."""
    import pyarrow.types as kinds

    binary = [field.name for field in schema if _has_bytes(field.type)]
    strings = [field.name for field in schema if kinds.is_string(field.type)]
    for names, candidates in ((binary, _PICTURES), (strings, _PLACES)):
        by_lower = {name.lower(): name for name in reversed(names)}
        for name in candidates:
            if name in by_lower:
                return str(by_lower[name])
    if len(binary) == 1:
        return str(binary[0])
    raise ImageError(f"no column of pictures; there are: {', '.join(schema.names)}")


def _has_bytes(kind: "pa.DataType") -> bool:
    import pyarrow.types as kinds

    if kinds.is_struct(kind):
        return any(part.name == "bytes" and _has_bytes(part.type) for part in kind)
    return bool(kinds.is_binary(kind) or kinds.is_large_binary(kind))


def _texts(values: Any) -> list[str]:
    """Return the distinct, non-empty texts of a row."""
    several = [value if isinstance(value, list) else [value] for value in values]
    texts = [" ".join(each.split()) for some in several for each in some if isinstance(each, str)]
    return list(dict.fromkeys(text for text in texts if text))

"""The protocols of encoders, and what the encoders with two towers share."""

import hashlib
import json
import os
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, TypeVar, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from firs.errors import EncoderError

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from onnxruntime import InferenceSession, SessionOptions
    from PIL.Image import Image

    from firs.encoders.preprocess import Preprocess

Vectors: TypeAlias = NDArray[np.float32]
"""float32 ``(n, dim)``, rows of length 1."""


@runtime_checkable
class Encoder(Protocol):
    """An encoder of texts and images into one space (CLIP; Radford et al., 2021)."""

    @property
    def name(self) -> str:
        """The name that opens this encoder, such as ``mini``."""

    @property
    def dim(self) -> int:
        """The number of dimensions of an embedding."""

    @property
    def image_size(self) -> int:
        """The side of the image tower's input in pixels; decode images at this size or larger."""

    @property
    def fingerprint(self) -> str:
        """A hex digest of weights and preprocessing: equal fingerprints give equal embeddings."""

    def encode_texts(self, texts: Sequence[str]) -> Vectors:
        """Encode texts as float32 ``(len(texts), dim)``, rows of length 1."""

    def encode_images(self, images: "Sequence[Image]") -> Vectors:
        """Encode images of any size and mode as float32 ``(len(images), dim)``."""


@runtime_checkable
class PatchEncoder(Encoder, Protocol):
    """An encoder with image embeddings that are the sum of the vectors of their cells."""

    def encode_patches(self, image: "Image") -> NDArray[np.float32]:
        """Encode the cells of one image as float32 ``(rows, cols, dim)``.

        The sum over rows and columns is the image's embedding, so its similarity to a text is
        exactly the sum of the cells' contributions.
        """


Item = TypeVar("Item")


class DualEncoder(ABC):
    """An encoder of a text tower and an image tower (CLIP; Radford et al., 2021).

    A backend (ONNX, transformers, OpenCLIP) defines how its towers run. At most ``image_batch``
    images are in memory as arrays at a time.
    """

    image_batch = 8
    text_batch = 32

    def __init__(self, name: str, preprocess: "Preprocess") -> None:
        self.name = name
        self.preprocess = preprocess

    @property
    def image_size(self) -> int:
        """The shortest side in pixels that an image needs so that no detail is lost."""
        rules = self.preprocess
        return max(rules.width, rules.height, rules.edge or 0)

    @property
    @abstractmethod
    def dim(self) -> int:
        """The number of dimensions of an embedding."""

    @property
    @abstractmethod
    def fingerprint(self) -> str:
        """A hex digest of weights and preprocessing."""

    def encode_texts(self, texts: Sequence[str]) -> Vectors:
        """Encode texts as float32 ``(len(texts), dim)``, rows of length 1.

        Texts beyond the context length are truncated, with a warning.

        Raises:
            EncoderError: the model's output is not a valid embedding.
        """
        return self._encode(texts, self.text_batch, self._text_rows)

    def encode_images(self, images: "Sequence[Image]") -> Vectors:
        """Encode images of any size and mode as float32 ``(len(images), dim)``, rows of length 1.

        Raises:
            EncoderError: the model's output is not a valid embedding.
        """
        from concurrent.futures import ThreadPoolExecutor

        with ThreadPoolExecutor(threads_to_use(), thread_name_prefix="preprocess") as pool:
            rows = partial(self._image_rows, pool=pool)
            return self._encode(images, self.image_batch, rows)

    @abstractmethod
    def _text_rows(self, texts: Sequence[str]) -> NDArray[Any]:
        """Encode at most ``text_batch`` texts, not normalized."""

    @abstractmethod
    def _pixel_rows(self, pixels: NDArray[np.float32]) -> NDArray[Any]:
        """Encode preprocessed images ``(n, 3, height, width)``, not normalized."""

    def _image_rows(self, images: "Sequence[Image]", pool: "Executor") -> NDArray[Any]:
        return self._pixel_rows(np.stack(list(pool.map(self.preprocess, images))))

    def _encode(
        self, items: Sequence[Item], size: int, rows: Callable[[Sequence[Item]], NDArray[Any]]
    ) -> Vectors:
        def encode(batch: Sequence[Item]) -> Vectors:
            return normalize(rows(batch), self.dim, self.name)

        return encode_batches(encode, items, size, self.dim)


@runtime_checkable
class TextReader(Protocol):
    """An encoder that knows what it cannot read."""

    def text_warnings(self, text: str) -> list[str]:
        """Return a sentence for each reason why a query may not be understood."""


def encode_batches(
    encode: Callable[[Sequence[Item]], Vectors],
    items: Sequence[Item],
    size: int,
    dim: int,
    progress: Callable[[int, int], object] | None = None,
) -> Vectors:
    """Encode any number of texts or images as float32 ``(len(items), dim)``.

    Args:
        encode: encodes a batch.
        items: the texts or images.
        size: the largest number of items per batch.
        dim: the number of dimensions of an embedding.
        progress: called after each batch with the number of items encoded, and of all items.
    """
    embeddings = np.empty((len(items), dim), np.float32)
    for start in range(0, len(items), size):
        batch = items[start : start + size]
        embeddings[start : start + size] = encode(batch)
        if progress is not None:
            progress(start + len(batch), len(items))
    return embeddings


def normalize(rows: NDArray[Any], dim: int, name: str) -> Vectors:
    """Scale rows to length 1.

    Raises:
        EncoderError: the rows do not have ``dim`` columns, are not finite, or are zero.
    """
    if rows.ndim != 2 or rows.shape[1] != dim:
        raise EncoderError(
            f"{name}: a tower returns {'×'.join(map(str, rows.shape))} instead of rows of {dim}; "
            "its files come from different models. Get all of them again."
        )
    vectors = rows.astype(np.float32, copy=False)
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    if not np.isfinite(lengths).all() or not lengths.all():
        raise EncoderError(
            f"{name} returns embeddings that are not finite or zero; its weights are damaged, or "
            "this precision is too low. Get its files again, or use the full precision."
        )
    unit: Vectors = vectors / lengths
    return unit


FULL = "fp32"
PRECISIONS = (FULL, "fp16", "int8")
PRECISION_MARK = "@"


def split_precision(source: str) -> tuple[str, str]:
    """Split a name or source into itself and its precision.

    >>> split_precision("siglip2-base@int8"), split_precision("siglip2-base")
    (('siglip2-base', 'int8'), ('siglip2-base', 'fp32'))
    """
    place, mark, precision = source.rpartition(PRECISION_MARK)
    return (place, precision) if mark and precision in PRECISIONS else (source, FULL)


def read_json(path: Path) -> dict[str, Any]:
    """Read a config of a model.

    Raises:
        EncoderError: it is missing, damaged or not a JSON object.
    """
    try:
        content = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise EncoderError(f"{path} cannot be read; get it again ({error}).") from error
    if not isinstance(content, dict):
        raise EncoderError(f"{path} contains no JSON object; get it again.")
    return content


_DIGEST = re.compile(r"[0-9a-f]{64}")


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file.

    Large files in the cache of ``huggingface_hub`` are named by it, and were verified when they
    were downloaded; they are not read again.
    """
    real = path.resolve()
    if real.parent.name == "blobs" and _DIGEST.fullmatch(real.name):
        return real.name
    with real.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def usable_cores() -> int:
    """Return how many processors this process may use; containers allow fewer than there are."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def threads_to_use() -> int:
    """Return ``OMP_NUM_THREADS``, which Ray sets for an actor, or the number of usable cores."""
    limit = os.environ.get("OMP_NUM_THREADS", "").partition(",")[0]
    return int(limit) if limit.isdecimal() and int(limit) else usable_cores()


PROVIDERS = (
    "CUDAExecutionProvider",
    "CoreMLExecutionProvider",
    "OpenVINOExecutionProvider",
    "CPUExecutionProvider",
)
"""Execution providers in the order of preference; those that are not installed are skipped."""


def open_session(
    model: Path | bytes, *, threads: int | None = None, optimized: bool = False
) -> "InferenceSession":
    """Open a model for inference.

    Args:
        model: an ``.onnx`` file (weights in other files next to it are found), or a whole model.
        threads: the number of threads per operator; by default ``threads_to_use()``.
        optimized: the graph is optimised already, so that loading it takes less time.

    Raises:
        EncoderError: the file is missing, truncated, or cannot be run by this runtime.
    """
    import onnxruntime

    if isinstance(model, Path) and not model.is_file():
        raise EncoderError(f"{model} does not exist; copy the model's files there or download it.")
    source = model if isinstance(model, bytes) else str(model)
    available = set(onnxruntime.get_available_providers())
    providers = [name for name in PROVIDERS if name in available]
    try:
        return onnxruntime.InferenceSession(
            source, _options(threads, optimized=optimized), providers=providers
        )
    except Exception as error:  # the runtime's errors have no other common base
        raise EncoderError(
            f"{'The model' if isinstance(model, bytes) else model} cannot be run; it may be "
            f"truncated: delete it and download it again. The reason: {error}"
        ) from error


def _options(threads: int | None, *, optimized: bool) -> "SessionOptions":
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads or threads_to_use()
    if optimized:
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.log_severity_level = 3  # errors are raised anyway
    # A waiting thread that spins takes a core from the thread that decodes the next images.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return options

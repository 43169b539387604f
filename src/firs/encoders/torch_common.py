"""Shared parts of the PyTorch backends: device, precision, fingerprint, loading."""

import hashlib
from abc import abstractmethod
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from firs.encoders.base import DualEncoder, threads_to_use
from firs.encoders.preprocess import Preprocess
from firs.encoders.text import PROBE, may_exceed, warn_truncated
from firs.errors import MissingExtra

if TYPE_CHECKING:
    import torch


class TorchEncoder(DualEncoder):
    """An encoder with towers that run on PyTorch; a backend defines its tokenizer and towers."""

    model: Any
    fingerprint = ""

    def _set_model(self, model: Any) -> None:
        """Compute the fingerprint, then move the model to its device and precision."""
        self.fingerprint = compute_fingerprint(model, self.preprocess, self.ids(PROBE))
        self.model = move_to_device(model)
        if best_device().type != "cpu":
            self.image_batch = self.text_batch = 64

    @cached_property
    def dim(self) -> int:
        return int(self._text_rows(["a"]).shape[1])

    @property
    @abstractmethod
    def context_length(self) -> int:
        """The number of tokens that the text tower reads."""

    def tokens(self, texts: Sequence[str]) -> NDArray[np.int64]:
        """Tokenize as int64 ``(len(texts), context_length)``; truncates with a warning."""
        self._warn_truncated(texts)
        return self.ids(texts)

    @abstractmethod
    def ids(self, texts: Sequence[str]) -> NDArray[np.int64]:
        """Tokenize as :meth:`tokens` does, but without a warning."""

    @abstractmethod
    def _count_tokens(self, text: str) -> int:
        """Return the number of tokens of a text, not truncated."""

    def _warn_truncated(self, texts: Sequence[str]) -> None:
        limit = self.context_length
        long = [text for text in texts if may_exceed(text, limit)]
        warn_truncated([text for text in long if self._count_tokens(text) > limit], limit)

    def _run(
        self, tower: Callable[..., Any], *arrays: NDArray[Any], **inputs: NDArray[Any]
    ) -> NDArray[np.float32]:
        """Run a tower on arrays, and return the embeddings, not normalized."""
        import torch

        with torch.inference_mode():
            tensors = [to_tensor(self.model, rows) for rows in arrays]
            named = {name: to_tensor(self.model, rows) for name, rows in inputs.items()}
            return to_numpy(features(tower(*tensors, **named)))


def require_torch(what: str, extra: str) -> None:
    """Check that PyTorch is installed.

    Raises:
        MissingExtra: it is not; the message names the install command.
    """
    try:
        import torch  # noqa: F401
    except ImportError as error:
        raise MissingExtra(what, extra) from error


def features(output: Any) -> Any:
    """Return the embeddings of a tower, which release 5 of transformers wraps and 4 does not."""
    return getattr(output, "pooler_output", output)


def first_line(error: Exception) -> str:
    """Return the first line of an error's message, or its type if it has none."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


def move_to_device(model: "torch.nn.Module") -> "torch.nn.Module":
    """Move a model to the best device, for inference; in bfloat16 if a CUDA device supports it."""
    import torch

    device = best_device()
    if device.type == "cpu":
        torch.set_num_threads(threads_to_use())
    is_half = device.type == "cuda" and torch.cuda.is_bf16_supported()
    model = model.to(device, torch.bfloat16 if is_half else torch.float32)
    return model.eval().requires_grad_(False)


def best_device() -> "torch.device":
    """Return the GPU of Nvidia or Apple, or else the processor."""
    import torch

    if torch.cuda.is_available():
        return torch.device("cuda")
    return torch.device("mps" if torch.backends.mps.is_available() else "cpu")


def to_tensor(model: "torch.nn.Module", values: NDArray[Any]) -> "torch.Tensor":
    """Return an array as a tensor on the model's device, real numbers in its precision."""
    import torch

    parameter = next(model.parameters())
    tensor = torch.from_numpy(np.ascontiguousarray(values)).to(parameter.device)
    return tensor.to(parameter.dtype) if tensor.is_floating_point() else tensor


def to_numpy(tensor: "torch.Tensor") -> NDArray[np.float32]:
    """Return a tensor as a float32 array."""
    rows: NDArray[np.float32] = tensor.detach().float().cpu().numpy()
    return rows


def compute_fingerprint(
    model: "torch.nn.Module", preprocess: Preprocess, probe: NDArray[Any]
) -> str:
    """Return a hex digest of weights in full precision, preprocessing and tokenizer.

    Args:
        model: the model, before it is converted to a lower precision.
        preprocess: the rules of the preprocessing.
        probe: the tokens of ``PROBE``.
    """
    digest = hashlib.sha256(repr(preprocess).encode() + probe.astype(np.int64).tobytes())
    for name, tensor in sorted(model.state_dict().items()):
        digest.update(name.encode())
        digest.update(np.ascontiguousarray(to_numpy(tensor)).data)
    return digest.hexdigest()[:32]

"""What the two PyTorch backends share: where a model runs, how exactly, and what it is."""

import hashlib
from abc import abstractmethod
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from firs.encoders.base import DualEncoder
from firs.encoders.onnx_session import threads_to_use
from firs.encoders.preprocess import Preprocess
from firs.encoders.text import PROBE, tell_cut
from firs.errors import MissingExtra

if TYPE_CHECKING:
    import torch


class TorchEncoder(DualEncoder):
    """An encoder with towers that PyTorch runs; a backend defines how texts become token ids."""

    model: Any
    _fingerprint: str

    def _settle(self, model: Any) -> None:
        """Take the fingerprint, then the place and precision in which the model runs."""
        self._fingerprint = fingerprint(model, self.preprocess, self.ids(PROBE))
        self.model = move_to_device(model)
        if best_device().type != "cpu":
            self.image_batch = self.text_batch = 64

    @cached_property
    def dim(self) -> int:
        """Length of every vector."""
        return int(self._text_rows(["a"]).shape[1])

    @property
    def fingerprint(self) -> str:
        """Hex digest of weights, preprocessing and tokenizer."""
        return self._fingerprint

    @property
    @abstractmethod
    def context_length(self) -> int:
        """Tokens that the text tower reads."""

    def tokens(self, texts: Sequence[str]) -> NDArray[np.int64]:
        """Texts → int64 ``(len(texts), context_length)``; longer texts are cut, with a warning."""
        self._tell_cut(texts)
        return self.ids(texts)

    @abstractmethod
    def ids(self, texts: Sequence[str]) -> NDArray[np.int64]:
        """Return the same without a word about texts that are cut."""

    @abstractmethod
    def _is_cut(self, text: str) -> bool:
        """Whether the text is longer than the text tower reads."""

    def _tell_cut(self, texts: Sequence[str]) -> None:
        tell_cut([text for text in texts if self._is_cut(text)], self.context_length)


def need_torch(what: str, extra: str) -> None:
    """See that PyTorch is there.

    Raises:
        MissingExtra: it is not; the message names the install line.
    """
    try:
        import torch  # noqa: F401
    except ImportError as error:
        raise MissingExtra(what, extra) from error


def move_to_device(model: "torch.nn.Module") -> "torch.nn.Module":
    """Move a model to the best device here, for inference; bfloat16 where a GPU computes in it."""
    import torch

    device = best_device()
    if device.type == "cpu":
        torch.set_num_threads(threads_to_use())
    coarse = device.type == "cuda" and torch.cuda.is_bf16_supported()
    model = model.to(device, torch.bfloat16 if coarse else torch.float32)
    return model.eval().requires_grad_(False)


def best_device() -> "torch.device":
    """Return the GPU, Apple's or Nvidia's, or else the processor."""
    import torch

    if torch.cuda.is_available():
        return torch.device("cuda")
    return torch.device("mps" if torch.backends.mps.is_available() else "cpu")


def like(model: "torch.nn.Module", values: NDArray[Any]) -> "torch.Tensor":
    """Return an array as a tensor where the model is, real numbers in its precision."""
    import torch

    some = next(model.parameters())
    tensor = torch.from_numpy(np.ascontiguousarray(values)).to(some.device)
    return tensor.to(some.dtype) if tensor.is_floating_point() else tensor


def to_numpy(tensor: "torch.Tensor") -> NDArray[np.float32]:
    """Return a tensor as float32 in this machine's memory."""
    rows: NDArray[np.float32] = tensor.detach().float().cpu().numpy()
    return rows


def fingerprint(model: "torch.nn.Module", preprocess: Preprocess, probe: NDArray[Any]) -> str:
    """Hex digest of weights (before they are made coarser), preprocessing and tokenizer."""
    digest = hashlib.sha256(repr(preprocess).encode() + probe.astype(np.int64).tobytes())
    for name, tensor in sorted(model.state_dict().items()):
        digest.update(name.encode())
        digest.update(np.ascontiguousarray(to_numpy(tensor)).data)
    return digest.hexdigest()[:32]

"""The parts of ``mini`` in PyTorch: a sentence transformer, and the heads of both towers."""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

DIM = 512
TEXT_WIDTH = 384
IMAGE_CHANNELS = 1280


class Layer(nn.Module):
    """One post-norm transformer layer (BERT; Devlin et al., 2019)."""

    def __init__(self, width: int = TEXT_WIDTH, heads: int = 12, inner: int = 1536) -> None:
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(width, 3 * width)
        self.output = nn.Linear(width, width)
        self.output_norm = nn.LayerNorm(width, 1e-12)
        self.up = nn.Linear(width, inner)
        self.down = nn.Linear(inner, width)
        self.down_norm = nn.LayerNorm(width, 1e-12)

    def forward(self, x: Tensor, real: Tensor) -> Tensor:
        count, length, width = x.shape
        heads = self.qkv(x).reshape(count, length, 3, self.heads, width // self.heads)
        query, key, value = heads.permute(2, 0, 3, 1, 4)
        weight = query @ key.transpose(-2, -1) / math.sqrt(width // self.heads)
        weight = weight.masked_fill(~real[:, None, None, :], -1e4).softmax(-1)
        mixed = (weight @ value).transpose(1, 2).reshape(count, length, width)
        x = self.output_norm(x + self.output(mixed))
        return self.down_norm(x + self.down(F.gelu(self.up(x))))


class SentenceEncoder(nn.Module):
    """Tokens → the mean of the last layer (Sentence-BERT; Reimers and Gurevych, 2019).

    With ``rank``, the table of tokens is a product of two matrices (ALBERT; Lan et al., 2020),
    which needs a third of the space.
    """

    def __init__(
        self, layers: int, max_tokens: int, rank: int | None = None, vocabulary: int = 30522
    ) -> None:
        super().__init__()
        self.tokens = nn.Embedding(vocabulary, rank or TEXT_WIDTH)
        self.widen = nn.Linear(rank, TEXT_WIDTH, bias=False) if rank else nn.Identity()
        self.positions = nn.Parameter(torch.zeros(max_tokens, TEXT_WIDTH))
        self.norm = nn.LayerNorm(TEXT_WIDTH, 1e-12)
        self.layers = nn.ModuleList(Layer() for _ in range(layers))

    def forward(self, tokens: Tensor) -> Tensor:
        """int64 ``(n, length)``, 0 where padded → float ``(n, 384)``, rows of length 1."""
        real = tokens.ne(0)
        x = self.norm(self.widen(self.tokens(tokens)) + self.positions[: tokens.shape[1]])
        for layer in self.layers:
            x = layer(x, real)
        weight = real.unsqueeze(-1).to(x.dtype)
        return F.normalize((x * weight).sum(1) / weight.sum(1).clamp_min(1), dim=-1)


class Head(nn.Module):
    """Features → the joint space: a linear map plus a perceptron with one hidden layer."""

    def __init__(self, channels: int, dropout: float = 0.1, hidden: int = 1024) -> None:
        super().__init__()
        self.dropout = nn.Dropout(dropout)
        self.linear = nn.Linear(channels, DIM)
        self.up = nn.Linear(channels, hidden)
        self.down = nn.Linear(hidden, DIM)

    def forward(self, x: Tensor) -> Tensor:
        """Standardised features ``(n, channels)`` → rows ``(n, 512)``, not yet of length 1."""
        x = self.dropout(x)
        return self.linear(x) + self.down(self.dropout(F.gelu(self.up(x))))


class TextHead(nn.Module):
    """Unit sentence embeddings ``(n, 384)`` → unit rows ``(n, 512)``."""

    def __init__(self, dropout: float = 0.1) -> None:
        super().__init__()
        self.head = Head(TEXT_WIDTH, dropout)

    def forward(self, x: Tensor) -> Tensor:
        return F.normalize(self.head(x * math.sqrt(TEXT_WIDTH)), dim=-1)


class ImageHead(nn.Module):
    """Pooled features of EfficientNet-Lite ``(n, 1280)`` → unit rows ``(n, 512)``."""

    def __init__(self, mean: Tensor, spread: Tensor, dropout: float = 0.1) -> None:
        super().__init__()
        self.register_buffer("mean", mean)
        self.register_buffer("spread", spread)
        self.head = Head(IMAGE_CHANNELS, dropout)

    def forward(self, x: Tensor) -> Tensor:
        return F.normalize(self.head((x - self.mean) / self.spread), dim=-1)

    def cells(self, maps: Tensor) -> tuple[Tensor, Tensor]:
        """Feature maps → the embedding, and the vectors of cells that add up to it.

        GELU(u) = u·Φ(u). With the gates Φ(u) of the pooled features, the head is linear, so the
        embedding is a sum over cells; its length is part of the gates.

        Args:
            maps: float ``(n, 1280, rows, columns)``.

        Returns:
            Unit rows ``(n, 512)``, and cells ``(n, rows, columns, 512)``.
        """
        x = (maps.permute(0, 2, 3, 1) - self.mean) / self.spread
        pooled = x.mean((1, 2))
        up = self.head.up(pooled)
        gates = 0.5 * (1 + torch.erf(up / math.sqrt(2)))
        embedding = self.head.linear(pooled) + self.head.down(gates * up)
        length = embedding.norm(dim=-1, keepdim=True).clamp_min(1e-12)
        gated = gates[:, None, None, :] * self.head.up(x)
        cells = self.head.linear(x) + self.head.down(gated)
        count = x.shape[1] * x.shape[2]
        return embedding / length, cells / (count * length[:, None, None, :])


class TextTower(nn.Module):
    """Tokens → unit rows ``(n, 512)``: what ships."""

    max_tokens = 48

    def __init__(self, layers: int, rank: int) -> None:
        super().__init__()
        self.sentence = SentenceEncoder(layers, self.max_tokens, rank)
        self.head = TextHead(dropout=0.0)

    def forward(self, tokens: Tensor) -> Tensor:
        return self.head(self.sentence(tokens))

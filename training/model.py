"""The two towers of ``mini``, in PyTorch."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

DIM = 256
CELL_CHANNELS = 320
FEATURE_CHANNELS = 1280


class Block(nn.Module):
    """Two 3x3 convolutions and a shortcut (ResNet; He et al., 2016)."""

    def __init__(self, channels_in: int, channels_out: int, stride: int = 1) -> None:
        super().__init__()
        self.first = nn.Conv2d(channels_in, channels_out, 3, stride, 1, bias=False)
        self.first_norm = nn.BatchNorm2d(channels_out)
        self.second = nn.Conv2d(channels_out, channels_out, 3, 1, 1, bias=False)
        self.second_norm = nn.BatchNorm2d(channels_out)
        self.shortcut: nn.Module = nn.Identity()
        if stride > 1 or channels_in != channels_out:
            self.shortcut = nn.Sequential(
                nn.AvgPool2d(2, ceil_mode=True) if stride > 1 else nn.Identity(),
                nn.Conv2d(channels_in, channels_out, 1, bias=False),
                nn.BatchNorm2d(channels_out),
            )

    def forward(self, x: Tensor) -> Tensor:
        y = F.relu(self.first_norm(self.first(x)))
        return F.relu(self.second_norm(self.second(y)) + self.shortcut(x))


class ImageTower(nn.Module):
    """uint8 pixels → cells, one vector a 16x16 patch; their mean is the picture's vector.

    Everything after ``features`` is linear, so that a similarity to the pooled vector is a
    sum of similarities to the cells.
    """

    def __init__(
        self,
        widths: tuple[int, int, int] = (64, 128, CELL_CHANNELS),
        depths: tuple[int, int, int] = (1, 2, 2),
    ) -> None:
        super().__init__()
        small, middle, large = widths
        self.stem = nn.Sequential(
            nn.Conv2d(3, 32, 3, 2, 1, bias=False),
            nn.BatchNorm2d(32),
            nn.ReLU(),
            nn.Conv2d(32, small, 3, 2, 1, bias=False),
            nn.BatchNorm2d(small),
            nn.ReLU(),
        )
        self.fine = nn.Sequential(*[Block(small, small) for _ in range(depths[0])])
        self.middle = nn.Sequential(
            Block(small, middle, 2), *[Block(middle, middle) for _ in range(depths[1] - 1)]
        )
        self.coarse = nn.Sequential(
            Block(middle, large, 2), *[Block(large, large) for _ in range(depths[2] - 1)]
        )
        self.expand = nn.Sequential(
            nn.Conv2d(large, FEATURE_CHANNELS, 1, bias=False),
            nn.BatchNorm2d(FEATURE_CHANNELS),
            nn.ReLU(),
        )
        self.project = nn.Linear(FEATURE_CHANNELS, DIM)

    def maps(self, pixels: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """uint8 ``(n, 3, size, size)`` → maps of 1/8, of 1/16, and the last, 1280 channels."""
        x = pixels.float() / 127.5 - 1
        middle = self.middle(self.fine(self.stem(x)))
        coarse = self.coarse(middle)
        return middle, coarse, self.expansion.add(coarse)

    def forward(self, pixels: Tensor) -> Tensor:
        """uint8 ``(n, 3, size, size)`` → float ``(n, 256)``, not yet of length 1."""
        return self.project(self.maps(pixels)[2].float().mean((2, 3)))


class TextTower(nn.Module):
    """Tokens → one vector: a one-layer transformer, mean-pooled (Vaswani et al., 2017)."""

    max_tokens = 40
    width = 256

    def __init__(self, vocabulary: int, dropout: float = 0.3) -> None:
        super().__init__()
        self.tokens = nn.Embedding(vocabulary, self.width, padding_idx=0)
        nn.init.normal_(self.tokens.weight, 0, 0.1)
        self.places = nn.Parameter(torch.randn(self.max_tokens, self.width) * 0.02)
        self.drop = nn.Dropout(dropout)
        self.mix = Attention(self.width, heads=4, dropout=dropout)
        self.norm = nn.LayerNorm(self.width)
        self.project = nn.Linear(self.width, DIM)

    def forward(self, tokens: Tensor) -> Tensor:
        """int64 ``(n, length)``, 0 where padded → float ``(n, 256)``, not yet of length 1."""
        real = tokens.ne(0).unsqueeze(-1)
        x = self.drop(self.tokens(tokens) + self.places[: tokens.shape[1]])
        x = self.norm(self.mix(x, real)) * real
        return self.project(x.sum(1) / real.sum(1).clamp_min(1))


class Attention(nn.Module):
    """One pre-norm transformer layer."""

    def __init__(self, width: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.heads = heads
        self.before = nn.LayerNorm(width)
        self.ask = nn.Linear(width, 3 * width)
        self.answer = nn.Linear(width, width)
        self.think = nn.Sequential(
            nn.LayerNorm(width),
            nn.Linear(width, 2 * width),
            nn.GELU(),
            nn.Dropout(dropout),
            nn.Linear(2 * width, width),
        )
        self.drop = nn.Dropout(dropout)

    def forward(self, x: Tensor, real: Tensor) -> Tensor:
        count, length, width = x.shape
        asked = self.ask(self.before(x)).reshape(count, length, 3, self.heads, width // self.heads)
        query, key, value = asked.permute(2, 0, 3, 1, 4)
        weight = query @ key.transpose(-2, -1) / (width // self.heads) ** 0.5
        weight = weight.masked_fill(~real.reshape(count, 1, 1, length), -1e4).softmax(-1)
        heard = (weight @ value).transpose(1, 2).reshape(count, length, width)
        x = x + self.drop(self.answer(heard))
        return x + self.drop(self.think(x))

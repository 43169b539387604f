"""Step 3: train the text tower with the image features of the teacher.

    python -m training.text --data ../shared/data --work build/train

The teacher's pooled features of whole photos and clean crops represent the images; a linear
map projects them to the joint space. That map and the text tower start the contrastive step.
"""

import argparse
import math
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import Tensor, nn
from torch.nn import functional as F

from training.captions import pair_loss, read_captions, recalls, tokenise, train_tokenizer
from training.data import Standard
from training.distil import Average, save
from training.model import DIM, FEATURE_CHANNELS, TextTower


class Pairs:
    """Captions of the train split with a random clean view of their photo."""

    def __init__(self, data: Path, work: Path, seed: int) -> None:
        self._random = np.random.default_rng(seed)
        names = (data / "flickr8k" / "train.txt").read_text().split()
        table = read_captions(data / "flickr8k" / "captions.tsv")
        self.captions = [caption for name in names for caption in table[name]]
        self.owners = np.repeat(np.arange(len(names)), [len(table[name]) for name in names])
        views = np.load(work / "views.npy", mmap_mode="r")
        clean = np.flatnonzero(views["other"] < 0)
        order = clean[np.argsort(views["photo"][clean], kind="stable")]
        counts = np.bincount(views["photo"][clean], minlength=len(names))
        self._views = np.split(order, np.cumsum(counts)[:-1])

    def batches(self, size: int) -> list[np.ndarray]:
        """Return index arrays into ``captions`` for one pass."""
        order = self._random.permutation(len(self.captions))
        return [order[at : at + size] for at in range(0, len(order) - size + 1, size)]

    def views(self, owners: np.ndarray) -> np.ndarray:
        """Return a random clean view of each photo, another one at every call."""
        return np.array([self._random.choice(self._views[owner]) for owner in owners])


def dev_set(data: Path) -> tuple[list[str], list[str], Tensor]:
    """Return file names of the dev split, its captions, and the photo of each caption."""
    names = (data / "flickr8k" / "dev.txt").read_text().split()
    table = read_captions(data / "flickr8k" / "captions.tsv")
    captions = [caption for name in names for caption in table[name]]
    owners = torch.arange(len(names)).repeat_interleave(
        torch.tensor([len(table[name]) for name in names])
    )
    return names, captions, owners


def teacher_dev_features(data: Path, names: list[str]) -> Tensor:
    stored = np.load(data / "teacher" / "mobilenet_v2_features.npz")
    rows = {name: row for row, name in enumerate(stored["names"].tolist())}
    return torch.from_numpy(stored["features"][[rows[n] for n in names]].astype(np.float32))


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--epochs", type=int, default=6)
    parser.add_argument("--batch", type=int, default=512)
    parser.add_argument("--rate", type=float, default=2e-3)
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args()


class Start(nn.Module):
    """The text tower, the projection of the teacher's features, and the scale of the logits."""

    def __init__(self, vocabulary: int) -> None:
        super().__init__()
        self.text = TextTower(vocabulary)
        self.project = nn.Linear(FEATURE_CHANNELS, DIM)
        self.scale = nn.Parameter(torch.tensor(math.log(14.0)))

    def vectors(self, features: Tensor, tokens: Tensor) -> tuple[Tensor, Tensor]:
        """Standard features ``(n, 1280)`` and tokens → unit rows of images and of texts."""
        with torch.autocast("cpu", torch.bfloat16, enabled=self.training):
            images = self.project(F.dropout(features, 0.1, self.training))
            texts = self.text(tokens)
        return F.normalize(images.float()), F.normalize(texts.float())


def fit(start: Start, pairs: Pairs, tokens: Tensor, options: argparse.Namespace) -> Start:
    """Train, and return the averaged weights."""
    standard = Standard(options.work)
    pooled = np.load(options.work / "pooled.npy", mmap_mode="r")
    optimiser = torch.optim.AdamW(
        start.parameters(), options.rate, weight_decay=0.05, betas=(0.9, 0.98)
    )
    steps = len(pairs.captions) // options.batch * options.epochs
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, options.rate, total_steps=steps, pct_start=0.15
    )
    average = Average(start, 0.99)
    for epoch in range(options.epochs):
        for rows in pairs.batches(options.batch):
            owners = pairs.owners[rows]
            seen = torch.from_numpy(pooled[pairs.views(owners)])
            images, texts = start.vectors(standard("pooled", seen), tokens[rows])
            loss = pair_loss(images, texts, torch.from_numpy(owners), start.scale.exp())
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            optimiser.step()
            schedule.step()
            with torch.no_grad():
                start.scale.clamp_(max=math.log(50))
            average.update(start)
        print(f"epoch {epoch + 1}  loss {loss.item():.3f}", flush=True)
    start.load_state_dict(average.state)
    return start.eval()


@torch.no_grad()
def report(start: Start, tokenizer: Tokenizer, options: argparse.Namespace) -> None:
    """Print how well captions find the teacher's own features of the dev split."""
    names, captions, owners = dev_set(options.data)
    standard = Standard(options.work)
    features = teacher_dev_features(options.data, names) / standard.pooled_scale
    images, texts = start.vectors(standard("pooled", features), tokenise(tokenizer, captions))
    print("teacher's own features on dev:", recalls(images, texts, owners))


def main() -> None:
    options = parse()
    torch.manual_seed(options.seed)
    pairs = Pairs(options.data, options.work, options.seed)
    tokenizer = train_tokenizer(pairs.captions)
    tokenizer.save(str(options.work / "tokenizer.json"))
    vocabulary = tokenizer.get_vocab_size()
    start = fit(Start(vocabulary), pairs, tokenise(tokenizer, pairs.captions), options)
    save(
        options.work / "text.pt",
        text=start.text.state_dict(),
        project=start.project.state_dict(),
        vocabulary=vocabulary,
        scale=start.scale.item(),
    )
    report(start, tokenizer, options)


if __name__ == "__main__":
    main()

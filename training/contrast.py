"""Step 4: train both towers together on captions of photos and of drawn scenes.

    python -m training.contrast --data ../shared/data --work build/train

The contrastive loss alone overfits six thousand photos within a few passes, so the hints of
the distillation stay on, and the image embedding is also pulled towards that of the teacher in
the joint space. The learning rate falls to zero; the averaged weights are saved.
"""

import argparse
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, Dataset

from training.captions import pair_loss, recalls, tokenise
from training.data import Batch, Standard, TaughtViews
from training.distil import Average, Hints, save
from training.model import DIM, FEATURE_CHANNELS, ImageTower, TextTower
from training.prepare import decode_photos
from training.scenes import Scenes
from training.text import Pairs, dev_set
from training.views import render, whole_views


class CaptionedViews(Dataset[Batch]):
    """One caption per row, with another clean view of its photo each time."""

    def __init__(self, data: Path, work: Path, size: int, seed: int) -> None:
        self.pairs = Pairs(data, work, seed)
        self._views = TaughtViews(work, size)

    def __len__(self) -> int:
        return len(self.pairs.captions)

    def __getitem__(self, at: int) -> Batch:
        owner = self.pairs.owners[at]
        batch = self._views[int(self.pairs.views(owner[None])[0])]
        return {**batch, "caption": torch.tensor(at), "owner": torch.tensor(int(owner))}


def forever(dataset: Dataset[Batch], batch: int) -> Iterator[Batch]:
    """Yield shuffled batches without end, prepared by one worker."""
    loader = DataLoader(
        dataset, batch, shuffle=True, drop_last=True, num_workers=1, persistent_workers=True
    )
    while True:
        yield from loader


def join_maps(hints: Hints, project: nn.Linear) -> nn.Linear:
    """Return the map to the teacher's feature and its projection to the joint space as one map."""
    both = nn.Linear(FEATURE_CHANNELS, DIM)
    with torch.no_grad():
        both.weight.copy_(project.weight @ hints.pooled.weight)
        both.bias.copy_(project.weight @ hints.pooled.bias + project.bias)
    return both


class Towers(nn.Module):
    """Everything that is trained together."""

    def __init__(self, tower: ImageTower, text: TextTower, hints: Hints, scale: float) -> None:
        super().__init__()
        self.tower, self.text, self.hints = tower, text, hints
        self.scale = nn.Parameter(torch.tensor(scale))


def load_towers(work: Path) -> tuple[Towers, nn.Linear]:
    """Return the towers of the earlier steps, and the teacher's frozen projection."""
    words, distilled = torch.load(work / "text.pt"), torch.load(work / "distilled.pt")
    project = nn.Linear(FEATURE_CHANNELS, DIM)
    project.load_state_dict(words["project"])
    towers = Towers(ImageTower(), TextTower(words["vocabulary"]), Hints(), words["scale"])
    towers.hints.load_state_dict(distilled["hints"])
    last = join_maps(towers.hints, project).state_dict()
    state = {**distilled["average"], **{f"project.{k}": v for k, v in last.items()}}
    towers.tower.load_state_dict(state)
    towers.text.load_state_dict(words["text"])
    return towers, project


@dataclass(frozen=True)
class Mixed:
    """One batch: ``taught`` photos first, with the teacher's outputs, then drawn scenes."""

    pixels: Tensor
    words: Tensor
    owners: Tensor
    taught: Batch


class Feed:
    """An endless iterator of batches of photos and drawn scenes."""

    def __init__(self, options: argparse.Namespace, tokenizer: Tokenizer) -> None:
        photos = CaptionedViews(options.data, options.work, options.size, options.seed)
        scenes = Scenes(options.work, options.size)
        self._photo_words = tokenise(tokenizer, photos.pairs.captions)
        self._scene_words = tokenise(tokenizer, scenes.captions)
        self._photos = forever(photos, options.batch)
        self._scenes = forever(scenes, options.scenes)

    def __next__(self) -> Mixed:
        photos, scenes = next(self._photos), next(self._scenes)
        words = self._photo_words[photos["caption"]], self._scene_words[scenes["caption"]]
        length = max(part.shape[1] for part in words)
        return Mixed(
            pixels=torch.cat([photos["pixels"], scenes["pixels"]]),
            words=torch.cat([F.pad(part, (0, length - part.shape[1])) for part in words]),
            owners=torch.cat([photos["owner"], -1 - scenes["owner"]]),
            taught=photos,
        )


class CombinedLoss:
    """The loss of both towers."""

    def __init__(self, towers: Towers, teacher: nn.Linear, standard: Standard, hint: float) -> None:
        self._towers, self._teacher = towers, teacher
        self._standard, self._hint = standard, hint

    def loss(self, batch: Mixed) -> Tensor:
        """Return the contrastive loss of all pairs, plus hints and distances for the photos."""
        towers, taught = self._towers, len(batch.taught["pixels"])
        pixels = batch.pixels.contiguous(memory_format=torch.channels_last)
        with torch.autocast("cpu", torch.bfloat16):
            middle, coarse, features = towers.tower.maps(pixels)
            images = towers.tower.project(features.float().mean((2, 3)))
            texts = towers.text(batch.words)
            maps = middle[:taught], coarse[:taught], features[:taught]
            hint = towers.hints.loss(maps, batch.taught, self._standard)
            with torch.no_grad():
                target = self._teacher(self._standard("pooled", batch.taught["pooled"]))
        images, texts = F.normalize(images.float()), F.normalize(texts.float())
        distance = 1 - F.cosine_similarity(images[:taught], target.float()).mean()
        contrast = pair_loss(images, texts, batch.owners, towers.scale.exp())
        return contrast + self._hint * (hint + distance)


@torch.no_grad()
def encode(tower: ImageTower, pixels: np.ndarray, size: int) -> Tensor:
    """Encode uint8 ``(n, height, width, 3)`` as unit rows, as the finished encoder does."""
    tower.eval()
    rows = []
    for at in range(0, len(pixels), 50):
        views = whole_views(len(pixels))[at : at + 50]
        batch = torch.from_numpy(np.stack([render(view, pixels, size) for view in views]))
        rows.append(tower(batch.permute(0, 3, 1, 2).contiguous(memory_format=torch.channels_last)))
    return F.normalize(torch.cat(rows))


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--steps", type=int, default=1400)
    parser.add_argument("--batch", type=int, default=128, help="photos per batch")
    parser.add_argument("--scenes", type=int, default=40, help="drawn scenes per batch")
    parser.add_argument("--size", type=int, default=128)
    parser.add_argument("--rate", type=float, default=1e-3)
    parser.add_argument("--hint", type=float, default=1.0, help="weight of the teacher's hints")
    parser.add_argument("--out", default="mini.pt")
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args()


def main() -> None:
    options = parse()
    torch.manual_seed(options.seed)
    towers, teacher = load_towers(options.work)
    towers.to(memory_format=torch.channels_last)
    tokenizer = Tokenizer.from_file(str(options.work / "tokenizer.json"))
    objective = CombinedLoss(towers, teacher, Standard(options.work), options.hint)
    parameters = list(towers.parameters())
    optimiser = torch.optim.AdamW(parameters, options.rate, weight_decay=0.05, betas=(0.9, 0.98))
    average, feed, total = Average(towers, 0.995), Feed(options, tokenizer), 0.0
    for step in range(options.steps):
        for group in optimiser.param_groups:
            group["lr"] = options.rate * min(1, (step + 1) / 100) * (1 - step / options.steps)
        loss = objective.loss(next(feed))
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(parameters, 2.0)
        optimiser.step()
        with torch.no_grad():
            towers.scale.clamp_(max=math.log(50))
        average.update(towers)
        total += loss.item()
        if step % 50 == 49:
            print(f"step {step + 1}  loss {total / 50:.3f}", flush=True)
            total = 0.0
        if step % 250 == 249 or step == options.steps - 1:
            save_towers(options, average)
            report(options, average)


def save_towers(options: argparse.Namespace, average: Average) -> None:
    """Write the averaged towers, which are what is exported."""
    parts = {
        part: {
            name.removeprefix(f"{part}."): value
            for name, value in average.state.items()
            if name.startswith(f"{part}.")
        }
        for part in ("tower", "text")
    }
    vocabulary = len(parts["text"]["tokens.weight"])
    save(options.work / options.out, **parts, vocabulary=vocabulary)


def report(options: argparse.Namespace, average: Average) -> None:
    """Print the recall of the averaged weights on the dev split."""
    towers, _ = load_towers(options.work)
    towers.load_state_dict(average.state)
    towers.eval()
    names, captions, owners = dev_set(options.data)
    pixels = decode_photos(options.data / "flickr8k" / "images", names)
    tokenizer = Tokenizer.from_file(str(options.work / "tokenizer.json"))
    with torch.no_grad():
        texts = F.normalize(towers.text(tokenise(tokenizer, captions)))
    print("dev:", recalls(encode(towers.tower, pixels, options.size), texts, owners), flush=True)


if __name__ == "__main__":
    main()

"""Step 4: train both towers together on captions of photos and of drawn scenes.

    python -m training.contrast --data ../shared/data --work build/train

The contrastive loss alone overfits six thousand photos within a few passes, so the hints of
the distillation stay on, and the picture is also drawn towards where the teacher stands in the
joint space. The learning rate falls to zero; the averaged weights are kept.
"""

import argparse
import math
from collections.abc import Iterator
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
from training.scenes import Scenes
from training.text import Pairs, dev_set
from training.views import render, whole_views


class CaptionedViews(Dataset[Batch]):
    """One caption a row, with a fresh clean view of its photo each time it is asked for."""

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
    """Shuffled batches without end, prepared by one worker."""
    loader = DataLoader(
        dataset, batch, shuffle=True, drop_last=True, num_workers=1, persistent_workers=True
    )
    while True:
        yield from loader


def joined(hints: Hints, project: nn.Linear) -> nn.Linear:
    """The hint to the teacher's feature, then the teacher's way to the joint space, as one."""
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


def load_towers(work: Path, start: str | None) -> tuple[Towers, nn.Linear]:
    """The towers to train, and the teacher's frozen way to the joint space."""
    words = torch.load(work / "text.pt")
    project = nn.Linear(FEATURE_CHANNELS, DIM)
    project.load_state_dict(words["project"])
    towers = Towers(ImageTower(), TextTower(words["vocabulary"]), Hints(), words["scale"])
    if start is not None:
        towers.load_state_dict(torch.load(work / start)["towers"])
        return towers, project
    distilled = torch.load(work / "distilled.pt")
    towers.hints.load_state_dict(distilled["hints"])
    last = joined(towers.hints, project).state_dict()
    state = {**distilled["average"], **{f"project.{k}": v for k, v in last.items()}}
    towers.tower.load_state_dict(state)
    towers.text.load_state_dict(words["text"])
    return towers, project


@torch.no_grad()
def encode(tower: ImageTower, pixels: np.ndarray, size: int) -> Tensor:
    """uint8 ``(n, height, width, 3)`` → unit rows, as the finished encoder gives them."""
    tower.eval()
    rows = []
    for at in range(0, len(pixels), 50):
        views = whole_views(len(pixels))[at : at + 50]
        batch = torch.from_numpy(np.stack([render(view, pixels, size) for view in views]))
        rows.append(tower(batch.permute(0, 3, 1, 2).contiguous(memory_format=torch.channels_last)))
    return F.normalize(torch.cat(rows))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--steps", type=int, default=1400)
    parser.add_argument("--batch", type=int, default=128, help="photos a batch")
    parser.add_argument("--scenes", type=int, default=40, help="drawn scenes a batch")
    parser.add_argument("--size", type=int, default=128)
    parser.add_argument("--rate", type=float, default=1e-3)
    parser.add_argument("--hint", type=float, default=1.0, help="weight of the teacher's hints")
    parser.add_argument("--decay", action=argparse.BooleanOptionalAction, default=True)
    parser.add_argument("--start", help="a checkpoint of this step to go on from")
    parser.add_argument("--out", default="mini.pt")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()

    torch.manual_seed(options.seed)
    towers, teacher_project = load_towers(options.work, options.start)
    towers.to(memory_format=torch.channels_last)
    tokenizer = Tokenizer.from_file(str(options.work / "tokenizer.json"))
    photos = CaptionedViews(options.data, options.work, options.size, options.seed)
    tokens = tokenise(tokenizer, photos.pairs.captions)
    scenes = Scenes(options.work, options.size) if options.scenes else None
    scene_batches = forever(scenes, options.scenes) if scenes else None
    scene_tokens = tokenise(tokenizer, scenes.captions) if scenes else None
    standard = Standard(options.work)
    parameters = list(towers.parameters())
    optimiser = torch.optim.AdamW(parameters, options.rate, weight_decay=0.05, betas=(0.9, 0.98))
    average = Average(towers, 0.995)

    batches = forever(photos, options.batch)
    total = 0.0
    for step in range(options.steps):
        fraction = 1 - step / options.steps if options.decay else 1.0
        for group in optimiser.param_groups:
            group["lr"] = options.rate * min(1, (step + 1) / 100) * fraction
        towers.train()
        batch = next(batches)
        pixels, words, owners = batch["pixels"], tokens[batch["caption"]], batch["owner"]
        if scene_batches is not None and scene_tokens is not None:
            drawn = next(scene_batches)
            pixels = torch.cat([pixels, drawn["pixels"]])
            words = _stack_tokens(words, scene_tokens[drawn["caption"]])
            owners = torch.cat([owners, -1 - drawn["owner"]])
        taught = len(batch["pixels"])
        with torch.autocast("cpu", torch.bfloat16):
            maps = towers.tower.maps(pixels.contiguous(memory_format=torch.channels_last))
            images = towers.tower.project(maps[2].float().mean((2, 3)))
            texts = towers.text(words)
            hint = towers.hints.loss(tuple(m[:taught] for m in maps), batch, standard)
            with torch.no_grad():
                goal = teacher_project(standard("pooled", batch["pooled"]))
        images, texts = F.normalize(images.float()), F.normalize(texts.float())
        near = 1 - F.cosine_similarity(images[:taught], goal.float()).mean()
        loss = pair_loss(images, texts, owners, towers.scale.exp()) + options.hint * (hint + near)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(parameters, 2.0)
        optimiser.step()
        with torch.no_grad():
            towers.scale.clamp_(max=math.log(50))
        average.update(towers)
        total += loss.item()
        if step % 50 == 49:
            print(f"step {step + 1}  loss {total / 50:.3f}  near {near.item():.3f}", flush=True)
            total = 0.0
        if step % 250 == 249 or step == options.steps - 1:
            _keep(options, towers, average)
            report(options, average)


def _stack_tokens(first: Tensor, second: Tensor) -> Tensor:
    length = max(first.shape[1], second.shape[1])
    return torch.cat([F.pad(part, (0, length - part.shape[1])) for part in (first, second)])


def _keep(options: argparse.Namespace, towers: Towers, average: Average) -> None:
    state = average.state
    save(
        options.work / options.out,
        towers=towers.state_dict(),
        tower={k[6:]: v for k, v in state.items() if k.startswith("tower.")},
        text={k[5:]: v for k, v in state.items() if k.startswith("text.")},
        vocabulary=state["text.tokens.weight"].shape[0],
        size=options.size,
    )


def report(options: argparse.Namespace, average: Average) -> None:
    """Recall of the averaged weights on the dev split."""
    from training.prepare import decode_photos

    towers, _ = load_towers(options.work, None)
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

"""Step 4: a smaller text tower that gives the vectors of the text teacher and its head.

    python -m training.distil --data ../shared/data --work build/train

It begins with three of the teacher's six layers, its table of tokens at a lower rank, and the head
of step 2, and learns the vectors of captions, names, single words and pairs of names
(knowledge distillation; Hinton et al., 2015).
"""

import argparse
import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from training.data import TextTeacher, category_names, pad, read_json, run_by_length, tokenize
from training.joint import Joint, load, load_joint, precision, recalls
from training.model import DIM, TextTower

TEXTS = ("train", "scenes", "imagenet", "lvis", "words")
KEPT_LAYERS = (0, 2, 5)


def begin(teacher: TextTeacher, joint: Joint, rank: int) -> TextTower:
    tower = TextTower(len(KEPT_LAYERS), rank)
    kept = teacher.sentence_encoder(KEPT_LAYERS, rank, TextTower.max_tokens)
    tower.sentence.load_state_dict(kept.state_dict())
    tower.head.load_state_dict(joint.text.state_dict())
    return tower


def batches(lengths: np.ndarray, size: int, seed: int) -> Iterator[np.ndarray]:
    """Yield rows of texts of similar length, in random order, without end."""
    rng = np.random.default_rng(seed)
    while True:
        order = np.argsort(lengths + rng.random(len(lengths)) * 1.5)
        chunks = [order[start : start + size] for start in range(0, len(order), size)]
        for at in rng.permutation(len(chunks)):
            yield chunks[at]


class Report:
    """Prints the figures of a text tower with the image vectors of step 2."""

    def __init__(self, teacher: TextTeacher, joint: Joint, data: Path, work: Path) -> None:
        self.labels = category_names(data)[1]
        self.images, self.tokens = {}, {}
        for name in ("dev", "scenes-dev", "caltech"):
            with torch.no_grad():
                self.images[name] = joint.image(load(work, f"image-{name}")[0])
            texts = read_json(work / f"text-{name}.json")
            self.tokens[name] = tokenize(teacher.tokenizer, texts)

    def __call__(self, tower: TextTower) -> str:
        tower.eval()
        texts = {name: run_by_length(tower, rows, DIM) for name, rows in self.tokens.items()}
        tower.train()
        found = [
            f"{name} {recalls(self.images[name], texts[name])}" for name in ("dev", "scenes-dev")
        ]
        share = precision(self.images["caltech"], texts["caltech"], self.labels)
        return "  ".join([*found, f"Caltech-101 {share}"])


def loss_of(ours: Tensor, target: Tensor) -> Tensor:
    """Return how far vectors and their similarities are from the target's; both unit rows."""
    apart = (1 - (ours * target).sum(1)).mean()
    return 10 * apart + 50 * (ours @ ours.T - target @ target.T).square().mean()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="the shared data folder")
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--rank", type=int, default=128, help="rank of the table of tokens")
    parser.add_argument("--steps", type=int, default=1264)
    parser.add_argument("--batch", type=int, default=256)
    parser.add_argument("--rate", type=float, default=4e-4)
    options = parser.parse_args()

    torch.manual_seed(0)
    torch.set_flush_denormal(True)
    teacher, joint = TextTeacher(options.work), load_joint(options.work)
    teacher.tokenizer.enable_truncation(TextTower.max_tokens)
    report = Report(teacher, joint, options.data, options.work)
    texts = [text for name in TEXTS for text in read_json(options.work / f"text-{name}.json")]
    tokens = tokenize(teacher.tokenizer, texts)
    with torch.no_grad():
        target = torch.cat([joint.text(load(options.work, f"text-{name}")) for name in TEXTS])
    tower = begin(teacher, joint, options.rank).train()
    optimizer = torch.optim.AdamW(tower.parameters(), options.rate, weight_decay=0.01)
    stream = batches(np.array([len(row) for row in tokens]), options.batch, seed=0)
    for step, rows in zip(range(options.steps), stream, strict=False):
        falling = 0.5 * (1 + math.cos(math.pi * step / options.steps))
        for group in optimizer.param_groups:
            group["lr"] = options.rate * min(1, (step + 1) / 100) * falling
        with torch.autocast("cpu", torch.bfloat16):
            ours = tower(pad([tokens[row] for row in rows]))
        loss = loss_of(ours.float(), target[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if (step + 1) % 200 == 0:
            print(f"{step + 1}  loss {loss.item():.3f}  {report(tower)}", flush=True)
    torch.save(tower.state_dict(), options.work / "text.pt")
    print(report(tower))


if __name__ == "__main__":
    main()

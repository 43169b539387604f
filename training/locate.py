"""Step 3: train the top of the image tower, so that cells show where things are.

    python -m training.locate --data ../shared/data --work build/train

The text head of step 2 is fixed; the image head and the last block and convolution of the image
teacher are trained, with the losses of step 2 and three more:

- in drawn scenes, the contributions of cells to the score of a phrase are where the thing is;
- the sum of the cells in a crop has the direction of the crop's own vector, so that cells depend on
  what is in them (as in dense self-distillation; Wu et al., CLIPSelf, 2024);
- pooled features stay near the teacher's, for which the classes' directions are valid.
"""

import argparse
import copy
import math
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from training.data import GRID, ImageTeacher, category_names
from training.joint import CAPTIONS, Joint, Losses, load, load_joint, precision, recalls

CROPS_AT_ONCE, BANK = 32, 1500


def shares_of_cells(view: np.void) -> np.ndarray:
    """Return how much of each cell is in the box of a view, float32 ``(7, 7)``."""
    edges = np.arange(GRID[0] + 1) / GRID[0]
    left, top, right, bottom = view["box"]
    width = np.clip(np.minimum(edges[1:], right) - np.maximum(edges[:-1], left), 0, None)
    height = np.clip(np.minimum(edges[1:], bottom) - np.maximum(edges[:-1], top), 0, None)
    return np.asarray(height[:, None] * width[None], np.float32)


class Located(Losses):
    """The losses of both steps, on batches of the maps before the last block."""

    def __init__(self, work: Path, joint: Joint, top: nn.Module, batch: int) -> None:
        super().__init__(work, 256, seed=0)
        self.joint, self.top, self.count = joint, top, batch
        self.first = copy.deepcopy(joint.image).eval().requires_grad_(False)
        self.sharpness = nn.Parameter(torch.tensor(math.log(60.0)))
        self.maps = {
            name: np.load(work / f"maps-{name}.npy", mmap_mode="r")
            for name in ("train", "caltech", "scenes")
        }
        self.views = np.load(work / "views-train.npy")
        things = np.load(work / "things.npz")
        self.owners, self.shares = things["scenes"], torch.from_numpy(things["cells"]).flatten(1)
        with torch.no_grad():
            self.phrases = joint.text(load(work, "text-things"))
            self.texts = {
                "train": joint.text(self.captions),
                "scenes": joint.text(self.scene_captions),
            }

    def last_maps(self, name: str, view: int, rows: np.ndarray) -> Tensor:
        maps: Tensor = self.top(torch.from_numpy(self.maps[name][view][rows].astype(np.float32)))
        return maps

    def some(self, count: int, size: int) -> np.ndarray:
        return np.sort(self.rng.choice(count, size, replace=False))

    def against_bank(self, images: Tensor, rows: np.ndarray, name: str) -> Tensor:
        """Return the contrastive loss of images with a bank of fixed texts."""
        texts, scale = self.texts[name], self.joint.scale.detach().exp()
        own = torch.from_numpy(rows * CAPTIONS + self.rng.integers(CAPTIONS, size=len(rows)))
        bank = torch.cat([own, torch.from_numpy(self.rng.choice(len(texts), BANK, replace=False))])
        same = (bank // CAPTIONS)[None].eq(torch.from_numpy(rows)[:, None]).float()
        logits = scale * images @ texts[bank].T
        forward = -(same / same.sum(1, keepdim=True) * logits.log_softmax(1)).sum(1).mean()
        return forward + F.cross_entropy(scale * texts[own] @ images.T, torch.arange(len(rows)))

    def located(self, cells: Tensor, rows: np.ndarray) -> Tensor:
        """Return the cross-entropy of where things are and of what the cells contribute."""
        at = np.flatnonzero(np.isin(self.owners, rows))
        which = torch.from_numpy(np.searchsorted(rows, self.owners[at]))
        scores = torch.einsum("nhwd,nd->nhw", cells[which], self.phrases[at]).flatten(1)
        scores = scores * scores.shape[1]
        target = self.shares[at] / self.shares[at].sum(1, keepdim=True).clamp_min(1e-6)
        return -(target * (self.sharpness.exp() * scores).log_softmax(1)).sum(1).mean()

    def cropped(self, rows: np.ndarray) -> Tensor:
        cells = self.joint.image.cells(self.last_maps("train", 0, rows))[1]
        view = self.rng.integers(1, len(self.views))
        shares = np.stack([shares_of_cells(each) for each in self.views[view][rows]])
        inside = F.normalize((cells * torch.from_numpy(shares)[..., None]).sum((1, 2)), dim=-1)
        with torch.no_grad():
            target = self.first(self.photos[0][view][torch.from_numpy(rows)])
        return (1 - (inside * target).sum(1)).mean()

    def total(self, joint: Joint) -> Tensor:
        photos, view = self.some(len(self.photos[0][0]), self.count), int(self.rng.integers(4))
        scenes = self.some(len(self.scenes), self.count)
        objects = self.some(len(self.photos[1][0]), self.count // 2)
        seen = self.last_maps("train", view, photos).mean((2, 3))
        others = self.last_maps("caltech", 0, objects).mean((2, 3))
        drawn, cells = joint.image.cells(self.last_maps("scenes", 0, scenes))
        features = torch.cat([seen, others])
        teacher = torch.cat([self.photos[0][view][photos], self.photos[1][0][objects]])
        return (
            self.against_bank(joint.image(seen), photos, "train")
            + self.against_bank(drawn, scenes, "scenes")
            + 3 * self.as_classified(joint, features, teacher)
            + self.made_features(joint)
            + 2 * self.located(cells, scenes)
            + 3 * self.cropped(photos[:CROPS_AT_ONCE])
            + 0.5 * ((features - teacher) / joint.image.spread).square().mean()
        )


@torch.no_grad()
def report(losses: Located, joint: Joint, work: Path, labels: np.ndarray) -> str:
    joint.eval()
    found, vectors = [], {}
    for name in ("dev", "scenes-dev", "caltech"):
        maps = np.load(work / f"maps-{name}.npy", mmap_mode="r")[0]
        vectors[name] = torch.cat(
            [
                joint.image(losses.top(torch.from_numpy(part.astype(np.float32))).mean((2, 3)))
                for part in np.array_split(maps, len(maps) // 100)
            ]
        )
        if name != "caltech":
            found.append(f"{name} {recalls(vectors[name], joint.text(load(work, f'text-{name}')))}")
    share = precision(vectors["caltech"], joint.text(load(work, "text-caltech")), labels)
    joint.train()
    joint.text.eval()
    return "  ".join([*found, f"Caltech-101 {share}"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="the shared data folder")
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--steps", type=int, default=300)
    parser.add_argument("--batch", type=int, default=96)
    parser.add_argument("--rate", type=float, default=5e-4)
    options = parser.parse_args()

    torch.manual_seed(0)
    torch.set_flush_denormal(True)
    joint, top = load_joint(options.work), ImageTeacher().top
    joint.train()
    joint.text.eval().requires_grad_(False)
    losses = Located(options.work, joint, top, options.batch)
    labels = category_names(options.data)[1]
    weights = [*joint.image.parameters(), *top.parameters(), losses.sharpness]
    optimizer = torch.optim.AdamW(weights, options.rate, weight_decay=0.02)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, options.rate, total_steps=options.steps, pct_start=0.1
    )
    for step in range(1, options.steps + 1):
        loss = losses.total(joint)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        if step % 50 == 0:
            print(
                f"{step}  loss {loss.item():.3f}  {report(losses, joint, options.work, labels)}",
                flush=True,
            )
    state = {"image": joint.image.state_dict(), "top": top.state_dict()}
    torch.save(state, options.work / "image.pt")


if __name__ == "__main__":
    main()

"""Step 2: a joint space of the image teacher's features and the text teacher's embeddings.

    python -m training.joint --work build/train

Both teachers are fixed; a head is trained on each. Four losses:

- captions and their photos, and captions and their drawn scenes, find each other (CLIP; Radford et
  al., 2021);
- photos without captions have the probabilities of ImageNet's classes that the image teacher's
  classifier gives them, over the names of the classes (Hinton et al., 2015);
- features made of part of a photo's feature and the direction of a class, a row of the classifier's
  weights, find the name of that class;
- similarities between texts remain those of the text teacher, so that names that were never trained
  with a picture are near similar names.

``dev``, Caltech-101's labels and unseen scenes are only used for the figures that are printed.
"""

import argparse
import math
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from training.data import ImageTeacher, category_names
from training.model import IMAGE_CHANNELS, ImageHead, TextHead

CLASSES, NAMES = 1000, 1203
CAPTIONS = 5


def load(work: Path, name: str) -> Tensor:
    return torch.from_numpy(np.load(work / f"{name}.npy").astype(np.float32))


def contrast(images: Tensor, texts: Tensor, owners: Tensor, scale: Tensor) -> Tensor:
    """Return the contrastive loss; ``owners`` (n,) is the picture of each pair of rows."""
    same = owners[:, None].eq(owners[None]).float()
    target = same / same.sum(1, keepdim=True)
    logits = scale * texts @ images.T
    forward = -(target * logits.log_softmax(1)).sum(1).mean()
    return forward - (target * logits.T.log_softmax(1)).sum(1).mean()


class Joint(nn.Module):
    """Both heads, and the scales of the logits of captions and of classes."""

    def __init__(self, mean: Tensor, spread: Tensor) -> None:
        super().__init__()
        self.image, self.text = ImageHead(mean, spread), TextHead()
        self.scale = nn.Parameter(torch.tensor(math.log(20.0)))
        self.class_scale = nn.Parameter(torch.tensor(math.log(20.0)))


def load_joint(work: Path) -> Joint:
    """Return the heads of this step."""
    joint = Joint(torch.zeros(IMAGE_CHANNELS), torch.ones(IMAGE_CHANNELS))
    joint.load_state_dict(torch.load(work / "joint.pt"))
    return joint.eval()


class Losses:
    """The four losses on random batches of the work folder."""

    def __init__(self, work: Path, batch: int, seed: int) -> None:
        self.rng, self.batch = np.random.default_rng(seed), batch
        self.photos = load(work, "image-train"), load(work, "image-caltech")
        self.scenes = load(work, "image-scenes")[0]
        self.captions, self.scene_captions = load(work, "text-train"), load(work, "text-scenes")
        self.classes = load(work, "text-imagenet").reshape(-1, CLASSES, 384)
        self.names = load(work, "text-lvis").reshape(-1, NAMES, 384)
        self.weight, self.bias = ImageTeacher().classifier()
        direction = self.weight - self.weight.mean(0)
        self.direction = F.normalize(direction, dim=1)
        self.whole = torch.cat([views[0] for views in self.photos])
        self.center = self.whole.mean(0)
        self.length = (self.whole - self.center).norm(dim=1).mean()

    def draw(self, count: int, size: int) -> Tensor:
        return torch.from_numpy(self.rng.choice(count, size, replace=count < size))

    def total(self, joint: Joint) -> Tensor:
        return (
            self.pairs(joint)
            + self.drawn_pairs(joint)
            + 3 * self.classified(joint)
            + self.made_features(joint)
            + 30 * self.similarities(joint)
        )

    def pairs(self, joint: Joint) -> Tensor:
        rows = self.draw(len(self.captions), self.batch)
        views = self.photos[0]
        images = joint.image(views[self.rng.integers(len(views))][rows // CAPTIONS])
        texts = joint.text(self.captions[rows])
        return contrast(images, texts, rows // CAPTIONS, joint.scale.exp())

    def drawn_pairs(self, joint: Joint) -> Tensor:
        rows = self.draw(len(self.scene_captions), self.batch // 2)
        images = joint.image(self.scenes[rows // CAPTIONS])
        texts = joint.text(self.scene_captions[rows])
        return contrast(images, texts, rows // CAPTIONS, joint.scale.exp())

    def class_logits(self, joint: Joint, features: Tensor) -> Tensor:
        names = joint.text(self.classes[self.rng.integers(len(self.classes))])
        return joint.class_scale.exp() * joint.image(features) @ names.T

    def classified(self, joint: Joint) -> Tensor:
        views = self.photos[self.rng.integers(len(self.photos))]
        view = views[self.rng.integers(len(views))]
        features = view[self.draw(len(view), self.batch)]
        return self.as_classified(joint, features, features)

    def as_classified(self, joint: Joint, features: Tensor, teacher: Tensor) -> Tensor:
        """Return how far the classes of features are from those of the teacher's features."""
        target = (teacher @ self.weight.T + self.bias).softmax(1)
        logits = self.class_logits(joint, features)
        return F.kl_div(logits.log_softmax(1), target, reduction="batchmean")

    def made_features(self, joint: Joint) -> Tensor:
        classes = torch.from_numpy(self.rng.integers(CLASSES, size=self.batch))
        photos = self.whole[self.draw(len(self.whole), self.batch)]
        share = torch.rand(self.batch, 1) * 0.6 + 0.2
        strength = self.length * (torch.rand(self.batch, 1) * 0.8 + 0.4)
        features = self.center + share * (photos - self.center)
        features = (features + strength * self.direction[classes]).clamp_min(0)
        return F.cross_entropy(self.class_logits(joint, features), classes)

    def similarities(self, joint: Joint) -> Tensor:
        texts = torch.cat(
            [
                each[self.rng.integers(len(each))][self.draw(each.shape[1], self.batch // 2)]
                for each in (self.classes, self.names)
            ]
            + [self.captions[self.draw(len(self.captions), self.batch // 2)]]
        )
        ours = joint.text(texts)
        return (ours @ ours.T - texts @ texts.T).square().mean()


def recalls(images: Tensor, texts: Tensor) -> list[float]:
    """Return R@1, R@5, R@10 in percent; every five texts belong to an image."""
    owners = torch.arange(len(texts)) // CAPTIONS
    scores = texts @ images.T
    ranks = scores.gt(scores.gather(1, owners[:, None])).sum(1)
    return [round(ranks.lt(k).float().mean().item() * 100, 1) for k in (1, 5, 10)]


def precision(images: Tensor, names: Tensor, labels: np.ndarray) -> float:
    """Return the share, in percent, of the first ten images that are of the named category."""
    best = (names @ images.T).topk(10).indices.numpy()
    return round(100 * float((labels[best] == np.arange(len(names))[:, None]).mean()), 1)


@torch.no_grad()
def report(joint: Joint, work: Path, labels: np.ndarray) -> str:
    joint.eval()
    figures = []
    for name in ("dev", "scenes-dev"):
        images = joint.image(load(work, f"image-{name}")[0])
        found = recalls(images, joint.text(load(work, f"text-{name}")))
        figures.append(f"{name} {found}")
    objects = joint.image(load(work, "image-caltech")[0])
    figures.append(
        f"Caltech-101 {precision(objects, joint.text(load(work, 'text-caltech')), labels)}"
    )
    joint.train()
    return "  ".join(figures)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="the shared data folder")
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--steps", type=int, default=300)
    parser.add_argument("--batch", type=int, default=512)
    parser.add_argument("--rate", type=float, default=1e-3)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()

    torch.manual_seed(options.seed)
    torch.set_flush_denormal(True)
    losses = Losses(options.work, options.batch, options.seed)
    labels = category_names(options.data)[1]
    spread = losses.whole.std(0).clamp_min(1e-3)
    joint = Joint(losses.photos[0][0].mean(0), spread)
    optimizer = torch.optim.AdamW(joint.parameters(), options.rate, weight_decay=0.05)
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
                f"{step}  loss {loss.item():.3f}  {report(joint, options.work, labels)}", flush=True
            )
    torch.save(joint.state_dict(), options.work / "joint.pt")


if __name__ == "__main__":
    main()

"""Step 2: distil the teacher into the image tower, from random weights.

    python -m training.distil --work build/train

Three hints at once (FitNets; Romero et al., 2015): the teacher's map at 1/16 of its input
(14x14), its last bottleneck (7x7) and its pooled feature, over many crops and mixes of each
photo (a patient, consistent teacher; Beyer et al., 2022). The dense maps give forty-nine
and more targets per photo, so that six thousand photos are enough. The learning rate
stays constant: the contrastive step that follows lowers it.
"""

import argparse
import time
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from training.data import Batch, Standard, TaughtViews, endless
from training.model import CELL_CHANNELS, FEATURE_CHANNELS, ImageTower


class Hints(nn.Module):
    """Linear maps from the student's maps to the teacher's."""

    def __init__(self, middle: int = 128) -> None:
        super().__init__()
        self.middle = nn.Conv2d(middle, 96, 1)
        self.cells = nn.Conv2d(CELL_CHANNELS, CELL_CHANNELS, 1)
        self.pooled = nn.Linear(FEATURE_CHANNELS, FEATURE_CHANNELS)

    def loss(self, maps: tuple[Tensor, Tensor, Tensor], batch: Batch, standard: Standard) -> Tensor:
        middle, coarse, features = maps
        pooled = features.float().mean((2, 3))
        return (
            0.5 * _map_loss(self.middle(middle), standard("middle", batch["middle"]))
            + _map_loss(self.cells(coarse), standard("cells", batch["cells"]))
            + F.mse_loss(self.pooled(pooled).float(), standard("pooled", batch["pooled"]))
        )


def _map_loss(student: Tensor, teacher: Tensor) -> Tensor:
    teacher = teacher.permute(0, 3, 1, 2)
    if teacher.shape[2:] != student.shape[2:]:
        teacher = F.interpolate(
            teacher, student.shape[2:], mode="bilinear", align_corners=False, antialias=True
        )
    return F.smooth_l1_loss(student.float(), teacher)


class Average:
    """Exponential moving average of a module's weights (Polyak and Juditsky, 1992)."""

    def __init__(self, module: nn.Module, decay: float = 0.998) -> None:
        self._decay = decay
        self.state = {k: v.detach().clone() for k, v in module.state_dict().items()}

    @torch.no_grad()
    def update(self, module: nn.Module) -> None:
        for name, value in module.state_dict().items():
            if value.dtype.is_floating_point:
                self.state[name].lerp_(value, 1 - self._decay)
            else:
                self.state[name].copy_(value)


def save(path: Path, **parts: object) -> None:
    """Write a checkpoint atomically, so that an interruption leaves the old or the new one."""
    torch.save(parts, path.with_suffix(".part"))
    path.with_suffix(".part").replace(path)


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--steps", type=int, default=3500)
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--size", type=int, default=112)
    parser.add_argument("--rate", type=float, default=1.5e-3)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--resume", action="store_true", help="continue from the last checkpoint")
    return parser.parse_args()


class Student:
    """The tower with its hints, their optimiser, and their checkpoint."""

    def __init__(self, rate: float) -> None:
        self.tower = ImageTower().to(memory_format=torch.channels_last)
        self.hints = Hints()
        self.parameters = [*self.tower.parameters(), *self.hints.parameters()]
        self.optimiser = torch.optim.AdamW(self.parameters, rate, weight_decay=0.05)
        self.average = Average(self.tower)
        self.step = 0

    def learn(self, batch: Batch, standard: Standard, rate: float) -> float:
        """Make one step; return the loss."""
        for group in self.optimiser.param_groups:
            group["lr"] = rate * min(1, (self.step + 1) / 200)
        pixels = batch["pixels"].contiguous(memory_format=torch.channels_last)
        with torch.autocast("cpu", torch.bfloat16):
            loss = self.hints.loss(self.tower.maps(pixels), batch, standard)
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(self.parameters, 2.0)
        self.optimiser.step()
        self.average.update(self.tower)
        self.step += 1
        return loss.item()

    def save(self, path: Path) -> None:
        save(
            path,
            tower=self.tower.state_dict(),
            average=self.average.state,
            hints=self.hints.state_dict(),
            optimiser=self.optimiser.state_dict(),
            step=self.step,
        )

    def resume(self, path: Path) -> None:
        last = torch.load(path)
        self.tower.load_state_dict(last["tower"])
        self.hints.load_state_dict(last["hints"])
        self.optimiser.load_state_dict(last["optimiser"])
        self.average.state = last["average"]
        self.step = last["step"]


def main() -> None:
    options = parse()
    torch.manual_seed(options.seed)
    out = options.work / "distilled.pt"
    student, standard = Student(options.rate), Standard(options.work)
    if options.resume:
        student.resume(out)
    views = TaughtViews(options.work, options.size)
    started, total = time.time(), 0.0
    for batch in endless(views, options.batch, options.seed + student.step):
        if student.step >= options.steps:
            break
        total += student.learn(batch, standard, options.rate)
        if student.step % 50 == 0:
            speed = 50 * options.batch / (time.time() - started)
            print(f"step {student.step}  loss {total / 50:.4f}  {speed:.0f} views/s", flush=True)
            started, total = time.time(), 0.0
        if student.step % 250 == 0 or student.step == options.steps:
            student.save(out)


if __name__ == "__main__":
    main()

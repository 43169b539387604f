"""Captions of photos, their tokens, and the loss and recall of captions and images."""

from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

import torch
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, trainers
from torch import Tensor

from training.model import TextTower

PAD, UNKNOWN = "[PAD]", "[UNK]"


def read_captions(table: Path) -> dict[str, list[str]]:
    """Read ``image<TAB>caption`` with a header row; return captions by file name."""
    captions = defaultdict(list)
    for line in table.read_text(encoding="utf-8").splitlines()[1:]:
        name, caption = line.split("\t")
        captions[name].append(caption)
    return dict(captions)


def train_tokenizer(texts: Iterable[str], size: int = 6000) -> Tokenizer:
    """Train byte-pair encoding over lower-case words (Sennrich et al., 2016)."""
    tokenizer = Tokenizer(models.BPE(unk_token=UNKNOWN, end_of_word_suffix="</w>"))
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.NFKD(), normalizers.StripAccents(), normalizers.Lowercase()]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    trainer = trainers.BpeTrainer(
        vocab_size=size,
        min_frequency=2,
        special_tokens=[PAD, UNKNOWN],
        end_of_word_suffix="</w>",
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer


def tokenise(tokenizer: Tokenizer, texts: list[str]) -> Tensor:
    """Return tokens, int64 ``(n, length)``, padded with 0."""
    rows = [encoded.ids[: TextTower.max_tokens] for encoded in tokenizer.encode_batch(texts)]
    tokens = torch.zeros(len(rows), max(map(len, rows)), dtype=torch.int64)
    for row, ids in zip(tokens, rows, strict=True):
        row[: len(ids)] = torch.tensor(ids)
    return tokens


def pair_loss(images: Tensor, texts: Tensor, owners: Tensor, scale: Tensor) -> Tensor:
    """Return the contrastive loss in both directions (CLIP; Radford et al., 2021).

    ``images`` and ``texts`` are unit rows ``(n, dim)``; ``owners`` int64 ``(n,)`` names the
    image behind each pair, so that two captions of one image are not each other's negatives.
    """
    logits = scale * texts @ images.T
    same = owners[:, None].eq(owners[None]).float()
    target = same / same.sum(1, keepdim=True)
    forward = -(target * logits.log_softmax(1)).sum(1).mean()
    backward = -(target * logits.T.log_softmax(1)).sum(1).mean()
    return (forward + backward) / 2


def recalls(images: Tensor, texts: Tensor, owners: Tensor) -> dict[str, float]:
    """Return R@1, R@5, R@10 in percent of texts ``(t, dim)`` that find their image ``(n, dim)``."""
    scores = texts @ images.T
    ranks = scores.gt(scores.gather(1, owners[:, None])).sum(1)
    return {f"R@{k}": round(ranks.lt(k).float().mean().item() * 100, 1) for k in (1, 5, 10)}

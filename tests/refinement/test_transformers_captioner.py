"""A BLIP of a few thousand random weights, made here, and asked as a real one is."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from firs.errors import EncoderError
from firs.refinement import Captioner, Picture
from firs.refinement.transformers_captioner import TransformersCaptioner
from tests.torchvision_parts import stand_in

pytestmark = pytest.mark.torch

WORDS = ("[PAD]", "[CLS]", "[SEP]", "[UNK]", "[DEC]", "a", "dog", "cat", "runs", "sits", "snow")


@pytest.fixture(scope="module", autouse=True)
def torchvision() -> None:
    stand_in()


@pytest.fixture(scope="module")
def blip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a tiny model and its processor."""
    import torch
    from tokenizers import Tokenizer
    from tokenizers.models import WordLevel
    from tokenizers.pre_tokenizers import Whitespace
    from transformers import (
        BlipConfig,
        BlipForConditionalGeneration,
        BlipImageProcessor,
        BlipProcessor,
        PreTrainedTokenizerFast,
    )

    folder = tmp_path_factory.mktemp("blip")
    size: dict[str, Any] = {
        "hidden_size": 16,
        "intermediate_size": 32,
        "num_hidden_layers": 1,
        "num_attention_heads": 2,
    }
    text = size | {
        "vocab_size": len(WORDS),
        "encoder_hidden_size": 16,
        "max_position_embeddings": 64,
        "bos_token_id": 4,
        "eos_token_id": 2,
        "sep_token_id": 2,
        "pad_token_id": 0,
    }
    torch.manual_seed(3)
    config = BlipConfig(
        text_config=text,
        vision_config=size | {"image_size": 32, "patch_size": 16},
        projection_dim=16,
    )
    model = BlipForConditionalGeneration(config)
    with torch.no_grad():  # it says words, and never the end
        model.text_decoder.cls.predictions.bias[:5] = -100
    model.save_pretrained(folder)
    pixels = BlipImageProcessor(size={"height": 32, "width": 32})
    words = Tokenizer(WordLevel({word: at for at, word in enumerate(WORDS)}, unk_token="[UNK]"))
    words.pre_tokenizer = Whitespace()
    tokens = PreTrainedTokenizerFast(tokenizer_object=words, pad_token="[PAD]", bos_token="[DEC]")
    BlipProcessor(pixels, tokens).save_pretrained(folder)
    return folder


def picture(colour: str) -> Picture:
    image = Image.new("RGB", (48, 40), colour)
    return Picture(lambda: image, np.zeros(1, dtype=np.float32))


def test_it_captions(blip: Path) -> None:
    captioner = TransformersCaptioner(str(blip))
    assert isinstance(captioner, Captioner)
    [caption] = captioner.caption(picture("red"))
    assert set(caption.split()) <= set(WORDS[5:])
    assert captioner.caption(picture("red")) == (caption,)
    assert (captioner.sends, captioner.spent) == ("", (0, 0))
    assert str(blip) in captioner.key


def test_a_folder_without_a_model(tmp_path: Path) -> None:
    with pytest.raises(EncoderError, match="no captioning model"):
        TransformersCaptioner(str(tmp_path)).caption(picture("red"))

"""Ways to explain that look inside CLIP and SigLIP, on tiny random weights."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from firs.encoders import Encoder, open_encoder
from firs.errors import InputError
from firs.explanation import check_faithfulness, default_method, open_explainer
from tests.fakes import FakeEncoder

METHODS = ("patches", "legrad", "grad-eclip")

torch_only = pytest.mark.torch


@pytest.fixture(scope="module", params=["clip", "siglip"])
def encoder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Encoder:
    from tests.encoders import tiny

    make: Callable[[Path], Path] = getattr(tiny, request.param)
    return open_encoder(f"transformers:{make(tmp_path_factory.mktemp(request.param))}")


def striped(width: int, height: int) -> Image.Image:
    pixels = np.random.default_rng(3).integers(0, 256, (height, width, 3), dtype=np.uint8)
    return Image.fromarray(pixels)


@torch_only
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("size", [(48, 48), (100, 60), (60, 100), (1, 1), (900, 9)])
def test_maps_have_the_shape_of_the_picture(
    encoder: Encoder, method: str, size: tuple[int, int]
) -> None:
    [explained] = open_explainer(method, encoder).explain([striped(*size)], "two dogs in the snow")
    assert explained.method == method
    assert explained.map is not None
    assert explained.map.shape == size[::-1]
    assert np.isfinite(explained.map).all()
    assert 0 <= explained.map.min() <= explained.map.max() <= 1
    assert [word.word for word in explained.words] == ["two", "dogs", "in", "the", "snow"]


@torch_only
def test_default_method(encoder: Encoder) -> None:
    assert default_method(encoder) == "legrad"


@torch_only
def test_the_score_is_the_ranking_s(encoder: Encoder) -> None:
    picture, text = striped(48, 48), "two dogs"
    [explained] = open_explainer("legrad", encoder).explain([picture], text)
    [vector], [words] = encoder.encode_images([picture]), encoder.encode_texts([text])
    assert explained.score == pytest.approx(float(vector @ words), abs=1e-4)


@torch_only
def test_the_tower_ends_where_the_encoder_ends(encoder: Encoder) -> None:
    from firs.explanation.attention import Tower

    tower, picture = Tower(encoder), striped(48, 48)
    output = tower.run(picture)
    pooled = tower.pool(output.tokens[-1], output.attentions[-1])
    np.testing.assert_allclose(
        pooled.vector.detach().numpy(), encoder.encode_images([picture])[0], atol=1e-4
    )


@torch_only
def test_the_gradient_by_attention_is_that_of_small_steps(encoder: Encoder) -> None:
    import torch

    from firs.explanation.attention import Tower

    tower = Tower(encoder)
    output = tower.run(striped(48, 48))
    pooled = tower.pool(output.tokens[-1], output.attentions[-1])
    text = tower.to_tensor(encoder.encode_texts(["two dogs"])[0])
    score = pooled.vector @ text
    gained = pooled.attention.gradient(score)
    attended, values = pooled.attention.attended, pooled.attention.values
    [by_attended] = torch.autograd.grad(score, attended, retain_graph=True)
    step = torch.zeros_like(attended)
    wide = attended.shape[-1] // pooled.attention.heads
    step[0, 0, wide:] = values[0, 2, wide:]  # the second head looks a little more at token 2
    expected = (by_attended * step).sum()
    torch.testing.assert_close(gained[1, 0, 2], expected, atol=1e-4, rtol=1e-4)


@torch_only
def test_the_middle_alone_is_seen_of_a_wide_picture(tmp_path: Path) -> None:
    from tests.encoders import tiny

    clip = open_encoder(f"transformers:{tiny.clip(tmp_path / 'clip')}")
    [explained] = open_explainer("legrad", clip).explain([striped(300, 100)], "two dogs")
    assert explained.map is not None
    assert not explained.map[:, :95].any()
    assert explained.map[:, 105:195].any()
    assert not explained.map[:, 205:].any()


@torch_only
@pytest.mark.parametrize("method", METHODS)
def test_pictures_turned_by_their_camera(encoder: Encoder, method: str) -> None:
    picture = striped(96, 48)
    turned = picture.transpose(Image.Transpose.ROTATE_90)
    turned.getexif()[0x0112] = 6
    straight, upright = open_explainer(method, encoder).explain([picture, turned], "two dogs")
    assert straight.map is not None
    assert upright.map is not None
    np.testing.assert_allclose(upright.map, straight.map, atol=1e-4)


@torch_only
def test_another_picture_another_map_and_the_weights_stay(encoder: Encoder) -> None:
    before = encoder.encode_images([striped(48, 48)])
    one, other = open_explainer("legrad", encoder).explain(
        [striped(48, 48), striped(60, 48)], "two dogs"
    )
    assert one.map is not None
    assert other.map is not None
    assert one.map.shape != other.map.shape
    np.testing.assert_array_equal(encoder.encode_images([striped(48, 48)]), before)
    model: Any = encoder
    assert not any(each.requires_grad for each in model.model.parameters())
    assert check_faithfulness(one, encoder).summary


@torch_only
def test_unsupported_towers(tmp_path: Path) -> None:
    from tests.encoders import tiny

    naflex = open_encoder(f"transformers:{tiny.naflex(tmp_path / 'naflex')}")
    for method in METHODS:
        with pytest.raises(InputError, match=r"This method needs a CLIP or SigLIP .* 'occlusion'"):
            open_explainer(method, naflex)


@pytest.mark.parametrize("method", ["legrad", "grad-eclip"])
def test_an_encoder_that_pytorch_does_not_run(method: str) -> None:
    with pytest.raises(InputError, match=r"opened by transformers:, which fake is not"):
        open_explainer(method, FakeEncoder())

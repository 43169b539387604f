from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from firs.encoders import Encoder, PatchEncoder, open_encoder
from firs.encoders import mini as mini_module
from firs.encoders.mini import Mini
from firs.errors import EncoderError
from firs.samples import load_scenes

BYTES_ALLOWED = 24_000_000


@pytest.fixture(scope="module")
def mini() -> Mini:
    return Mini()


def test_is_an_encoder_with_cells(mini: Mini) -> None:
    assert isinstance(mini, Encoder)
    assert isinstance(mini, PatchEncoder)
    assert isinstance(open_encoder("mini"), Mini)


def test_vectors_are_unit_rows(mini: Mini) -> None:
    texts = mini.encode_texts(["a dog", "two children on a beach at sunset"])
    images = mini.encode_images([scene.image for scene in load_scenes(2)])
    for rows in (texts, images):
        assert rows.dtype == np.float32
        assert rows.shape == (2, mini.dim)
        np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)


def test_nothing_in_gives_no_rows(mini: Mini) -> None:
    assert mini.encode_texts([]).shape == (0, mini.dim)
    assert mini.encode_images([]).shape == (0, mini.dim)


@pytest.mark.parametrize("text", ["", "??", "日本語", "🙂", "word " * 500])
def test_any_text_has_a_vector(mini: Mini, text: str) -> None:
    assert np.isfinite(mini.encode_texts([text])).all()


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I;16", "F"])
def test_any_picture_has_a_vector(mini: Mini, mode: str) -> None:
    pictures = [Image.new(mode, size) for size in ((1, 1), (700, 3), (50, 90))]
    assert np.isfinite(mini.encode_images(pictures)).all()


def test_a_vector_does_not_depend_on_its_batch(mini: Mini) -> None:
    scenes = [scene.image for scene in load_scenes(20)]
    together = mini.encode_images(scenes)
    alone = np.concatenate([mini.encode_images([scene]) for scene in scenes])
    np.testing.assert_allclose(together, alone, atol=1e-5)
    texts = ["a dog", "a longer caption that pads the first one with nothing"]
    np.testing.assert_allclose(
        mini.encode_texts(texts)[:1], mini.encode_texts(texts[:1]), atol=1e-5
    )


def test_cells_add_up_to_the_score(mini: Mini) -> None:
    [scene] = load_scenes(1)
    text = mini.encode_texts([scene.captions[0]])[0]
    cells = mini.encode_patches(scene.image)
    assert cells.ndim == 3
    assert cells.dtype == np.float32
    score = float(mini.encode_images([scene.image])[0] @ text)
    assert float((cells @ text).sum()) == pytest.approx(score, abs=1e-4)


@pytest.mark.parametrize(
    "text",
    [
        "a dog",
        "two corgis beside a blimp",
        "an x-ray of a hand",
        "São Paulo",
        "IMG_2041.jpg",
        "25 °C",
        "",
    ],
)
def test_known_words_cause_no_warning(mini: Mini, text: str) -> None:
    assert mini.text_warnings(text) == []


@pytest.mark.parametrize(
    "word", ["xqzzt", "Geburtstagskuchen", "日本語", "犬", "собака", "สุนัข", "🐶"]
)
def test_unknown_words_are_named(mini: Mini, word: str) -> None:
    [warning] = mini.text_warnings(f"a dog, {word} and a {word}")
    assert warning.count(word) == 1
    assert "siglip2-base" in warning


def test_what_is_not_read_of_a_long_query_is_named(mini: Mini) -> None:
    [warning] = mini.text_warnings("dog " * 46 + "cat " * 5)
    assert "'cat cat cat cat cat'" in warning


def test_captions_find_their_scenes(mini: Mini) -> None:
    scenes = list(load_scenes(40))
    images = mini.encode_images([scene.image for scene in scenes])
    texts = mini.encode_texts([scene.captions[0] for scene in scenes])
    scores = texts @ images.T
    own = scores.diagonal()[:, None]
    assert ((scores > own).sum(1) < 10).mean() > 0.95


def test_fingerprint_names_the_weights(mini: Mini, monkeypatch: pytest.MonkeyPatch) -> None:
    assert Mini().fingerprint == mini.fingerprint
    read = Mini._read
    monkeypatch.setattr(Mini, "_read", staticmethod(lambda name: read(name) + b" "))
    assert Mini().fingerprint != mini.fingerprint


def test_stays_small_enough_to_ship() -> None:
    assert sum(len(Mini._read(name)) for name in mini_module.FILES) <= BYTES_ALLOWED


@pytest.mark.parametrize("name", mini_module.FILES)
def test_damaged_file_advises_to_reinstall(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    read = Mini._read

    def damaged(file: str) -> bytes:
        return read(file)[:-5000] if file == name else read(file)

    monkeypatch.setattr(Mini, "_read", staticmethod(damaged))
    with pytest.raises(EncoderError, match=f"{name} is damaged; reinstall"):
        use_every_file()


def use_every_file() -> None:
    mini = Mini()
    mini.encode_images([Image.new("RGB", (9, 9))])
    mini.encode_texts(["a dog"])
    mini.text_warnings("xqzzt")


def test_missing_file_advises_to_reinstall(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mini_module, "FOLDER", Path("/nowhere"))
    with pytest.raises(EncoderError, match="reinstall"):
        Mini()

import subprocess
import sys

import pytest

import firs

PUBLIC = {
    "AddReport",
    "Collection",
    "Encoder",
    "Explanation",
    "Filter",
    "FirsError",
    "Hit",
    "ImageRecord",
    "PatchEncoder",
    "Problem",
    "Query",
    "Ranking",
    "Scene",
    "Session",
    "__version__",
    "copy_samples",
    "explain",
    "find_collection",
    "fuse",
    "like",
    "load_scenes",
    "open_encoder",
    "text",
}


def test_public_names_are_these_and_no_others() -> None:
    assert set(firs.__all__) == PUBLIC


def test_every_public_name_is_there() -> None:
    assert [name for name in PUBLIC if getattr(firs, name, None) is None] == []


def test_other_names_are_not() -> None:
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        firs.nonsense  # noqa: B018


@pytest.mark.parametrize(
    ("statement", "absent"),
    [
        ("import firs", "numpy"),
        ("import firs.cli", "numpy"),
        ("import firs; firs.Collection", "faiss"),
        ("import firs; firs.Collection", "onnxruntime"),
        ("import firs.encoders.mini", "torch"),
        ("import firs; firs.open_encoder().encode_texts(['a dog'])", "PIL"),
        ("import firs; firs.open_encoder().encode_texts(['a dog'])", "huggingface_hub"),
    ],
)
def test_heavy_modules_wait_until_they_are_needed(statement: str, absent: str) -> None:
    code = f"import sys\n{statement}\nsys.exit({absent!r} in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0

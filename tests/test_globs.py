import pytest

from firs.errors import InputError
from firs.filters import compile_glob

FITS = [
    ("2024/**", "2024/may/a.jpg"),
    ("2024/**/*.jpg", "2024/a.jpg"),
    ("2024/**/*.jpg", "2024/may/01/a.jpg"),
    ("2024/*.jpg", "2024/a.jpg"),
    ("*.png", "a.png"),
    ("*.png", "2024/may/a.png"),
    ("2024", "old/2024/a.jpg"),
    ("2024/", "2024/a.jpg"),
    ("20?4/may", "2024/may/a.jpg"),
    ("**/may/*", "2024/may/a.jpg"),
    ("./*.jpg", "a.jpg"),
    ("[ab].jpg", "b.jpg"),
    ("[!ab].jpg", "c.jpg"),
    ("[^ab].jpg", "c.jpg"),
    ("[a-c]*.jpg", "bird.jpg"),
    ("[]].jpg", "].jpg"),
    ("[\\]].jpg", "\\].jpg"),
    ("/media/camera/**", "/media/camera/a.jpg"),
    ("a+b (1).jpg", "a+b (1).jpg"),
    ("*", "2024/may/new\nline.jpg"),
]
NOT = [
    ("2024/**", "old/2024/a.jpg"),
    ("2024/*.jpg", "2024/may/a.jpg"),
    ("./*.jpg", "2024/a.jpg"),
    ("2024/", "2024"),
    ("*.png", "a.png.jpg"),
    ("a*c.jpg", "a/c.jpg"),
    ("a?c.jpg", "a/c.jpg"),
    ("a[!b]c.jpg", "a/c.jpg"),
    ("[!ab].jpg", "a.jpg"),
    ("may", "mayor/a.jpg"),
    ("A.jpg", "a.jpg"),
    ("a.jpg", "axjpg"),
]


@pytest.mark.parametrize(("glob", "path"), FITS)
def test_what_fits(glob: str, path: str) -> None:
    assert compile_glob(glob).fullmatch(path)


@pytest.mark.parametrize(("glob", "path"), NOT)
def test_what_does_not(glob: str, path: str) -> None:
    assert not compile_glob(glob).fullmatch(path)


@pytest.mark.parametrize(
    ("glob", "told"),
    [
        ("", "fits no path"),
        ("/", "fits no path"),
        ("./", "fits no path"),
        ("2024/[ab", r"a \[ is not closed"),
        ("[]", r"a \[ is not closed"),
        ("[z-a].jpg", r"'\[z-a\].jpg' is malformed: bad character range"),
    ],
)
def test_what_cannot_be_meant(glob: str, told: str) -> None:
    with pytest.raises(InputError, match=told):
        compile_glob(glob)

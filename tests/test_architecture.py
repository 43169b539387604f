"""Imports between packages point one way, and docs/architecture.md names every package."""

import ast
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "firs"

LAYERS = (
    {"errors", "registry", "user_dirs", "blas", "filters"},
    {"imaging", "sources"},
    {"query", "ranking"},
    {"encoders", "index", "hashing", "fusion"},
    {"calibration", "expansion", "search"},
    {"feedback", "explanation", "storage"},
    {"indexing", "cluster"},
    {"collection", "session", "refinement", "milvus"},
    {"migration", "samples"},
    {"evaluation"},
    {"web", "cli", "demo"},
)
"""From low to high: a package imports packages of its own layer and of lower ones only."""

EXCEPTIONS = {
    ("imaging", "ranking"): "a contact sheet is the picture of a ranking",
    ("ranking", "explanation"): "the type of the explanation that a ranking can ask for",
}
"""Imports that point upwards, each with its reason; the fewer the better."""


def level(package: str) -> int:
    return next(number for number, layer in enumerate(LAYERS) if package in layer)


def package_of(module: Path) -> str:
    first = module.relative_to(SOURCE).parts[0]
    return first.removesuffix(".py")


def imports(module: Path) -> Iterator[str]:
    """Yield the packages of firs that a module imports, also in functions."""
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module == "firs":
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and str(node.module).startswith("firs."):
            yield str(node.module).split(".")[1]
        elif isinstance(node, ast.Import):
            yield from (a.name.split(".")[1] for a in node.names if a.name.startswith("firs."))


def modules() -> list[Path]:
    return [each for each in sorted(SOURCE.rglob("*.py")) if package_of(each)[0] != "_"]


def test_imports_point_downwards() -> None:
    known = {name for layer in LAYERS for name in layer}
    upwards = {
        (package_of(module), target)
        for module in modules()
        for target in imports(module)
        if target in known and level(target) > level(package_of(module))
    }
    assert upwards == set(EXCEPTIONS)


def test_every_package_is_described() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    packages = {package_of(module) for module in modules()}
    assert packages == {name for layer in LAYERS for name in layer}
    assert [name for name in sorted(packages) if f"`{name}`" not in page] == []


def test_what_the_page_names_exists() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    packages = {path.name for path in SOURCE.iterdir() if path.is_dir()}
    for path in re.findall(r"`((?:\w+/)+\w+\.\w+)`", page):
        assert (SOURCE / path).exists() or (ROOT / path).exists(), path
    for package, name in re.findall(r"`(\w+)\.([a-z_]+)(?:\.\w+)*`", page):
        is_module = (SOURCE / package / f"{name}.py").exists()
        assert package not in packages or is_module or has_name(package, name), f"{package}.{name}"


def has_name(package: str, name: str) -> bool:
    return hasattr(import_module(f"firs.{package}"), name)

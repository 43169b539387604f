"""Names and docstrings use the field's terms, not words that only we understand.

A word of ``BANNED`` may not appear in a docstring, nor in the name of a module, class, function or
parameter. ``docs/*.md`` and the README are checked for the words as a share of all words.
"""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "firs"

BANNED = frozenset({
    "told", "tell", "tells", "asked", "asks", "wanted", "meant", "stands", "stand", "lies",
    "lie", "held", "holds", "beside", "meanwhile", "anew", "whoever", "nobody", "somebody",
    "remarks",
})  # fmt: skip

PARTICIPLES = frozenset({
    "told", "said", "shown", "known", "kept", "held", "found", "made", "drawn", "taken",
    "given", "left", "begun", "spelt", "sent", "written", "chosen", "meant", "sought", "lost",
    "built", "grown", "seen",
})  # fmt: skip
MOST_PARTICIPLES = 0.02
"""Share of functions that may be named by a participle, such as ``accepted_queries``."""

MOST_IN_DOCUMENTS = 10
"""Banned words among 10,000 words of the documentation; quotations of messages need a few."""


def words(text: str) -> list[str]:
    return [word.lower() for word in re.findall(r"[A-Za-z][a-z]*", text)]


def texts(module: Path) -> Iterator[str]:
    """Yield the docstrings of a module, and the names that it defines."""
    yield module.stem
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield ast.get_docstring(node) or ""
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name
        if isinstance(node, ast.arg):
            yield node.arg


def test_docstrings_and_names_use_plain_terms() -> None:
    found = [
        f"{module.relative_to(SOURCE)}: {word}"
        for module in SOURCE.rglob("*.py")
        for text in texts(module)
        for word in words(text)
        if word in BANNED
    ]
    assert found == []


def test_methods_are_documented_once() -> None:
    """A method needs a docstring, unless it implements one that a protocol or base describes."""
    classes = [
        node
        for module in SOURCE.rglob("*.py")
        for node in ast.parse(module.read_text(encoding="utf-8")).body
        if isinstance(node, ast.ClassDef)
    ]
    bases = {ast.unparse(base).split("[")[0] for node in classes for base in node.bases}
    described = {
        method.name
        for node in classes
        if node.name in bases or {ast.unparse(base) for base in node.bases} & {"ABC", "Protocol"}
        for method in methods(node)
        if ast.get_docstring(method)
    }
    missing = [
        f"{node.name}.{method.name}"
        for node in classes
        for method in methods(node)
        if not ast.get_docstring(method)
        and not (node.name + method.name).startswith("_")
        and not method.name.startswith("_")
        and method.name not in described
    ]
    assert missing == []


def methods(node: ast.ClassDef) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    return [each for each in node.body if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef)]


def test_functions_are_named_by_verbs() -> None:
    names = [
        node.name.strip("_").split("_")[0]
        for module in SOURCE.rglob("*.py")
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and not node.name.startswith("__")
        and not node.decorator_list
    ]
    others = {"feed", "need", "seed", "embed"}
    odd = [
        name
        for name in names
        if name in PARTICIPLES or (name.endswith("ed") and name not in others)
    ]
    assert len(odd) <= MOST_PARTICIPLES * len(names), Counter(odd).most_common(10)


def test_the_documentation_uses_plain_terms() -> None:
    pages = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
    found = [word for page in pages for word in words(page.read_text(encoding="utf-8"))]
    share = 10_000 * sum(word in BANNED for word in found) / len(found)
    assert share <= MOST_IN_DOCUMENTS

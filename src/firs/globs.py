"""Patterns of paths, as in ``.gitignore``.

``*`` matches any characters but ``/``, ``?`` matches one, ``[a-z]`` one of these and ``[!a-z]`` one
of the others; ``**`` between slashes matches any folders, or none. A pattern that contains a slash,
such as ``./`` in front, is anchored where the paths begin; one without matches at any depth. A
pattern that matches a folder matches everything below it, and one that ends with a slash matches
folders only.
"""

import re

from firs.errors import InputError


def compile_glob(glob: str) -> re.Pattern[str]:
    """Compile a pattern to a regular expression for whole paths, with ``/`` between their parts.

    Raises:
        InputError: the pattern is empty, or a bracket is not closed or has no characters.

    >>> bool(compile_glob("2024/**/*.jpg").fullmatch("2024/may/a.jpg"))
    True
    >>> bool(compile_glob("holiday").fullmatch("2024/holiday/b.jpg"))
    True
    """
    named = glob.removesuffix("/")
    body = named.removeprefix("./")
    if not body.strip("/."):
        raise InputError(f"{glob!r} fits no path; name files or folders, as in '2024/**'.")
    start = "" if "/" in named else "(?:.*/)?"
    below = "/.*" if glob.endswith("/") else "(?:/.*)?"
    try:
        return re.compile(f"{start}{_parts(body.split('/'), glob)}{below}", re.DOTALL)
    except re.error as error:
        raise InputError(f"The pattern {glob!r} is malformed: {error}.") from error


def _parts(parts: list[str], glob: str) -> str:
    """Translate the parts of a path, each followed by a slash except the last."""
    *folders, last = parts
    told = ["(?:.*/)?" if part == "**" else f"{_name(part, glob)}/" for part in folders]
    return "".join([*told, ".*" if last == "**" else _name(last, glob)])


def _name(part: str, glob: str) -> str:
    told, at = [], 0
    while at < len(part):
        step = 1
        if part[at] == "[":
            step = _bracket_length(part[at:], glob)
            told.append(_one_of(part[at + 1 : at + step - 1]))
        else:
            told.append(_WILD.get(part[at]) or re.escape(part[at]))
        at += step
    return "".join(told)


def _bracket_length(text: str, glob: str) -> int:
    """Return the length of a bracket; a ``]`` right after the opening is one of its characters."""
    end = text.find("]", 3 if text[1:2] in ("!", "^") else 2)
    if end < 0:
        raise InputError(f"The pattern {glob!r} is malformed: a [ is not closed by ].")
    return end + 1


def _one_of(inside: str) -> str:
    negated = inside[:1] in ("!", "^")
    characters = re.sub(r"([\\\]\[&~|])", r"\\\1", inside[1:] if negated else inside)
    return f"[{'^/' if negated else ''}{characters}]"


_WILD = {"*": "[^/]*", "?": "[^/]"}

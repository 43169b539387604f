"""The filter expressions that the package writes, parsed and evaluated as Milvus does.

The grammar is exactly what ``firs.milvus`` produces, and nothing else is accepted: an expression
outside of it is an error, as is a field that the collection does not have or a literal of another
type than the field's.

    or       = and {"or" and}
    and      = primary {"and" primary}
    primary  = "(" or ")" | "array_contains" "(" field "," literal ")"
             | field ("==" | "!=" | "<" | "<=" | ">" | ">=") literal
             | field ["not"] "in" "[" [literal {"," literal}] "]"
    literal  = an integer | a text as JSON has it
"""

import json
import operator
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

Test = Callable[[Mapping[str, Any]], bool]
"""Whether an expression is true of a row."""

_TOKEN = re.compile(r'\s*("(?:[^"\\]|\\.)*"|-?\d+|[A-Za-z_]\w*|==|!=|<=|>=|[<>()\[\],])', re.ASCII)
_COMPARISONS: Mapping[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_TYPES = {"INT64": int, "VARCHAR": str, "ARRAY": str}
_KEYWORDS = frozenset({"and", "or", "not", "in", "array_contains"})


class ExpressionError(ValueError):
    """Milvus would refuse this expression, or the package does not write such ones."""


def parse(expression: str, fields: Mapping[str, str]) -> Test:
    """Return the test that an expression means; the empty one is true of every row.

    Args:
        expression: the text that Milvus receives.
        fields: name → type of each field of the collection, as in ``pymilvus.DataType``.

    Raises:
        ExpressionError: the expression is not in the grammar, or does not fit the fields.
    """
    if not expression:
        return lambda _: True
    parser = _Parser(_tokens(expression), fields)
    test = parser.parse_or()
    parser.expect_end()
    return test


def _tokens(expression: str) -> Sequence[str]:
    tokens, at, end = [], 0, len(expression.rstrip())
    while at < end:
        found = _TOKEN.match(expression, at)
        if found is None:
            raise ExpressionError(f"unexpected {expression[at : at + 20]!r}")
        tokens.append(found[1])
        at = found.end()
    return tokens


class _Parser:
    """A recursive descent over the tokens of one expression."""

    def __init__(self, tokens: Sequence[str], fields: Mapping[str, str]) -> None:
        self._tokens = tokens
        self._fields = fields
        self._at = 0

    def parse_or(self) -> Test:
        tests = [self._parse_and()]
        while self._take_if("or"):
            tests.append(self._parse_and())
        return tests[0] if len(tests) == 1 else lambda row: any(test(row) for test in tests)

    def expect_end(self) -> None:
        if self._at < len(self._tokens):
            raise ExpressionError(f"unexpected {self._tokens[self._at]!r}")

    def _parse_and(self) -> Test:
        tests = [self._parse_primary()]
        while self._take_if("and"):
            tests.append(self._parse_primary())
        return tests[0] if len(tests) == 1 else lambda row: all(test(row) for test in tests)

    def _parse_primary(self) -> Test:
        if self._take_if("("):
            test = self.parse_or()
            self._expect(")")
            return test
        return self._parse_contains() if self._take_if("array_contains") else self._parse_field()

    def _parse_contains(self) -> Test:
        self._expect("(")
        field = self._field(("ARRAY",))
        self._expect(",")
        value = self._literal(field)
        self._expect(")")
        return lambda row: value in row[field]

    def _parse_field(self) -> Test:
        field = self._field(("INT64", "VARCHAR"))
        is_not = self._take_if("not")
        if self._take_if("in") or is_not:
            values = frozenset(self._list(field))
            return lambda row: (row[field] in values) is not is_not
        compare = _COMPARISONS.get(self._take())
        if compare is None:
            raise ExpressionError(f"no comparison follows {field!r}")
        value = self._literal(field)
        return lambda row: compare(row[field], value)

    def _list(self, field: str) -> Sequence[Any]:
        self._expect("[")
        values: list[Any] = []
        while not self._take_if("]"):
            if values:
                self._expect(",")
            values.append(self._literal(field))
        return values

    def _field(self, types: Sequence[str]) -> str:
        name = self._take()
        if name in _KEYWORDS or self._fields.get(name) not in types:
            raise ExpressionError(f"field {name!r} does not exist, or not as {types}")
        return name

    def _literal(self, field: str) -> Any:
        token = self._take()
        try:
            value = json.loads(token)
        except ValueError:
            raise ExpressionError(f"{token!r} is no literal") from None
        if type(value) is not _TYPES[self._fields[field]]:
            raise ExpressionError(f"{token} cannot be compared with {field!r}")
        return value

    def _expect(self, token: str) -> None:
        found = self._take()
        if found != token:
            raise ExpressionError(f"{token!r} is missing before {found!r}")

    def _take_if(self, token: str) -> bool:
        is_next = self._at < len(self._tokens) and self._tokens[self._at] == token
        self._at += is_next
        return is_next

    def _take(self) -> str:
        if self._at == len(self._tokens):
            raise ExpressionError("unexpected end")
        self._at += 1
        return self._tokens[self._at - 1]

"""XLSForm's expressions (a part of XPath) as the conditions of our questionnaires."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

_TOKEN = re.compile(
    r"""\s*(?:
        (?P<name>\$\{[^}]*\})
      | (?P<text>'[^']*'|"[^"]*")
      | (?P<number>\d+(?:\.\d+)?)
      | (?P<word>[^\W\d][\w-]*)
      | (?P<sign><=|>=|!=|[=<>+*(),.-])
    )""",
    re.VERBOSE,
)
_COMPARISONS = {"=": "==", "!=": "!=", "<": "<", "<=": "<=", ">": ">", ">=": ">="}
_PRODUCTS = {"*": "*", "div": "/", "mod": "%"}
_LONGEST = 500
_DEEPEST = 40
_SAME = {"sum": "sum", "min": "min", "max": "max", "round": "round", "count-selected": "count"}


class NotTranslated(ValueError):
    """The expression uses what our conditions have not; the message names it."""


@dataclass(slots=True)
class Names:
    """What an expression may name. `ids`: the form's names with our ids; `several`: those of
    them that take several answers; `columns`: constants by bare name (a choice's columns)."""

    ids: Mapping[str, str]
    several: frozenset[str] = frozenset()
    columns: Mapping[str, str] = field(default_factory=dict)


def translate(expression: str, names: Names) -> str:
    """Return the expression in our language. Raises NotTranslated."""
    if len(expression) > _LONGEST or expression.count("(") > _DEEPEST:
        raise NotTranslated("it is too long: make a calculate of its parts")
    reader = _Reader(_tokens(expression), names)
    translated = reader.either()
    if reader.peek() is not None:
        raise NotTranslated(f"{reader.peek()!r} is not expected")
    return translated


def used_names(text: str) -> tuple[str, ...]:
    """Return the names a text or expression refers to as ${name}."""
    return tuple(name.strip() for name in re.findall(r"\$\{([^}]*)\}", text))


def _tokens(expression: str) -> list[str]:
    expression = expression.translate(str.maketrans("‘’“”（），", "''\"\"(),"))
    tokens, at = [], 0
    while at < len(expression.rstrip()):
        match = _TOKEN.match(expression, at)
        if match is None:
            raise NotTranslated(f"{expression[at:].strip()[:20]!r} cannot be read")
        tokens.append(match.group().strip())
        at = match.end()
    return tokens


class _Reader:
    """Reads tokens by XPath's order of precedence."""

    def __init__(self, tokens: list[str], names: Names) -> None:
        self._tokens = tokens
        self._at = 0
        self._names = names

    def peek(self) -> str | None:
        return self._tokens[self._at] if self._at < len(self._tokens) else None

    def either(self) -> str:
        return self._chain(self._both, {"or": "or"})

    def _both(self) -> str:
        return self._chain(self._comparison, {"and": "and"})

    def _comparison(self) -> str:
        left = self._addition()
        sign = self.peek()
        if sign not in _COMPARISONS:
            return left
        self._take()
        right = self._addition()
        for one, other in ((left, right), (right, left)):
            if other == "''" and one.isidentifier():
                return f"not answered({one})" if sign == "=" else f"answered({one})"
        return f"{left} {_COMPARISONS[sign]} {right}"

    def _addition(self) -> str:
        return self._chain(self._product, {"+": "+", "-": "-"})

    def _product(self) -> str:
        return self._chain(self._value, _PRODUCTS)

    def _chain(self, part: Callable[[], str], signs: Mapping[str, str]) -> str:
        read = part()
        while (sign := self.peek()) is not None and sign in signs:
            self._take()
            read = f"{read} {signs[sign]} {part()}"
        return read

    def _value(self) -> str:
        said = self._take()
        if said == "(":
            inside = self.either()
            self._expect(")")
            return f"({inside})"
        if said == "-":
            return f"-{self._value()}"
        if said == ".":
            return "value"
        if said.startswith("${"):
            return self._named(said[2:-1].strip())
        if said[0] in "'\"":
            return repr(said[1:-1])
        if said[0].isdigit():
            return said
        if self.peek() == "(":
            return self._function(said)
        if said in self._names.columns:
            return repr(self._names.columns[said])
        raise NotTranslated(f"{said!r} is not known here")

    def _named(self, name: str) -> str:
        if name not in self._names.ids:
            raise NotTranslated(f"${{{name}}} is no question of the form")
        return self._names.ids[name]

    def _function(self, name: str) -> str:
        self._expect("(")
        values: list[str] = []
        while self.peek() != ")":
            values.append(self.either())
            if self.peek() != ",":
                break
            self._take()
        self._expect(")")
        match (name, values):
            case ("selected", [of, value]):
                several = of in self._names.several or of == "value"
                return f"{value} in {of}" if several else f"{of} == {value}"
            case ("not", [condition]):
                return f"not ({condition})"
            case ("true", []):
                return "True"
            case ("false", []):
                return "False"
            case ("if", [condition, then, otherwise]):
                return f"choose({condition}, {then}, {otherwise})"
            case ("coalesce", [first, second]) if first.isidentifier():
                return f"choose(answered({first}), {first}, {second})"
            case ("number" | "string", [value]):
                return value
            case (known, [_, *_]) if known in _SAME:
                return f"{_SAME[known]}({', '.join(values)})"
            case _:
                raise NotTranslated(f"the function {name}() is not known")

    def _take(self) -> str:
        token = self.peek()
        if token is None:
            raise NotTranslated("something is missing at the end")
        self._at += 1
        return token

    def _expect(self, wanted: str) -> None:
        if self.peek() != wanted:
            raise NotTranslated(f"{wanted!r} is missing")
        self._at += 1

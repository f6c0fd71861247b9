"""Conditions of questions: small expressions over earlier answers and contact attributes.

`satisfaction <= 2`, `used and channel in ['web', 'app']`, `not used`, `区域 == '青秀区'`,
`answered(score)`. Names are question ids or contact attributes; operators are comparisons,
`and`, `or`, `not`, `in`, `+ - * /` and brackets. Functions: `answered(name)`; `count`, `sum`,
`min`, `max`, `mean` of a list or of several values; `round(x, digits)`; `choose(if, then, else)`.
"""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from simpleeval import InvalidExpression, SimpleEval

from campaigns.errors import InvalidInput

_ANSWERED = "answered"
_CHOOSE = "choose"
_MAX_LENGTH = 500


def _numbers(values: tuple[Any, ...]) -> list[float]:
    """Return what is to be reckoned with: the members of lists, numbers in texts read."""
    flat = [each for value in values for each in (value if isinstance(value, list) else [value])]
    return [float(each) if isinstance(each, str) else each for each in flat]


def _mean(*values: Any) -> float:
    numbers = _numbers(values)
    return sum(numbers) / len(numbers)


def _count(*values: Any) -> int:
    return sum(len(value) if isinstance(value, list) else 1 for value in values)


_FUNCTIONS: dict[str, tuple[Callable[..., Any], int]] = {
    "count": (_count, 20),
    "sum": (lambda *values: sum(_numbers(values)), 20),
    "min": (lambda *values: min(_numbers(values)), 20),
    "max": (lambda *values: max(_numbers(values)), 20),
    "mean": (_mean, 20),
    "round": (lambda number, digits=0: round(float(number), int(digits)), 2),
    _CHOOSE: (lambda *values: None, 3),
}
"""Each with the most values it takes."""


class _Unanswered(Exception):
    """The condition needs an answer that was not given."""


def names(expression: str) -> frozenset[str]:
    """Return the names an expression uses. Raises InvalidInput when it is no condition."""
    tree = _parse(expression)
    called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    found = (node for node in ast.walk(tree) if isinstance(node, ast.Name))
    return frozenset(node.id for node in found if id(node) not in called)


def evaluate(expression: str, values: Mapping[str, Any]) -> bool:
    """Return whether the condition holds for these answers and attributes.

    A name that is missing or None is unanswered: what depends on it is unknown (three-valued
    logic), and an unknown condition does not hold. Values that cannot be compared do not hold
    either. Raises InvalidInput when the expression is no condition.
    """
    return bool(value_of(expression, values))


def value_of(expression: str, values: Mapping[str, Any]) -> Any:
    """Return the value of an expression, whole numbers as int; None when it is unknown.

    Raises InvalidInput when it is no expression.
    """
    tree = _parse(expression)
    try:
        value = _Evaluator(values).eval(expression, previously_parsed=tree.body)
    except (_Unanswered, TypeError, ValueError, ArithmeticError):
        return None
    except InvalidExpression as error:
        raise InvalidInput(f"condition {expression!r}: {error}") from error
    if isinstance(value, float):
        return _tidy(value)
    return value


def _tidy(value: float) -> float | int | None:
    """Return a number without the dust of binary fractions; None when it is not finite."""
    if not math.isfinite(value):
        return None
    rounded = round(value, 9)
    return int(rounded) if rounded.is_integer() else rounded


@lru_cache(maxsize=4096)
def _parse(expression: str) -> ast.Expression:
    if len(expression) > _MAX_LENGTH:
        raise InvalidInput(f"a condition may have {_MAX_LENGTH} characters at most")
    try:
        tree = ast.parse(expression.strip(), mode="eval")
    except (SyntaxError, ValueError) as error:
        reason = getattr(error, "msg", str(error))
        raise InvalidInput(f"condition {expression!r} cannot be read: {reason}") from error
    for node in ast.walk(tree):
        _check(node, expression)
    return tree


_ALLOWED = (
    ast.Expression,
    ast.BoolOp,
    ast.boolop,
    ast.UnaryOp,
    ast.unaryop,
    ast.BinOp,
    ast.operator,
    ast.Compare,
    ast.cmpop,
    ast.Name,
    ast.expr_context,
    ast.Constant,
    ast.List,
    ast.Tuple,
    ast.Call,
)


def _check(node: ast.AST, expression: str) -> None:
    if isinstance(node, ast.Call) and not _is_known_call(node):
        raise InvalidInput(
            f"condition {expression!r}: the functions are answered(name), "
            f"{', '.join(_FUNCTIONS)}, with one value or more"
        )
    if not isinstance(node, _ALLOWED) or isinstance(node, ast.Pow | ast.LShift | ast.RShift):
        raise InvalidInput(
            f"condition {expression!r}: {type(node).__name__} is not allowed; use comparisons, "
            "and, or, not, in"
        )


def _is_known_call(node: ast.Call) -> bool:
    if not isinstance(node.func, ast.Name) or node.keywords:
        return False
    if node.func.id == _ANSWERED:
        return len(node.args) == 1 and isinstance(node.args[0], ast.Name)
    if node.func.id not in _FUNCTIONS:
        return False
    most = _FUNCTIONS[node.func.id][1]
    least = 3 if node.func.id == _CHOOSE else 1
    return least <= len(node.args) <= most


def _comparable(left: Any, right: Any) -> tuple[Any, Any]:
    """Contact attributes are text: read one as a number where the other side is a number."""
    if isinstance(left, str) and isinstance(right, int | float) and not isinstance(right, bool):
        return float(left), right
    if isinstance(right, str) and isinstance(left, int | float) and not isinstance(left, bool):
        return left, float(right)
    return left, right


def _comparing(compare: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    return lambda left, right: compare(*_comparable(left, right))


class _Evaluator(SimpleEval):  # type: ignore[misc]
    """simpleeval with three-valued `and` and `or`, and names that may be unanswered."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self._values = values
        super().__init__(names=self._name, functions={})
        self.nodes |= {
            ast.List: self._sequence,
            ast.Tuple: self._sequence,
            ast.Call: self._call,
            ast.BoolOp: self._bool_op,
        }
        self.operators |= {
            ast.Eq: _comparing(operator.eq),
            ast.NotEq: _comparing(operator.ne),
            ast.Lt: _comparing(operator.lt),
            ast.LtE: _comparing(operator.le),
            ast.Gt: _comparing(operator.gt),
            ast.GtE: _comparing(operator.ge),
        }

    def _name(self, node: ast.Name) -> Any:
        value = self._values.get(node.id)
        if value is None:
            raise _Unanswered(node.id)
        return value

    def _sequence(self, node: ast.List | ast.Tuple) -> list[Any]:
        return [self._eval(item) for item in node.elts]

    def _call(self, node: ast.Call) -> Any:
        assert isinstance(node.func, ast.Name)
        if node.func.id == _ANSWERED:
            name = node.args[0]
            assert isinstance(name, ast.Name)
            return self._values.get(name.id) is not None
        if node.func.id == _CHOOSE:
            condition, then, otherwise = node.args
            return self._eval(then if self._eval(condition) else otherwise)
        return _FUNCTIONS[node.func.id][0](*map(self._eval, node.args))

    def _bool_op(self, node: ast.BoolOp) -> bool:
        deciding = isinstance(node.op, ast.Or)
        unknown: _Unanswered | None = None
        for part in node.values:
            try:
                if bool(self._eval(part)) is deciding:
                    return deciding
            except _Unanswered as error:
                unknown = error
        if unknown is not None:
            raise unknown
        return not deciding

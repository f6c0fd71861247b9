"""Conditions of questions: small expressions over earlier answers and contact attributes.

`satisfaction <= 2`, `used and channel in ['web', 'app']`, `not used`, `区域 == '青秀区'`,
`answered(score)`. Names are question ids or contact attributes; operators are comparisons,
`and`, `or`, `not`, `in`, `+ - * /` and brackets; the one function is `answered(name)`.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping
from typing import Any

from simpleeval import InvalidExpression, SimpleEval

from campaigns.errors import InvalidInput

_ANSWERED = "answered"
_MAX_LENGTH = 500


class _Unanswered(Exception):
    """The condition needs an answer that was not given."""


def names(expression: str) -> frozenset[str]:
    """Return the names an expression uses. Raises InvalidInput when it is no condition."""
    tree = _parse(expression)
    found = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    return frozenset(found - {_ANSWERED})


def evaluate(expression: str, values: Mapping[str, Any]) -> bool:
    """Return whether the condition holds for these answers and attributes.

    A name that is missing or None is unanswered: what depends on it is unknown (three-valued
    logic), and an unknown condition does not hold. Values that cannot be compared do not hold
    either. Raises InvalidInput when the expression is no condition.
    """
    tree = _parse(expression)
    try:
        return bool(_Evaluator(values).eval(expression, previously_parsed=tree.body))
    except (_Unanswered, TypeError, ValueError, ZeroDivisionError):
        return False
    except InvalidExpression as error:
        raise InvalidInput(f"condition {expression!r}: {error}") from error


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
    if isinstance(node, ast.Call) and not (
        isinstance(node.func, ast.Name)
        and node.func.id == _ANSWERED
        and len(node.args) == 1
        and isinstance(node.args[0], ast.Name)
        and not node.keywords
    ):
        raise InvalidInput(
            f"condition {expression!r}: the only function is answered(name), with one name"
        )
    if not isinstance(node, _ALLOWED) or isinstance(node, ast.Pow | ast.LShift | ast.RShift):
        raise InvalidInput(
            f"condition {expression!r}: {type(node).__name__} is not allowed; use comparisons, "
            "and, or, not, in"
        )


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
            ast.Call: self._answered,
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

    def _answered(self, node: ast.Call) -> bool:
        name = node.args[0]
        assert isinstance(name, ast.Name)
        return self._values.get(name.id) is not None

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

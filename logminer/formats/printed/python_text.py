"""Python text as data: ``Namespace(lr=0.1)`` lines and config files, parsed and never executed."""

import ast
from typing import Any

from logminer.formats.documents.values import MAX_TEXT

MAX_SOURCE = 1_000_000


def read_assignments(source: str) -> dict[str, Any]:
    """What a config file assigns at its top level: ``lr = 0.1``, ``model = dict(type='Net')``.

    Raises:
        ValueError: no Python, or far too large.
    """
    found: dict[str, Any] = {}
    for node in _parse(source, "exec").body:
        if (
            isinstance(node, ast.Assign)
            and len(node.targets) == 1
            and isinstance(node.targets[0], ast.Name)
        ):
            found[node.targets[0].id] = _plain(node.value, found)
    return found


def read_constants(source: str) -> dict[str, Any]:
    """Numbers, texts and booleans that a program assigns at its top level; what it would compute is left out.

    Raises:
        ValueError: no Python, or far too large.
    """
    found: dict[str, Any] = {}
    for node in _parse(source, "exec").body:
        targets = node.targets if isinstance(node, ast.Assign) else []
        if len(targets) == 1 and isinstance(targets[0], ast.Name):
            value = _plain(node.value, {})
            if isinstance(value, int | float) or isinstance(
                getattr(node.value, "value", None), str
            ):
                found[targets[0].id] = value
    return found


def read_call(text: str) -> dict[str, Any]:
    """The keyword arguments of a call such as ``Namespace(lr=0.1, layers=[1, 2])``.

    Raises:
        ValueError: no such call, or program text that would have to be run.
    """
    node = _parse(text, "eval").body
    if not isinstance(node, ast.Call):
        raise ValueError("no call with arguments")  # noqa: TRY004
    _refuse_program(node)
    return {word.arg: _plain(word.value, {}) for word in node.keywords if word.arg}


def read_literal(text: str) -> Any:
    """A literal such as ``{'lr': 0.1, 'layers': (1, 2)}``.

    Raises:
        ValueError: no literal, or program text that would have to be run.
    """
    node = _parse(text, "eval").body
    if not isinstance(node, ast.Dict | ast.List | ast.Tuple | ast.Set | ast.Constant):
        raise ValueError("no literal")  # noqa: TRY004
    _refuse_program(node)
    return _plain(node, {})


def _refuse_program(node: ast.AST) -> None:
    """Refuse text that names variables: what is printed holds values, at most dressed as ``device(type='cuda')``."""
    called = {id(part.func) for part in ast.walk(node) if isinstance(part, ast.Call)}
    for part in ast.walk(node):
        variable = (
            isinstance(part, ast.Name) and id(part) not in called and part.id not in {"nan", "inf"}
        )
        if variable or (isinstance(part, ast.Attribute) and id(part) in called):
            raise ValueError("program text, no value")


def _parse(source: str, mode: Any) -> Any:
    if len(source) > MAX_SOURCE:
        raise ValueError(f"Python text of more than {MAX_SOURCE // 1_000_000} MB is not read")
    try:
        return ast.parse(source, mode=mode)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise ValueError(f"no Python text: {type(error).__name__}") from None


def _plain(node: ast.expr, known: dict[str, Any]) -> Any:
    """Data an expression stands for; what would have to be computed stays as its source text."""
    if isinstance(node, ast.Constant):
        return node.value if not isinstance(node.value, bytes) else repr(node.value)
    if isinstance(node, ast.List | ast.Tuple | ast.Set):
        return [_plain(item, known) for item in node.elts]
    if isinstance(node, ast.Dict):
        return {_key(k): _plain(v, known) for k, v in zip(node.keys, node.values, strict=True) if k}
    if (
        isinstance(node, ast.UnaryOp)
        and isinstance(node.op, ast.USub)
        and isinstance(node.operand, ast.Constant)
    ):
        number = node.operand.value
        return -number if isinstance(number, int | float) else ast.unparse(node)[:MAX_TEXT]
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and not node.args:
        called = node.func.id in {"dict", "Namespace"}
        words = {word.arg: _plain(word.value, known) for word in node.keywords if word.arg}
        return words if called else {"type": node.func.id, **words}
    if isinstance(node, ast.Name) and not isinstance(known.get(node.id), dict | list | None):
        return known[node.id]
    return ast.unparse(node)[:MAX_TEXT]


def _key(node: ast.expr) -> Any:
    return node.value if isinstance(node, ast.Constant) else ast.unparse(node)[:MAX_TEXT]

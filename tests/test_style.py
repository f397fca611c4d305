"""How large functions and modules may grow; everything else about style is the linter's."""

import ast
from collections.abc import Iterator
from pathlib import Path

PACKAGE = Path(__file__).parents[1] / "launcher"
FUNCTION_LINES = 40
MODULE_LINES = 250


def _modules() -> Iterator[tuple[str, str]]:
    for path in sorted(PACKAGE.rglob("*.py")):
        yield str(path.relative_to(PACKAGE)), path.read_text(encoding="utf-8")


def test_modules_are_read_in_minutes() -> None:
    lines = {name: len(text.splitlines()) for name, text in _modules()}

    assert {name: count for name, count in lines.items() if count > MODULE_LINES} == {}


def test_functions_are_seen_at_once() -> None:
    lines = {
        f"{name}:{node.name}": (node.end_lineno or node.lineno) - node.lineno + 1
        for name, text in _modules()
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }

    assert {name: count for name, count in lines.items() if count > FUNCTION_LINES} == {}

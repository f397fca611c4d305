"""What a page is made of beside its report: a template, a style, scripts, and plotly.js."""

import base64
import hashlib
import zlib
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

BEGINNING = "<!doctype html><!-- a report of the launcher -->"
"""What the first bytes of a page are; other pages are never replaced."""
MEND = "pip install jinja2 plotly"

_HERE = Path(__file__).parent
_SCRIPTS = ("tasks.js", "table.js", "charts.js", "keeping.js", "start.js")
_PLOTLY = ("package_data", "plotly.min.js")
_SMALLEST = 9


@dataclass(frozen=True, slots=True, kw_only=True)
class Asset:
    """A script or style, and the hash that a Content-Security-Policy knows it by."""

    text: str
    hash: str


def why_no_page() -> str | None:
    """Return what is missing to make a page, and the mend; None: nothing is."""
    if find_spec("jinja2") is not None and _plotly_path() is not None:
        return None
    return f"a page needs jinja2 and plotly, which are not installed here: {MEND}"


def template() -> str:
    """Return the template of the page."""
    return (_HERE / "page.html").read_text("utf-8")


@cache
def style() -> Asset:
    """Return the style of the page."""
    return _asset((_HERE / "page.css").read_bytes())


@cache
def script() -> Asset:
    """Return the scripts of the page, as one."""
    parts = b"\n".join((_HERE / name).read_bytes() for name in _SCRIPTS)
    return _asset(b'(() => {\n"use strict";\n' + parts + b"})();\n")


NO_STYLE = f"sha256-{base64.b64encode(hashlib.sha256(b'').digest()).decode()}"
"""The hash of the empty style that plotly.js fills by rules, which no policy forbids."""


@cache
def plotly() -> Asset:
    """Return plotly.js, deflated and in base64, and the hash of what comes out of it.

    It is 4.8 MB as it is, and 2 MB so; every browser since 2023 can inflate it.
    """
    path = _plotly_path()
    if path is None:
        raise FileNotFoundError(0, why_no_page())
    plain = path.read_bytes()
    packed = base64.b64encode(zlib.compress(plain, _SMALLEST)).decode("ascii")
    return Asset(text=packed, hash=_hash(plain))


def _plotly_path() -> Path | None:
    """Return where the package keeps its script; importing it would take a second."""
    spec = find_spec("plotly")
    if spec is None or spec.origin is None:
        return None
    path = Path(spec.origin).parent.joinpath(*_PLOTLY)
    return path if path.is_file() else None


def _asset(text: bytes) -> Asset:
    return Asset(text=text.decode("utf-8"), hash=_hash(text))


def _hash(text: bytes) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text).digest()).decode('ascii')}"

"""A file that is no text is told in one line, by its first bytes."""

import io
import random
from pathlib import Path

import pytest

from launcher.adapters.reports.page.assets import BEGINNING
from launcher.adapters.sources import read_ids
from launcher.core.errors import UsageError

A = "0d9e8a52-7b1c-4c39-9f57-2f3a1b6c8d4e"
FORMS = ["a.txt", "a.csv", "a.json", "a.jsonl"]
UTF16 = "is UTF-16; save it as UTF-8 (or plain text) and try again"
BINARY = "is no text file: name a file of task ids, one a line, or a table as CSV"
IDS = f"# a note of today\n{A}\n"

NO_TEXT = {
    "PDF": (b"%PDF-1.7\n1 0 obj\n<<\n" * 50, "is a PDF, not a list of task ids: save the ids"),
    "a workbook": (b"PK\x03\x04\x14\x00\x06", "is an Excel workbook or a zip archive, not a list"),
    "our page": (f"{BEGINNING}\n<html>\n".encode(), "is a page for browsers, not a list of task"),
    "a page": (b"<!DOCTYPE html>\n<html>\n", "is a page for browsers, not a list of task ids"),
    "a page without a type": (
        b"<HTML>\n<head>\n",
        "is a page for browsers, not a list of task ids",
    ),
    "gzip": (b"\x1f\x8b\x08\x00\n\n", "is compressed by gzip: unpack it (gunzip) and try again"),
    "random bytes": (random.Random(7).randbytes(20_000), BINARY),
    "lines, then NUL": (b"id\n\nx\n\x00\n", BINARY),
    "controls and no UTF-8": (b"id\n\xff\x02\n", BINARY),
    "UTF-16 with a mark": (IDS.encode("utf-16"), UTF16),
    "UTF-16, big end first, with a mark": (b"\xfe\xff" + IDS.encode("utf-16-be"), UTF16),
    "UTF-16 without a mark": (IDS.encode("utf-16-le"), UTF16),
    "UTF-16, big end first, without a mark": (IDS.encode("utf-16-be"), UTF16),
    "UTF-16 after a blank line": (f"\r\n{IDS}".encode("utf-16-le"), UTF16),
    "UTF-16 with other letters": (f"# größer, 日本\n{IDS}".encode("utf-16-le"), UTF16),
}


def _refusal(file: str, content: bytes) -> str:
    with pytest.raises(UsageError) as refused:
        read_ids([file], [], stdin=io.BytesIO(content))
    return str(refused.value)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(("content", "words"), NO_TEXT.values(), ids=NO_TEXT)
def test_what_is_no_text_is_told_in_one_line_with_the_mend(
    content: bytes, words: str, form: str, tmp_path: Path
) -> None:
    file = tmp_path / form
    file.write_bytes(content)

    refusal = _refusal(str(file), b"")

    assert refusal.startswith(f"{file} {words}")
    assert len(refusal.splitlines()) == 1
    assert _refusal("-", content).startswith(f"standard input {words}")


TEXT = {
    "Latin-1": "# grö\u00dfer, caf\xe9\n".encode("latin-1"),
    "a character on the border of what is looked at": f"#{'x' * 1022}é \x02\n".encode(),
    "controls of an editor in UTF-8": "# \x01 \x1a é\n".encode(),
    "NUL in a late comment": b"#" + b"x" * 2000 + b"\x00\n",
}


@pytest.mark.parametrize("content", TEXT.values(), ids=TEXT)
def test_text_with_odd_characters_in_comments_is_read(content: bytes) -> None:
    found = read_ids(["-"], [], stdin=io.BytesIO(content + A.encode()))

    assert [(one.task, one.source) for one in found] == [(A, "stdin:2")]

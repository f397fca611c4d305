"""Inputs as people bring them: which tasks each names, where; and what is said of bad ones."""

import json
from pathlib import Path

import pytest

from launcher.adapters.sources import read_ids
from launcher.core.errors import UsageError

A = "0d9e8a52-7b1c-4c39-9f57-2f3a1b6c8d4e"
B = "1d9e8a52-7b1c-4c39-9f57-2f3a1b6c8d4e"
C = "2d9e8a52-7b1c-4c39-9f57-2f3a1b6c8d4e"
CAVATICA = "https://cavatica-api.sbgenomics.com/v2"
PAGE = "https://cavatica.sbgenomics.com/u/mara/lung/tasks"
OF_CHILDRENS = "Task Name\tTask Id\tStart Time\tEnd Time\tTask Status\n"

# what is written in a file of this name, and the tasks it names with the line or record of each
GOOD = {
    "one id": ("t.txt", A, [(A, 1)]),
    "one id a line": ("new_task_ids.txt", f"{A}\n{B}\n{C}\n", [(A, 1), (B, 2), (C, 3)]),
    "carriage returns": ("t.txt", f"{A}\r\n{B}\r\n", [(A, 1), (B, 2)]),
    "byte order mark": ("t.txt", f"\ufeff{A}\n{B}\n", [(A, 1), (B, 2)]),
    "capitals": ("t.txt", f"{A.upper()}\n", [(A, 1)]),
    "blank lines and blanks": ("t.txt", f"\n\n  {A}  \n\t{B}\t\n\n", [(A, 3), (B, 4)]),
    "comment lines": ("t.txt", f"# name, status\n{A}\n# {B}\n", [(A, 2)]),
    "comments behind ids": ("t.txt", f"{A} # a, b; c\n{B}#the second\n", [(A, 1), (B, 2)]),
    "a very long comment": ("t.txt", f"{A} #{'x' * 200_000}\n{B}\n", [(A, 1), (B, 2)]),
    "duplicates": ("t.txt", f"{A}\n{B}\n{A}\n{A.upper()}\n", [(A, 1), (B, 2)]),
    "a comment that is no UTF-8": ("t.txt", f"{A} # caf\xe9\n".encode("latin-1"), [(A, 1)]),
    "ids in a file called .csv": ("t.csv", f"{A}\n{B}\n", [(A, 1), (B, 2)]),
    "page links": (
        "t.txt",
        f"{PAGE}/{A}\n{PAGE}/{B}/\n{PAGE}/{C}/stats?x=1#log # mine\n",
        [(A, 1), (B, 2), (C, 3)],
    ),
    "API links": (
        "t.txt",
        f"{CAVATICA}/tasks/{A.upper()}\n{CAVATICA}/tasks/{B}/actions/run\n",
        [(A, 1), (B, 2)],
    ),
    "a link in capitals": ("t.txt", f"HTTPS://CAVATICA.sbgenomics.com/u/m/l/tasks/{A}", [(A, 1)]),
    "a table with task_id": ("t.csv", f"task_id,name\n{A},x\n{B},y\n", [(A, 2), (B, 3)]),
    "a table with id": ("t.csv", f"name,id\nx,{A}\n", [(A, 2)]),
    "task_id before id": ("t.csv", f"id,task_id\n{B},{A}\n", [(A, 2)]),
    "a table of one column": ("t.txt", f"id\n{A}\n{B} # the second, too\n", [(A, 2), (B, 3)]),
    "tabs": ("t.tsv", f"id\tname\tstatus\n{A}\ta, b\tDRAFT\n", [(A, 2)]),
    "semicolons": ("t.csv", f"name;task_id\na, b;{A}\n", [(A, 2)]),
    "a table by its header alone": ("t.out", f"id\tname\n{A}\tx\n", [(A, 2)]),
    "odd capitals and blanks": ("t.csv", f" Task_ID ,name\n {A} ,x\n", [(A, 2)]),
    "Task ID": ("t.csv", f"Name,Task ID\nx,{A}\n", [(A, 2)]),
    "taskId": ("t.csv", f"name,taskId\nx,{A}\n", [(A, 2)]),
    "what find_tasks.py prints": (
        "drafts.tsv",
        f"{OF_CHILDRENS}align 1\t{A}\tNone\tNone\tDRAFT\nit's 5\" wide\t{B}\tNone\tNone\tDRAFT\n",
        [(A, 2), (B, 3)],
    ),
    "a table with mark and carriage returns": (
        "t.csv",
        f"\ufefftask_id,name\r\n{A},x\r\n",
        [(A, 2)],
    ),
    "everything quoted": ("t.csv", f'"id","name"\n"{A}","a, ""b"""\n', [(A, 2)]),
    "a quoted cell on several lines": (
        "t.csv",
        f'name,id\n"one\ntwo, three",{A}\nx,{B}\n',
        [(A, 2), (B, 4)],
    ),
    "blank and commented rows": (
        "t.csv",
        f"# of today\n\nid,name\n\n{A},x\n#{B},y\n,\n{C},#z\n",
        [(A, 5), (C, 8)],
    ),
    "names in Latin-1": ("t.csv", f"id,name\n{A},caf\xe9\n".encode("latin-1"), [(A, 2)]),
    "a table of links": ("t.csv", f"name,id\nx,{PAGE}/{A}/\n", [(A, 2)]),
    "a header without rows": ("t.csv", "task_id,name\n", []),
    "JSON texts": ("t.json", json.dumps([A, f" {B} "], indent=2), [(A, 1), (B, 2)]),
    "JSON objects": ("t.json", json.dumps([{"id": A}, {"task_id": B}]), [(A, 1), (B, 2)]),
    "JSON task_id before id": ("t.json", json.dumps([{"id": B, "task_id": A}]), [(A, 1)]),
    "JSON texts and objects": ("T.JSON", json.dumps([A, {"taskId": B}]), [(A, 1), (B, 2)]),
    "JSON links": ("t.json", json.dumps([f"{PAGE}/{A}/#x"]), [(A, 1)]),
    "blanks that do not break in a header": ("t.csv", f"id\xa0,na\xa0me\n{A},x\n", [(A, 2)]),
    "an empty JSON list": ("t.json", " [ ] ", []),
    "a report": (
        "t.json",
        json.dumps({"schema": 1, "run": {"id": C}, "tasks": [{"task_id": A, "id": B}]}),
        [(A, 1)],
    ),
    "JSON with a mark": ("t.json", f'\ufeff["{A}"]', [(A, 1)]),
    "JSON Lines": ("t.jsonl", f'"{A}"\n\n{{"id": "{B}"}}\r\n', [(A, 1), (B, 3)]),
    "JSON Lines by their beginning": ("t.txt", f'{{"task_id":"{A}"}}\n"{B}"\n', [(A, 1), (B, 2)]),
}


@pytest.mark.parametrize(("name", "content", "expected"), GOOD.values(), ids=GOOD)
def test_good_input_names_its_tasks(
    name: str, content: str | bytes, expected: list[tuple[str, int]], tmp_path: Path
) -> None:
    file = tmp_path / name
    file.write_bytes(content.encode() if isinstance(content, str) else content)

    found = read_ids([str(file)], [], endpoint=CAVATICA)

    assert [(one.task, one.source) for one in found] == [
        (task, f"{file}:{place}") for task, place in expected
    ]


NO_UUID = "not a task id (expected a UUID such as"
NO_LINK = "not a task id, nor a task's link"
MORE = "more than a task id"
NO_ASCII = "holds characters that are not ASCII beside the id"
ELSEWHERE = "is not known to show tasks of the endpoint CAVATICA (cavatica-api.sbgenomics.com)"

# what is written in a file of this name, and every bad line or record with what is said of it
BAD: dict[str, tuple[str, str | bytes, list[tuple[int, str]]]] = {
    "a word": ("t.txt", "hello\n", [(1, NO_UUID)]),
    "two bad lines among good ones": ("t.txt", f"{A}\nx\n{B}\ny", [(2, NO_UUID), (4, NO_UUID)]),
    "braces": ("t.txt", f"{{{A}}}\n".replace("{", "({"), [(1, NO_UUID)]),
    "urn": ("t.txt", f"urn:uuid:{A}\n", [(1, NO_LINK)]),
    "no hyphens": ("t.txt", A.replace("-", ""), [(1, NO_UUID)]),
    "too short": ("t.txt", A[:-1], [(1, NO_UUID)]),
    "too long": ("t.txt", A + "0", [(1, NO_UUID)]),
    "traversal": ("t.txt", f"{A}/../../user\n", [(1, NO_LINK)]),
    "bare traversal": ("t.txt", "../../../etc/passwd\n", [(1, NO_LINK)]),
    "a query": ("t.txt", f"{A}?batch=false\n", [(1, NO_UUID)]),
    "an encoded slash": ("t.txt", f"{A}%2f..%2fuser\n", [(1, NO_UUID)]),
    "two ids a line": ("t.txt", f"{A} {B}\n", [(1, MORE)]),
    "a table without a header": ("t.csv", f"{A},x\n{B},y\n", [(1, MORE), (2, MORE)]),
    "Unicode digits": ("t.txt", "\u0660" * 8 + A[8:], [(1, NO_UUID)]),
    "full-width letters": ("t.txt", "\uff41" + A[1:], [(1, NO_UUID)]),
    "a zero-width space": ("t.txt", f"\u200b{A}\n", [(1, NO_ASCII)]),
    "NUL far from the beginning": (
        "t.txt",
        f"{A}\n" * 30 + f"{A}\x00\n",
        [(31, "holds NUL bytes")],
    ),
    "control characters": ("t.txt", "x\x0c\u202ey\n\x07", [(1, MORE), (2, NO_UUID)]),
    "an escape sequence": ("t.txt", f"\x1b[31m{A}\x1b[0m\n", [(1, NO_UUID)]),
    "a quoted id": ("t.txt", f'"{A}"\n', [(1, NO_UUID)]),
    "no UTF-8": ("t.txt", b"caf\xe9\n", [(1, NO_UUID)]),
    "a line of ten megabytes": ("t.txt", "x" * 10_000_000 + f"\n{A}\nx", [(1, "8 MiB"), (3, "")]),
    "another platform's page": (
        "t.txt",
        f"{PAGE}/{A}\nhttps://cgc.sbgenomics.com/u/mara/lung/tasks/{B}/\n",
        [(2, "a task of Cancer Genomics Cloud (cgc.sbgenomics.com), but the endpoint is CAVATICA")],
    ),
    "an unknown host": ("t.txt", f"https://example.org/v2/tasks/{A}\n", [(1, ELSEWHERE)]),
    "a link to a project": ("t.txt", PAGE, [(1, NO_LINK)]),
    "a link to a file": ("t.txt", f"{PAGE.removesuffix('tasks')}files/{A}", [(1, NO_LINK)]),
    "a link with two ids": ("t.txt", f"{PAGE}/{A}/tasks/{B}", [(1, "which task this link")]),
    "a link that goes up": ("t.txt", f"{PAGE}/{A}/../x", [(1, "which task this link")]),
    "a table without ids": (
        "t.csv",
        "name,status\nx,DRAFT\n",
        [(1, "nothing is called task_id or id here, only: name, status; name what")],
    ),
    "a table of one other column": ("t.csv", f"sample\n{A}\n", [(1, "here, only: sample;")]),
    "two columns of ids": ("t.csv", f"id,ID\n{A},{B}\n", [(1, "2 are called task_id or id")]),
    "a hostile header": ("t.tsv", "na\u202eme\tx\n", [(1, MORE)]),
    "a broken header": ("t.tsv", 'id\t"x"y\n', [(1, r"'\t' expected after")]),
    "ragged rows": (
        "t.csv",
        f"id,name\n{A}\n{A},x,y\n{A},x\n",
        [(2, "its cells are 1, those of the header 2"), (3, "its cells are 3, those of")],
    ),
    "a row without an id": ("t.csv", "id,name\n,x\n#,y\n", [(2, "it has no task id")]),
    "bad cells": ("t.csv", f"id,name\nx,y\n{A},y\n{A} {B},z\n", [(2, NO_UUID), (4, MORE)]),
    "a comment that may be a row": ("t.csv", f"name,id\n#x,{A}\n", [(2, "it begins with #")]),
    "a quote without its end": (
        "t.csv",
        f'id,name\n{A},"x\n{B},y\n',
        [(2, "a quote miss its end")],
    ),
    "a quote that ends in another row": (
        "t.csv",
        f'name,id\n"x,{A}\ny",{B}\nz,{C}\n',
        [(2, "a quoted cell holds whole rows")],
    ),
    "a cell that goes on after its quote": ("t.csv", f'id,name\n{A},"x"y\n{B},y', [(2, "quote")]),
    "a cell of a megabyte": ("t.csv", f"id,name\n{A},{'x' * 2**20}\nx,", [(2, "limit"), (3, "")]),
    "a row of ten megabytes": (
        "t.csv",
        f"id,name\n{'x,' * 5_000_000}\nx,",
        [(2, "8 MiB"), (3, "")],
    ),
    "nothing at all in JSON": ("t.json", "", [(1, "line 1 on: a list of task ids or a report")]),
    "a bare JSON text": ("t.json", f'"{A}"', [(1, "a list of task ids or a report")]),
    "JSON of other things": (
        "t.json",
        f'[1, null, ["{A}"], {{}}, {{"id": 7}}, "{A}", {{"name": "x"}}]',
        [
            (1, "neither a text nor an object"),
            (2, "neither a text nor an object"),
            (3, "neither a text nor an object"),
            (4, "nothing is called task_id or id here, only: none"),
            (5, "'id' is no text"),
            (7, "nothing is called task_id or id here, only: name"),
        ],
    ),
    "JSON that breaks off": (
        "t.json",
        f'[\n"x",\n"{A}"\n',
        [(1, NO_UUID), (3, "cannot be read from line 4 on: one of , ] is expected")],
    ),
    "JSON with a mistake": (
        "t.json",
        f'["{A}",\n{{"id":\n"{B}"\n"name": 1}}]',
        [(2, "cannot be read from line 4 on: Expecting ',' delimiter")],
    ),
    "JSON Lines called .json": ("t.json", f'["{A}"]\n["{B}"]', [(2, "line 2 on: it goes on")]),
    "JSON that is nested deeply": ("t.json", "[" * 200_000, [(1, "nested too deeply")]),
    "a JSON record of ten megabytes": ("t.json", f'["{"x" * 10_000_000}"]', [(1, "8 MiB")]),
    "a number of thousands of digits": ("t.json", f"[{'1' * 5000}]", [(1, "digits")]),
    "a JSON object that is no report": ("t.json", f'{{"id": "{A}"}}', [(1, "is no report")]),
    "an empty JSON object": ("t.json", " { } ", [(1, "is no report")]),
    "tasks that are no list": ("t.json", '{"schema": 1, "tasks": {}}', [(1, "is no report")]),
    "a member without a name": ("t.json", "{1: 2}", [(1, "the name of a member is expected")]),
    "a report of another schema": (
        "t.json",
        f'{{"schema": 2, "tasks": ["{A}"]}}',
        [(2, "is no report of the launcher (of schema 1)")],
    ),
    "JSON Lines of other things": (
        "t.jsonl",
        f'"{A}"\n7\n[]\n{{"id": \n{A}\n"x"\n{"[" * 200_000}\n',
        [
            (2, "neither a text nor an object"),
            (3, "neither a text nor an object"),
            (4, "no JSON record: Expecting value"),
            (5, "no JSON record: "),
            (6, NO_UUID),
            (7, "no JSON record: nested too deeply"),
        ],
    ),
    "a JSON line of ten megabytes": (
        "t.jsonl",
        f'"{"x" * 10_000_000}"\n7',
        [(1, "8 MiB"), (2, "")],
    ),
}


@pytest.mark.parametrize(("name", "content", "expected"), BAD.values(), ids=BAD)
def test_every_bad_line_is_named_with_what_is_wrong(
    name: str, content: str | bytes, expected: list[tuple[int, str]], tmp_path: Path
) -> None:
    file = tmp_path / name
    file.write_bytes(content.encode() if isinstance(content, str) else content)

    with pytest.raises(UsageError) as refused:
        read_ids([str(file)], [], endpoint=CAVATICA)

    count, *lines = str(refused.value).splitlines()
    assert count.split(";")[0] == (
        "1 line is no task id" if len(expected) == 1 else f"{len(expected)} lines are no task id"
    )
    assert [line.split(": ")[0] for line in lines] == [f"  {file}:{place}" for place, _ in expected]
    for line, (_, why) in zip(lines, expected, strict=True):
        assert why in line
        assert line.isprintable()
        assert len(line) < 400


COLUMN_GIVEN = {
    "of a table": ("t.csv", f"id,sample\n{A},{B}\n", [(B, 2)]),
    "in other capitals": ("t.csv", f"id, SAMPLE \n{A},{B}\n", [(B, 2)]),
    "of a table of one column": ("t.txt", f"sample\n{B}\n", [(B, 2)]),
    "of JSON objects": ("t.json", json.dumps([{"id": A, "sample": B}, C]), [(B, 1), (C, 2)]),
    "where there is no table": ("t.txt", f"{A}\n", [(A, 1)]),
}


@pytest.mark.parametrize(("name", "content", "expected"), COLUMN_GIVEN.values(), ids=COLUMN_GIVEN)
def test_the_ids_are_in_the_column_that_was_named(
    name: str, content: str, expected: list[tuple[str, int]], tmp_path: Path
) -> None:
    file = tmp_path / name
    file.write_text(content)

    found = read_ids([str(file)], [], column="sample")

    assert [(one.task, one.source) for one in found] == [
        (task, f"{file}:{place}") for task, place in expected
    ]


@pytest.mark.parametrize(
    ("name", "content"),
    [("t.csv", f"id,name\n{A},x\n"), ("t.txt", f"id\n{A}\n"), ("t.json", f'[{{"id": "{A}"}}]')],
)
def test_a_column_that_is_missing_is_told_with_those_that_are_there(
    name: str, content: str, tmp_path: Path
) -> None:
    file = tmp_path / name
    file.write_text(content)

    with pytest.raises(UsageError, match="nothing is called sample here, only: id"):
        read_ids([str(file)], [], column="sample")


def test_a_row_that_goes_on_over_many_lines_is_bounded_too(tmp_path: Path) -> None:
    file = tmp_path / "t.csv"
    file.write_text("id,name\n" + f'"{"x" * 100_000}\n",' * 100)

    with pytest.raises(UsageError, match=r"t\.csv:2: a bad row: longer than 8 MiB"):
        read_ids([str(file)], [])


def test_a_wide_table_lists_its_first_columns(tmp_path: Path) -> None:
    file = tmp_path / "t.csv"
    file.write_text(",".join(f"c{number}" for number in range(25)) + "\n")

    with pytest.raises(UsageError, match=r"only: c0, .*, c19 and 5 more; name what"):
        read_ids([str(file)], [])

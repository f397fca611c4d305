"""The pictures in docs/: what draws them, and that none is missing, foreign or unused."""

import struct
import xml.etree.ElementTree as ET

import pyte
import pytest

from screen_as_svg import draw, seen
from take_pages import SHOTS as PAGES
from take_pages import PageShot
from take_screens import HERE, SHOTS, Shot

SVG = "http://www.w3.org/2000/svg"
FILES = tuple(sorted(HERE.glob("*.svg")))
PICTURE_BYTES = 200_000
NOTHING_SHOWN = "\x1b[2J\x1b[H"


def screen_of(written: str) -> pyte.Screen:
    screen = pyte.Screen(40, 6)
    pyte.Stream(screen).feed(written)
    return screen


def words_of(svg: str) -> str:
    texts = ET.fromstring(svg).iter(f"{{{SVG}}}text")  # noqa: S314 - our own
    words = ("".join(text.itertext()).replace("\xa0", " ") for text in texts)
    return "\n".join(line for line in words if line.strip())


def test_a_drawing_is_xml_with_the_words_and_nothing_from_elsewhere() -> None:
    lines = seen(screen_of('$ launcher\r\n\x1b[32m3 of 5\x1b[0m <launched> & "done"\r\n'))

    svg = draw(lines, name="some", title="launcher <run> {}", columns=40)

    assert words_of(svg).split("\n") == [
        "launcher <run> {}",
        "$ launcher",
        "3 of 5",
        ' <launched> & "done"',
    ]
    assert svg.replace(SVG, "").count("://") == 0
    assert "@import" not in svg
    assert "url(" not in svg.replace("url(#", "")


def test_colours_differ_between_light_and_dark() -> None:
    svg = draw(
        seen(screen_of("\x1b[31mred\x1b[0m plain \x1b[1mbold")), name="some", title="", columns=40
    )

    light, dark = svg.split("@media (prefers-color-scheme: dark)")
    for rule in ("r1", "r2", "r3"):
        fills = [part.split(f".some-{rule} {{ fill: ")[1][:7] for part in (light, dark)]
        assert len(set(fills)) == 2


def test_a_screen_is_read_with_its_colours_and_without_its_empty_end() -> None:
    lines = seen(screen_of("one\r\n\r\n\x1b[90mgrey\x1b[0m \x1b[1;35mtwo\x1b[0m\r\n"))

    assert [line.plain for line in lines] == ["one", "", "grey two"]
    assert [str(span.style) for span in lines[2].spans][::2] == [
        "bright_black on default",
        "bold magenta on default",
    ]
    assert seen(screen_of(NOTHING_SHOWN)) == []


@pytest.mark.parametrize("shot", SHOTS, ids=lambda shot: shot.name)
def test_every_screen_has_its_picture_and_the_docs_show_it(shot: Shot) -> None:
    svg = shot.path.read_text(encoding="utf-8")
    pages = "".join(page.read_text(encoding="utf-8") for page in HERE.parent.glob("*.md"))

    assert f"$ launcher {shot.words}" in words_of(svg)
    assert f"](screenshots/{shot.path.name})" in pages
    assert "http" not in svg.replace(SVG, "").replace("HTTP", "")


def test_no_picture_is_left_of_a_screen_that_is_taken_no_more() -> None:
    assert tuple(sorted(shot.path for shot in SHOTS)) == FILES


@pytest.mark.parametrize("shot", PAGES, ids=lambda shot: shot.name)
def test_every_picture_of_a_page_is_small_and_the_docs_show_it(shot: PageShot) -> None:
    picture = shot.path.read_bytes()
    width, height, depth, kind = struct.unpack(">IIBB", picture[16:26])
    pages = "".join(page.read_text(encoding="utf-8") for page in HERE.parent.glob("*.md"))

    assert (width, height) == (shot.width * shot.scale, shot.height * shot.scale)
    assert (depth, kind) == (8, 3)  # a palette
    assert len(picture) < PICTURE_BYTES
    assert f"](screenshots/{shot.path.name})" in pages


def test_no_picture_is_left_of_a_page_that_is_taken_no_more() -> None:
    assert sorted(shot.path for shot in PAGES) == sorted(HERE.glob("*.png"))

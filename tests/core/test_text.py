"""Foreign text is shown without what could trick a terminal, a reader or a spreadsheet."""

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from launcher.core.text import cell, quoted, visible

UNSEEN = {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}
BIDI = [chr(code) for code in (*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F)]

anything = st.text(alphabet=st.characters(exclude_categories=()), max_size=40)
tricky = st.text(
    alphabet=st.sampled_from(
        [";", "=", "\x00", "\x1b", "\x7f", "\x85", "\u2028", "\ufeff", "\ud800", "a"]
    ),
    max_size=12,
)
printable = st.text(alphabet=st.characters(min_codepoint=32, max_codepoint=126))


@given(anything | tricky)
def test_no_control_bidi_format_or_surrogate_character_survives(text: str) -> None:
    assert not {unicodedata.category(character) for character in visible(text)} & UNSEEN


@given(anything | tricky)
def test_visible_text_can_be_written_as_utf_8(text: str) -> None:
    assert visible(text).encode("utf-8").decode("utf-8") == visible(text)


@given(printable)
def test_plain_text_stays_as_it_is(text: str) -> None:
    assert visible(text) == text


@pytest.mark.parametrize("text", ["Grüße", "日本語", "naïve café", "±5 µm", "😀"])
def test_letters_of_all_scripts_stay_as_they_are(text: str) -> None:
    assert visible(text) == text


@given(anything)
def test_text_made_visible_twice_is_as_after_once(text: str) -> None:
    assert visible(visible(text)) == visible(text)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\nb", r"a\nb"),
        ("a\r\nb\tc", r"a\r\nb\tc"),
        ("\x1b[2J", r"\x1b[2J"),
        ("\x00", r"\x00"),
        ("\u202etxt.exe", r"\u202etxt.exe"),
        ("\ufeffid", r"\ufeffid"),
        ("a\u200bb", r"a\u200bb"),
        ("\ud800", r"\ud800"),
        ("\ue000", r"\ue000"),
        ("\U000e0041", r"\U000e0041"),
        ("\u2028", r"\u2028"),
    ],
)
def test_what_cannot_be_seen_is_written_out(text: str, shown: str) -> None:
    assert visible(text) == shown


@pytest.mark.parametrize("character", BIDI)
def test_text_cannot_change_the_direction_of_what_follows(character: str) -> None:
    assert character not in visible(f"a{character}b")


@given(anything, st.integers(min_value=1, max_value=50))
def test_long_text_is_cut_before_it_is_written_out(text: str, limit: int) -> None:
    cut = text if len(text) <= limit else text[: limit - 1] + "…"

    assert visible(text, limit=limit) == visible(cut)


@pytest.mark.parametrize(
    ("text", "limit", "shown"), [("abcdef", 6, "abcdef"), ("abcdef", 5, "abcd…"), ("ab", 1, "…")]
)
def test_a_cut_is_marked_and_counts_towards_the_limit(text: str, limit: int, shown: str) -> None:
    assert visible(text, limit=limit) == shown


@given(anything | tricky | st.sampled_from("=+-@\t\r").flatmap(lambda c: printable.map(c.__add__)))
@example("=1+1")
@example("\t=1+1")
@example("\r=1+1")
@example("\u200b=1+1")
def test_no_cell_starts_as_a_formula_or_holds_what_cannot_be_seen(text: str) -> None:
    starts = ("=", "+", "-", "@", "\t", "\r", "\n")
    assert not [piece for piece in cell(text).split(";") if piece.lstrip(" ").startswith(starts)]
    assert cell(text) == visible(cell(text))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("=SUM(A1)", "'=SUM(A1)"),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("@x", "'@x"),
        ("\t=x", r"'\t=x"),
        (" =1+1", "' =1+1"),
        ("\uff1d1", "'\uff1d1"),
        ("a;=1+1;b; -2", "a;'=1+1;b;' -2"),
        ('a;"=1+1"', 'a;\'"=1+1"'),
        (";\t=1", r";'\t=1"),
        ("a; b", "a; b"),
        ("plain", "plain"),
        ("a=b", "a=b"),
        ("", ""),
    ],
)
def test_only_a_formula_is_quoted(text: str, shown: str) -> None:
    assert cell(text) == shown


@given(anything | tricky)
def test_what_is_quoted_is_printable_and_stays_so(text: str) -> None:
    assert quoted(text).isprintable()
    assert visible(quoted(text)) == quoted(text)


@pytest.mark.parametrize(
    ("text", "shown"),
    [("x\x0c\u202ey", r"'x\x0c\u202ey'"), ("a\\b", r"'a\b'"), ("a\xa0", r"'a\xa0'"), ("é", "'é'")],
)
def test_what_is_quoted_is_escaped_once(text: str, shown: str) -> None:
    assert quoted(text) == shown
    assert quoted("abcdef", limit=5) == "'abcd…'"

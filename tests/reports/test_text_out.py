"""Whatever a recipient typed comes out as inert words, and nothing of it is lost."""

import csv
import io
import re
import xml.etree.ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.text_out import CELL_LIMIT, clean, csv_text, fit_cell, from_csv_text, xml_attribute, xml_text

anything = st.text(st.characters())
cleaned = anything.map(clean)


def parsed(text: str) -> str:
    """What Excel shows: the XML parsed, then the escapes of ECMA-376's ST_Xstring undone."""
    found = ET.fromstring(f"<t>{xml_text(text)}</t>").text or ""  # noqa: S314 - our own
    return re.sub("_x([0-9A-Fa-f]{4})_", lambda match: chr(int(match[1], 16)), found)


@given(anything | st.from_regex("(_x[0-9A-F]{4}_?|_x|_)*", fullmatch=True))
def test_clean_text_shows_as_it_is_and_stays_clean(text: str) -> None:
    shown = clean(text)
    assert parsed(shown) == shown
    assert clean(shown) == shown


@given(anything)
def test_cleaning_changes_only_what_cannot_be_shown(text: str) -> None:
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    shown = clean(text)
    assert len(shown) == len(lines)
    for before, after in zip(lines, shown, strict=True):
        harmful = (ord(before) < 32 and before not in "\t\n") or before == "\x7f"
        harmful = harmful or 0xD800 <= ord(before) <= 0xDFFF or before in "\ufffe\uffff"
        assert (before == after) is not harmful


@pytest.mark.parametrize(
    ("typed", "shown"), [("\x00", "␀"), ("\x1f", "␟"), ("\x7f", "␡"), ("a\r\nb\rc", "a\nb\nc"), ("\ud83d", "\ufffd")]
)
def test_control_characters_become_their_pictures(typed: str, shown: str) -> None:
    assert clean(typed) == shown


@given(cleaned)
def test_an_attribute_gives_back_what_it_was_given(text: str) -> None:
    element = ET.fromstring(f'<t a="{xml_attribute(text)}"/>')  # noqa: S314 - our own
    in_content = ET.fromstring(f"<t>{xml_text(text)}</t>").text  # noqa: S314 - our own
    assert element.get("a") == (in_content or "")


@given(cleaned)
def test_a_csv_field_is_given_back_exactly(text: str) -> None:
    assert from_csv_text(csv_text(text)) == text


@given(cleaned)
def test_no_csv_field_begins_as_a_formula_does(text: str) -> None:
    field = csv_text(text)
    assert not field.strip().startswith(("=", "+", "-", "@", "＝", "＋", "－", "＠"))
    assert not field.startswith(("\t", "\r", "\n"))


@pytest.mark.parametrize("text", ["Oldham Council", "12.50", "a=b", " leading", "", "O'Brien", "1-2"])
def test_ordinary_text_is_left_alone_in_a_csv(text: str) -> None:
    assert csv_text(text) == text


@given(cleaned, cleaned)
def test_csv_quoting_holds_whatever_is_in_the_fields(first: str, second: str) -> None:
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\r\n").writerow([csv_text(first), csv_text(second), "end"])
    assert next(csv.reader(io.StringIO(out.getvalue(), newline=""))) == [csv_text(first), csv_text(second), "end"]


@given(st.integers(CELL_LIMIT - 3, CELL_LIMIT + 3), st.integers(0, 4))
def test_a_cell_s_text_is_cut_at_the_limit_and_never_inside_a_character(length: int, wide: int) -> None:
    text = "x" * (length - 2 * wide) + "😀" * wide
    fitted = fit_cell(text)
    assert (fitted == text) is (length <= CELL_LIMIT)
    assert len(fitted.encode("utf-16-le")) // 2 <= CELL_LIMIT
    assert text.startswith(fitted.split(" … [cut short")[0])

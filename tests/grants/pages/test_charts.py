"""Charts that the server draws: bars as long as their values say, told apart without colour, with the same figures as a table."""

import re
from itertools import pairwise
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grants.domain.money import show_short
from grants.pages.charts import SERIES_MAX, Chart, Series, drawn
from grants.pages.environment import environment

PENCE = st.integers(0, 100_000_000_000)
SVG = "{http://www.w3.org/2000/svg}"


def chart(values: list[list[int]], labels: list[str] | None = None) -> Chart:
    """A chart of some series."""
    names = labels or [f"Line {number}" for number in range(len(values[0]))]
    return Chart("c", "Title", "Words", names, [Series(f"S{n}", each) for n, each in enumerate(values)], "Line")


@given(st.lists(st.lists(PENCE, min_size=3, max_size=3), min_size=1, max_size=SERIES_MAX))
def test_bars_are_in_proportion_and_inside_the_picture(values: list[list[int]]) -> None:
    drawing = drawn(chart(values))
    flat = [
        values[bar.series][number] for bar, number in zip(drawing.bars, _rows(drawing.bars, len(values)), strict=True)
    ]
    for bar, pence in zip(drawing.bars, flat, strict=True):
        assert 0 <= bar.x + bar.width <= drawing.width - 70  # its value stands beside it
        assert bar.y + bar.height <= drawing.height
        assert bar.text == show_short(pence)
    by_value = sorted(zip(flat, (bar.width for bar in drawing.bars), strict=True))
    assert [width for _, width in by_value] == sorted(width for _, width in by_value)
    tops = sorted(bar.y for bar in drawing.bars)
    assert all(after - before >= 15 for before, after in pairwise(tops))
    assert len(drawing.ticks) <= 8


def _rows(bars: object, series: int) -> list[int]:
    return [number // series for number in range(len(bars))]  # type: ignore[arg-type]


def test_a_chart_is_one_well_formed_picture_with_its_table() -> None:
    drawing = drawn(chart([[650_000_000, 0], [1, 2]], ["<b>Tackling</b> & co", "A" * 60]))
    template = environment((), str).from_string('{% from "chart.html" import chart %}{{ chart(drawing) }}')
    page = template.render(drawing=drawing)
    assert "<b>" not in page
    assert " style=" not in page
    picture = ElementTree.fromstring(page[page.index("<svg") : page.index("</svg>") + 6])  # noqa: S314  our own
    assert picture.find(f"{SVG}title").text == "Title"  # type: ignore[union-attr]
    assert picture.attrib["aria-labelledby"] == "c-title c-description"
    patterns = {each.attrib["id"] for each in picture.iter(f"{SVG}pattern")}
    used = set(re.findall(r"url\(#([^)]+)\)", page))
    assert used == patterns
    looks = [ElementTree.tostring(each)[40:] for each in picture.iter(f"{SVG}pattern")]
    assert len(set(looks)) == len(looks)
    assert "£6,500,000" in page
    assert "£0.02" in page


def test_more_series_than_can_be_told_apart_are_refused() -> None:
    with pytest.raises(ValueError, match="apart"):
        drawn(chart([[1]] * (SERIES_MAX + 1)))


@pytest.mark.parametrize("ink", sorted({look.ink for look in drawn(chart([[1]] * SERIES_MAX)).looks}))
def test_each_ink_is_seen_on_white(ink: str) -> None:
    parts = [int(ink[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    assert 1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05) >= 3


def test_amounts_beside_bars_are_short() -> None:
    shown = [show_short(pence) for pence in (0, 7_50, 999_99, 42_600_000, 250_000_000, 1_100_000_000, -250_000_000)]
    assert shown == ["£0", "£7.50", "£999.99", "£426k", "£2.5m", "£11m", "-£2.5m"]

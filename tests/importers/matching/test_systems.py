"""The tables of finance systems in each format: found, suggested, and read line by line as they were written."""

from collections.abc import Sequence
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from grants.domain.awards import SpendDetail
from grants.domain.matchings import DateOrder, Field, undecided
from tests.importers.making import AWARD, award, places, stored
from tests.importers.matching.extracts import FORMATS, LINES, MEANINGS, SYSTEMS, Line, as_ods, read_by, suggested

SIGNS = {
    "unit4": "as_typed",
    "sap": "as_typed",
    "oracle": "debit_and_credit",
    "sage": "debit_and_credit",
    "sage_audit": "marker",
    "e5": "marker",
    "integra": "negated",
    "xero": "debit_and_negative_credit",
}
EXAMPLES = 25
"""Of each system in each format: 600 extracts in all."""
PERIOD_DAYS = (date(2025, 9, 30) - date(2025, 7, 1)).days
RICH = award(budget=tuple(structs.replace(line, pence=10**11) for line in AWARD.budget))
WORDS = st.text("abcdefgh XYZ&'", min_size=1, max_size=20).map(str.strip).filter(bool)


@st.composite
def some_lines(draw: st.DrawFn) -> list[Line]:
    """Lines of which most are spend, each with its own reference, as a ledger has them."""
    amounts = draw(st.lists(st.integers(1_001, 900_000), min_size=6, max_size=20))
    credits_ = draw(st.integers(0, len(amounts) // 6))
    lines = []
    for number, pence in enumerate(amounts):
        sign = -1 if number < credits_ and pence < 50_000 else 1
        day = date(2025, 7, 1) + timedelta(draw(st.integers(0, PERIOD_DAYS)))
        code = draw(st.sampled_from(sorted(MEANINGS)))
        lines.append(Line(f"{50_000 + number}", code, draw(WORDS), draw(WORDS), day, sign * pence))
    return draw(st.permutations(lines))


def told(lines: Sequence[Line]) -> list[tuple[str, ...]]:
    """What is to be stored of lines, in an order of its own."""
    return sorted(
        (
            one.reference,
            str(MEANINGS[one.code].category),
            one.description,
            one.payee,
            one.day.isoformat(),
            str(one.pence),
            "0",
        )
        for one in lines
    )


def kept(rows: Sequence[dict[str, str]]) -> list[tuple[str, ...]]:
    """What was stored, in the same order."""
    names = ("reference", "category", "description", "payee", "spent_on", "net_pence", "vat_pence")
    return sorted(tuple(row[name] for name in names) for row in rows)


@pytest.mark.parametrize("format_", [*FORMATS, "ods"])
@pytest.mark.parametrize("system", SYSTEMS)
def test_a_systems_extract_is_found_and_read_as_it_was_written(system: str, format_: str) -> None:
    data = {**FORMATS, "ods": as_ods}[format_](SYSTEMS[system](LINES))
    found = suggested(data)
    assert found.matching.sign == SIGNS[system]
    assert found.matching.date_order is DateOrder.DAY_FIRST
    assert not undecided(found.matching)
    assert {code.code for code in found.codes} == set(MEANINGS)
    assert (found.lines, found.total_pence) == (len(LINES), sum(line.pence for line in LINES))
    assert {
        Field.SPENT_ON,
        Field.CODE,
        Field.PAYEE,
        Field.DESCRIPTION,
        Field.REFERENCE,
    } <= found.matching.columns.keys()
    answer = read_by(data, structs.replace(found.matching, codes=MEANINGS))
    assert {code for code, _ in places(answer)} <= {"forecast_not_sent", "declarations_not_sent"}
    assert kept(stored(answer)) == told(LINES)


@pytest.mark.parametrize("format_", FORMATS)
@pytest.mark.parametrize("system", SYSTEMS)
@settings(max_examples=EXAMPLES)
@given(lines=some_lines())
def test_whatever_the_lines_and_their_order_they_come_out_exactly(system: str, format_: str, lines: list[Line]) -> None:
    confirmed = structs.replace(suggested(FORMATS[format_](SYSTEMS[system](LINES))).matching, codes=MEANINGS)
    rows = SYSTEMS[system](lines)
    answer = read_by(FORMATS[format_](rows), confirmed, RICH)
    assert not [one for one in answer.errors if one.code != "below_zero"], answer.errors
    if not answer.errors:
        assert kept(stored(answer)) == told(lines)


def test_an_award_that_asks_for_one_line_a_category_takes_a_ledgers_transactions() -> None:
    asked = award(detail=SpendDetail.CATEGORIES)
    data = FORMATS["xlsx"](SYSTEMS["e5"]([*LINES, LINES[0]]))
    matching = structs.replace(suggested(data, asked).matching, codes=MEANINGS)
    answer = read_by(data, matching, asked)
    assert [(one.code, one.cell) for one in answer.errors] == [("duplicate_line", "F8")]
    once = FORMATS["xlsx"](SYSTEMS["e5"](LINES))
    assert kept(stored(read_by(once, matching, asked))) == told(LINES)


@pytest.mark.parametrize("system", SYSTEMS)
def test_each_figure_names_the_cell_that_it_stands_in(system: str) -> None:
    rows = SYSTEMS[system](LINES)
    found = suggested(FORMATS["xlsx"](rows))
    for line in stored(read_by(FORMATS["xlsx"](rows), structs.replace(found.matching, codes=MEANINGS))):
        column, row = ord(line["cell"][0]) - 65, int(line["cell"][1:])
        typed = str(rows[row - 1][column]).replace(",", "").strip("-")
        assert round(abs(float(typed)) * 100) == abs(int(line["net_pence"]))
        assert (line["sheet"], line["row"]) == ("Extract", str(row))


@pytest.mark.parametrize("system", SYSTEMS)
def test_next_quarters_extract_has_the_same_shape_whatever_stands_above_it(system: str) -> None:
    first = suggested(FORMATS["xlsx"](SYSTEMS[system](LINES)))
    later = suggested(FORMATS["csv"]([["Ledger of Oldham"], [], *SYSTEMS[system](LINES[:3])]))
    assert later.shape == first.shape == first.matching.shape


@pytest.mark.parametrize("system", SYSTEMS)
def test_a_new_code_is_one_problem_at_its_first_cell_and_nothing_is_guessed(system: str) -> None:
    confirmed = structs.replace(suggested(FORMATS["xlsx"](SYSTEMS[system](LINES))).matching, codes=MEANINGS)
    new = [structs_line(LINES[0], "60001", "4471"), structs_line(LINES[1], "60002", "4471"), *LINES]
    rows = SYSTEMS[system](new)
    answer = read_by(FORMATS["xlsx"](rows), confirmed)
    letter = confirmed.columns[Field.CODE]
    first = next(number for number, row in enumerate(rows, start=1) if "4471" in map(str, row))
    assert [(one.code, one.cell, one.value) for one in answer.errors] == [
        ("code_unmatched", f"{letter}{first}", "4471")
    ]
    assert answer.errors[0].message.startswith("Code 4471 has no cost category yet. Lines with it: 2.")
    assert not answer.lines_copy


def structs_line(line: Line, reference: str, code: str) -> Line:
    """The line with another reference and code."""
    return Line(reference, code, line.description, line.payee, line.day, line.pence)

"""Whatever a table holds: it is suggested and read, or refused with a sentence, and never by a fault."""

from contextlib import suppress
from datetime import date, time, timedelta

from hypothesis import given
from hypothesis import strategies as st
from msgspec import json, structs

from grants.domain.awards import CostCategory
from grants.domain.matchings import CodeMeaning, Constants, DateOrder, Matching, SignRule, undecided
from importers.answer import Checked, CheckRequest, MatchRequest, NotAReturn
from importers.cells import CSV, UNCALCULATED, Cell, Habits, Hidden, Sheet, Workbook
from importers.checking import answer_to
from importers.limits import Limits
from importers.matching.reading import facts_by, suggest_for
from importers.matching.shape import likeliest
from importers.matching.suggest import suggest
from importers.matching.words import NAMES
from tests.importers.making import AWARD

HEADINGS = st.sampled_from(sorted({name for names in NAMES.values() for name in names})) | st.text(max_size=10)
CELLS: st.SearchStrategy[Cell] = st.one_of(
    st.sampled_from(
        ["", " ", "Total", "Opening balance", "*", "Dr", "CR", "#REF!", UNCALCULATED, "n/a", "1001", "31/07/2025"]
    ),
    st.sampled_from(["1,234.50-", "(5.00)", "20250731", "07/31/2025", "1.234,50", "10%", "$5", "10.50", "\x00"]),
    st.floats(),
    st.integers(-(10**15), 10**15),
    st.booleans(),
    st.dates(date(1900, 1, 1), date(2100, 1, 1)),
    st.just(time(3, 4)),
    st.just(timedelta(1)),
    st.text(max_size=8),
)


@st.composite
def books(draw: st.DrawFn) -> Workbook:
    """A table under some headings, with whatever in it, and a date and an amount often enough to be one of transactions."""
    width = draw(st.integers(3, 9))
    headings: list[Cell] = list(draw(st.lists(HEADINGS, min_size=width, max_size=width)))
    headings[:2] = ["Date", "Amount"]
    rows = [headings]
    for _ in range(draw(st.integers(0, 12))):
        cells = draw(st.lists(CELLS, min_size=width, max_size=width))
        if draw(st.integers(0, 3)):
            cells[:2] = [date(2025, 7, draw(st.integers(1, 31))), draw(st.integers(-9_999, 99_999)) / 100]
        rows.append(cells)
    commas = draw(st.booleans())
    return Workbook((CSV,), {CSV: Sheet(CSV, rows, Hidden())}, Habits(decimal_commas=commas))


@given(book=books(), sign=st.sampled_from(SignRule), order=st.sampled_from(DateOrder))
def test_a_table_is_suggested_and_read_whatever_stands_in_it(book: Workbook, sign: SignRule, order: DateOrder) -> None:
    found = likeliest(book)
    if found is None:
        return
    suggestion = suggest(book, *found, AWARD)
    assert json.decode(json.encode(suggestion.matching), type=Matching) == suggestion.matching
    matching = structs.replace(
        suggestion.matching,
        sign=suggestion.matching.sign or sign,
        date_order=suggestion.matching.date_order or order,
        constants=Constants("R", "D", "P"),
        codes={code.code: CodeMeaning(CostCategory.STAFF_PAY) for code in suggestion.codes}
        | {"": CodeMeaning(CostCategory.STAFF_PAY)},
    )
    if undecided(matching):
        return
    facts = facts_by(CheckRequest(b"", context=AWARD), book, found[0], matching)
    answer = answer_to(facts, Limits())
    assert isinstance(answer, Checked)
    rows = len(book.sheets[CSV].rows)
    assert answer.line_count <= rows
    for one in answer.problems:
        letters = one.cell.rstrip("0123456789").partition(":")[0]
        assert letters or not one.cell, one
    if not answer.errors:
        assert answer.lines_copy.count(b"\n") == answer.line_count
        assert sum(total.pence for total in answer.totals) == sum(
            int(line.split("\t")[9]) + int(line.split("\t")[10]) for line in answer.lines_copy.decode().splitlines()
        )


@given(data=st.binary(max_size=200))
def test_bytes_are_matched_or_refused(data: bytes) -> None:
    with suppress(NotAReturn):
        assert suggest_for(MatchRequest(data), Limits()).lines >= 0

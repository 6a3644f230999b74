"""What people really type, in every format: read right, or a problem at its own cell; never another figure."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from importers.answer import CheckAnswer, Checked
from tests.importers.files import as_ods
from tests.importers.making import AWARD, FIRST, Typed, as_csv, ask, award, filled, stored

RIGHT: list[tuple[str, Any, str]] = [
    ("net", 1234.5, "123450"),
    ("net", 1234.5000000001, "123450"),
    ("net", "£1,234.50", "123450"),
    ("net", " 1234.50 ", "123450"),
    ("net", "1 234.50", "123450"),
    ("net", "1\u00a0234.50", "123450"),
    ("net", "1\u202f234,500.00".replace("\u202f", ","), "123450000"),
    ("net", "1,234.50-", "-123450"),
    ("net", "\u2212500", "-50000"),
    ("net", "(500)", "-50000"),
    ("net", "(£500.00)", "-50000"),
    ("net", "£(500)", "-50000"),
    ("net", "500 CR", "-50000"),
    ("net", "500.00DR", "50000"),
    ("net", "GBP 500", "50000"),
    ("net", "500 GBP", "50000"),
    ("net", "'500", "50000"),
    ("net", "\uff15\uff10\uff10", "50000"),
    ("net", "500.0000", "50000"),
    ("net", "-", "0"),
    ("net", "£ -", "0"),
    ("net", "nil", "0"),
    ("vat", None, "0"),
    ("vat", "n/a", "0"),
    ("vat", "-", "0"),
    ("vat", "£0.10", "10"),
    ("day", "31/07/2025", "2025-07-31"),
    ("day", "1/7/25", "2025-07-01"),
    ("day", "31.07.2025", "2025-07-31"),
    ("day", "31-Jul-25", "2025-07-31"),
    ("day", "31 July 2025", "2025-07-31"),
    ("day", "July 31, 2025", "2025-07-31"),
    ("day", "Thursday, 31st July 2025", "2025-07-31"),
    ("day", "2025-07-31", "2025-07-31"),
    ("day", "2025-07-31T00:00:00", "2025-07-31"),
    ("day", "2025-07-31T23:30:00Z", "2025-08-01"),
    ("day", "45869", "2025-07-31"),
    ("day", 45869, "2025-07-31"),
    ("day", "31/07/2025 00:00", "2025-07-31"),
    ("category", " STAFF\u00a0PAY ", "staff_pay"),
    ("category", "Travel & subsistence", "travel_and_subsistence"),
    ("kind", "revenue", "rdel_programme"),
    ("kind", "RDEL", "rdel_programme"),
    ("accrual", "Y", "t"),
    ("accrual", True, "t"),
    ("accrual", " no ", "f"),
    ("reference", "00012", "00012"),
    ("reference", "=1+1", "=1+1"),
    ("description", "two\nlines and\ttabs ", "two lines and tabs"),
    ("payee", "\u00a0O'Neill & Söhne\u00a0", "O'Neill & Söhne"),
]
WRONG: list[tuple[str, Any, str]] = [
    ("reference", None, "blank"),
    ("category", "\u00a0 ", "blank"),
    ("category", "Sandwiches", "not_a_category"),
    ("kind", "either", "not_a_kind"),
    ("accrual", "perhaps", "not_yes_or_no"),
    ("net", None, "blank"),
    ("net", "#REF!", "formula_error"),
    ("net", "#DIV/0!", "formula_error"),
    ("net", "50%", "percentage"),
    ("net", "€500", "not_pounds"),
    ("net", "500 USD", "not_pounds"),
    ("net", "1,23", "not_money"),
    ("net", "1.234,50", "not_money"),
    ("net", "£1.2k", "not_money"),
    ("net", "n/a", "not_money"),
    ("net", "tbc", "not_money"),
    ("net", "1'234.50", "not_money"),
    ("net", "12.345", "part_penny"),
    ("net", 12.345, "part_penny"),
    ("net", 10_000_000_000, "too_large"),
    ("vat", "some", "not_money"),
    ("day", "03/31/2025", "month_first"),
    ("day", "31/02/2025", "not_a_date"),
    ("day", "July 2025", "not_a_date"),
    ("day", "tomorrow", "not_a_date"),
    ("day", "20250731", "not_a_date"),
    ("day", "#VALUE!", "formula_error"),
    ("day", "31/07/1925", "before_award"),
    ("evidence", "e" * 201, "too_long"),
]
FIELDS = {"net": "net_pence", "vat": "vat_pence", "day": "spent_on", "kind": "budget_kind"}
LETTERS = dict(zip(Typed.__dataclass_fields__, "ABCDEFGHIJ", strict=True))
ROOMY = award(
    budget=tuple(type(line)(line.year, line.category, 90_000_000_00, line.budget_kind) for line in AWARD.budget)
)


def sent(lines: list[Typed | None], format_: str) -> CheckAnswer:
    if format_ == "csv":
        return ask(as_csv(lines, before=[[]] * (FIRST - 2)), ROOMY)
    workbook = filled(ROOMY, lines)
    return ask(workbook if format_ == "xlsx" else as_ods(workbook), ROOMY)


FORMATS = pytest.mark.parametrize("format_", ["xlsx", "ods", "csv"])


@FORMATS
def test_what_can_be_read_is_read_right(format_: str) -> None:
    lines = [
        Typed(reference=f"R{at}", net=9_000 + at).but(**{field: value}) for at, (field, value, _) in enumerate(RIGHT)
    ]
    answer = sent([*lines], format_)
    assert isinstance(answer, Checked), answer
    assert answer.errors == ()
    for at, (line, (field, value, meaning)) in enumerate(zip(stored(answer), RIGHT, strict=True)):
        assert (line["cell"], line[FIELDS.get(field, field)]) == (f"G{FIRST + at}", meaning), value


@FORMATS
@pytest.mark.parametrize("every", [1, 3])
def test_what_cannot_is_a_problem_at_its_own_cell(format_: str, every: int) -> None:
    """With blank rows between, and without: a range is cut where a row is left out."""
    lines: list[Typed | None] = []
    expected = []
    for at, (field, value, code) in enumerate(WRONG):
        lines += [None] * (every - 1)
        expected.append((code, f"{LETTERS[field]}{FIRST + len(lines)}"))
        lines.append(Typed(reference=f"R{at}", net=100 + at).but(**{field: value}))
    answer = sent(lines, format_)
    assert isinstance(answer, Checked), answer
    assert sorted(_single(answer)) == sorted(expected)


def _single(answer: Checked) -> list[tuple[str, str]]:
    cells = []
    for error in answer.errors:
        first, _, last = error.cell.partition(":")
        rows = range(int(first[1:]), int((last or first)[1:]) + 1)
        cells += [(error.code, f"{first[0]}{row}") for row in rows]
    return cells


@FORMATS
@pytest.mark.parametrize("field", list(LETTERS))
def test_a_fault_in_any_column_stands_where_it_is(format_: str, field: str) -> None:
    fault = {"reference": None, "description": None, "payee": None, "evidence": "e" * 201}.get(field, "#N/A")
    lines: list[Typed | None] = [Typed(reference=f"R{at}", net=100 + at) for at in range(3)]
    lines[1:1] = [None, Typed(reference="X", net=50).but(**{field: fault}), None]
    answer = sent(lines, format_)
    assert isinstance(answer, Checked), answer
    assert [error.cell for error in answer.errors] == [f"{LETTERS[field]}{FIRST + 2}"]


def test_a_day_with_a_time_and_a_day_counted_from_1904() -> None:
    def from_1904(book: Any) -> None:
        book.epoch = datetime(1904, 1, 1)  # noqa: DTZ001  a workbook has no zone

    days: list[Any] = [datetime(2025, 7, 31, 23, 59), date(2025, 7, 31), "44407", 44407]  # noqa: DTZ001  as above
    lines = [Typed(reference=f"R{at}", day=day) for at, day in enumerate(days)]
    answer = ask(filled(AWARD, lines, edit=from_1904))
    assert isinstance(answer, Checked), answer
    assert [line["spent_on"] for line in stored(answer)] == ["2025-07-31"] * 4
    assert date(1904, 1, 1) + timedelta(days=44407) == date(2025, 7, 31)

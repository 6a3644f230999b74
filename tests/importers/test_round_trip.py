"""Random returns, typed into the real template as a person would, read back exactly; random faults at their own cells."""

from collections import Counter
from datetime import date, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from importers.answer import Checked, CheckRequest
from importers.checking import check
from importers.limits import Limits
from tests.importers.making import AWARD, FIRST, Typed, checked, filled, places, stored

CATEGORIES = {
    "staff_pay": ("Resource", ["Staff pay", "staff pay ", "STAFF PAY", "staff_pay", "Staff\u00a0pay"]),
    "travel_and_subsistence": ("Resource", ["Travel and subsistence", "Travel & subsistence"]),
    "equipment": ("Capital", ["Equipment", " equipment"]),
}
SIDES = {
    "Resource": ["Resource", "resource", "RDEL", "Revenue", "Resource (RDEL)"],
    "Capital": ["Capital", "CDEL", "capital "],
}
BLOCKED = ("#", "nhs", "born", "gift", "fines", "police", "crime", "custody", "incident", "urn", "dob")

words = (
    st.text(st.characters(exclude_categories=["C", "Z"], include_characters=" "), min_size=1, max_size=30)
    .map(str.strip)
    .filter(
        lambda text: text and "_x" not in text and text.isprintable() and not any(b in text.lower() for b in BLOCKED)
    )
)
texts = st.one_of(
    words,
    st.sampled_from(
        ["=SUM(A1:A9)", "+44 161", "-", "@cmd", "a\\tb", "back\\slash", "=HYPERLINK(1)", "O'Neill & Söhne"]
    ),
)


def spoken(pence: int) -> st.SearchStrategy[Any]:
    """Ways to type an amount."""
    pounds, sign = abs(pence) / 100, "-" if pence < 0 else ""
    plain = [
        pence / 100,
        f"{sign}£{pounds:,.2f}",
        f"{sign}{pounds:.2f}",
        f" {sign}{pounds:,.2f}\u00a0",
        pence / 100 + 1e-9,
    ]
    if pence < 0:
        plain += [f"({pounds:,.2f})", f"{pounds:,.2f}-", f"(£{pounds:.2f})", f"-{pounds:.2f}"]
    if pence == 0:
        plain += ["-", "nil", "0"]
    return st.sampled_from(plain)


@st.composite
def line(draw: st.DrawFn, number: int) -> tuple[Typed, dict[str, str]]:
    """What a person types, and what is stored of it."""
    category = draw(st.sampled_from(list(CATEGORIES)))
    side, labels = CATEGORIES[category]
    net, vat = draw(st.integers(-20_000, 90_000)), draw(st.integers(0, 9_000))
    day = draw(st.dates(date(2025, 7, 1), date(2025, 9, 30)))
    accrual = draw(st.booleans())
    description, payee, evidence = draw(texts), draw(texts), draw(st.one_of(st.just(""), texts))
    typed = Typed(
        reference=f"{draw(words)} {number}",
        category=draw(st.sampled_from(labels)),
        description=description,
        payee=payee,
        day=draw(st.sampled_from([day, f"{day:%d/%m/%Y}", f"{day:%d %B %Y}", (day - date(1899, 12, 30)).days])),
        kind=draw(st.sampled_from(SIDES[side])),
        net=draw(spoken(net)),
        vat=draw(spoken(vat)) if vat else draw(st.sampled_from([None, 0, "-"])),
        accrual=draw(st.sampled_from(["Yes", "y", True] if accrual else ["No", "n", False, None, " "])),
        evidence=evidence or None,
    )
    return typed, {
        "reference": typed.reference,
        "category": category,
        "description": description,
        "payee": payee,
        "spent_on": day.isoformat(),
        "budget_kind": "cdel_programme" if side == "Capital" else "rdel_programme",
        "net_pence": str(net),
        "vat_pence": str(vat),
        "accrual": "t" if accrual else "f",
        "evidence": evidence,
        "sheet": "Spend",
    }


@st.composite
def returns(draw: st.DrawFn) -> list[tuple[Typed, dict[str, str]] | None]:
    """Lines with blank rows pasted between; the first is large enough that no category falls below zero."""
    height = draw(st.integers(1, 8))
    return [draw(line(number)) if draw(st.integers(0, 5)) else None for number in range(height)]


def anchored(rows: list[tuple[Typed, dict[str, str]] | None]) -> list[Typed | None]:
    """The typed lines after one large line for each category."""
    large = [
        Typed(reference=f"large {number}", category=labels[0], kind=side, net=4000)
        for number, (side, labels) in enumerate(CATEGORIES.values())
    ]
    return [*large, *(row[0] if row else None for row in rows)]


@settings(max_examples=30)
@given(rows=returns(), hidden=st.booleans())
def test_what_was_typed_is_what_is_stored(rows: list[tuple[Typed, dict[str, str]] | None], hidden: bool) -> None:
    def hide(book: Workbook) -> None:
        book["Spend"].row_dimensions[FIRST].hidden = hidden

    answer = checked(filled(AWARD, anchored(rows), edit=hide))
    assert places(answer) == []
    lines = stored(answer)[len(CATEGORIES) :]
    numbers = [FIRST + len(CATEGORIES) + at for at, row in enumerate(rows) if row]
    assert [int(one["row"]) for one in lines] == numbers
    for one, number, row in zip(lines, numbers, (row for row in rows if row), strict=True):
        assert one["cell"] == f"G{number}"
        assert {key: one[key] for key in row[1]} == row[1]
    sums: Counter[str] = Counter()
    for one in stored(answer):
        sums[one["category"]] += int(one["net_pence"]) + int(one["vat_pence"])
    assert {total.category: total.pence for total in answer.totals} == dict(sums)


FAULTS: list[tuple[str, Any, str]] = [
    ("reference", None, "blank"),
    ("reference", "  ", "blank"),
    ("reference", "R" * 101, "too_long"),
    ("reference", "#N/A", "formula_error"),
    ("category", None, "blank"),
    ("category", "Sandwiches", "not_a_category"),
    ("category", 7, "not_a_category"),
    ("category", "ICT", "category_not_on_award"),
    ("description", None, "blank"),
    ("description", "d" * 1001, "too_long"),
    ("description", "#NAME?", "formula_error"),
    ("description", "Gifts for speakers", "ineligible_word"),
    ("description", "Support, DOB 01/02/2003", "may_identify"),
    ("payee", None, "blank"),
    ("payee", "NHS 943 476 5919", "may_identify"),
    ("day", None, "blank"),
    ("day", "31/02/2025", "not_a_date"),
    ("day", "08/31/2025", "month_first"),
    ("day", True, "not_a_date"),
    ("day", "#VALUE!", "formula_error"),
    ("day", date(2025, 3, 31), "before_award"),
    ("day", date(2026, 4, 1), "after_award"),
    ("day", date(2025, 6, 30), "outside_period"),
    ("day", "1 October 2025", "outside_period"),
    ("kind", None, "blank"),
    ("kind", "Other", "not_a_kind"),
    ("kind", "Capital", "kind_not_on_award"),
    ("net", None, "blank"),
    ("net", "lots", "not_money"),
    ("net", "50%", "percentage"),
    ("net", "€50.00", "not_pounds"),
    ("net", True, "not_money"),
    ("net", "1.2.3", "not_money"),
    ("net", 12.345, "part_penny"),
    ("net", "12.345", "part_penny"),
    ("net", 1e12, "too_large"),
    ("net", date(2025, 7, 1), "date_not_amount"),
    ("net", "#REF!", "formula_error"),
    ("vat", "none of it", "not_money"),
    ("vat", 0.001, "part_penny"),
    ("accrual", "perhaps", "not_yes_or_no"),
    ("accrual", 2, "not_yes_or_no"),
    ("evidence", "e" * 201, "too_long"),
]
LETTERS = dict(zip(Typed.__dataclass_fields__, "ABCDEFGHIJ", strict=True))


@settings(max_examples=60)
@given(st.data())
def test_each_fault_is_reported_at_its_own_cell_and_nothing_else(data: st.DataObject) -> None:
    height = data.draw(st.integers(1, 12))
    lines: list[Typed | None] = [Typed(reference=f"R{at}", net=100 + at) for at in range(height)]
    expected = []
    for at in data.draw(st.sets(st.integers(0, height - 1), max_size=4)):
        field, value, code = data.draw(st.sampled_from(FAULTS))
        lines[at] = Typed(reference=f"R{at}", net=100 + at).but(**{field: value})
        expected.append((code, LETTERS[field], FIRST + at))
    for at in data.draw(st.sets(st.integers(0, height), max_size=3)):
        lines.insert(at, None)
        expected = [(code, letter, row + (row >= FIRST + at)) for code, letter, row in expected]
    answer = checked(filled(AWARD, lines))
    found = [(problem.code, *ends) for problem in answer.problems for ends in _cells(problem.cell)]
    assert sorted(found) == sorted(expected)
    assert all(problem.sheet == "Spend" for problem in answer.problems)
    assert bool(answer.lines_copy) == (not answer.errors and height > 0)


def _cells(cell: str) -> list[tuple[str, int]]:
    first, _, last = cell.partition(":")
    return [(first[0], row) for row in range(int(first[1:]), int((last or first)[1:]) + 1)]


@settings(max_examples=40)
@given(st.binary(max_size=400), st.integers(0, 2**31))
def test_a_file_with_flipped_bytes_gets_an_answer(noise: bytes, seed: int) -> None:
    data = bytearray(GOOD)
    for at, byte in enumerate(noise):
        data[(seed * (at + 1) * 2_654_435_761) % len(data)] = byte
    answer = check(CheckRequest(bytes(data), None, AWARD), Limits())
    assert isinstance(answer, Checked) or answer.message


GOOD = filled(AWARD, [Typed(day=date(2025, 7, 1) + timedelta(days=at), reference=f"R{at}") for at in range(5)])

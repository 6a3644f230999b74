"""What a table decides by itself, and what a person is asked: nothing is guessed in silence."""

from datetime import date
from typing import Any

import pytest
from msgspec import structs

from grants.domain.awards import CostCategory
from grants.domain.matchings import (
    CodeMeaning,
    Constants,
    DateOrder,
    Field,
    Matching,
    OutsidePeriod,
    SignRule,
    undecided,
)
from importers.amounts import read_money
from importers.answer import CheckRequest, NotAReturn, Refused
from importers.checking import check
from importers.limits import Limits
from importers.matching.days import order_of
from importers.matching.signs import suggest_sign
from importers.matching.words import purpose_of, says_balance, says_sum
from tests.importers.making import AWARD, Typed, filled, places, stored
from tests.importers.making import as_csv as template_csv
from tests.importers.matching.extracts import (
    LINES,
    MEANINGS,
    SYSTEMS,
    Row,
    as_csv,
    as_xlsx,
    e5,
    read_by,
    sage,
    suggested,
    unit4,
    unsuggested,
)

HEADINGS = ["Date", "Account Code", "Reference", "Supplier", "Narrative", "Amount"]


def table(*rows: Row) -> bytes:
    return as_csv([HEADINGS, *rows])


def row(day: Any = "31/07/2025", code: Any = "1001", ref: Any = "1", amount: Any = "10.50", **more: Any) -> Row:
    return [day, code, ref, more.get("payee", "Payroll"), more.get("text", "July pay"), amount]


def decided(data: bytes, **changes: Any) -> Matching:
    return structs.replace(suggested(data).matching, **{"codes": MEANINGS, **changes})


@pytest.mark.parametrize(
    ("cells", "order"),
    [
        (["31/07/2025", "05/08/2025"], DateOrder.DAY_FIRST),
        (["07/31/2025", "05/08/2025"], DateOrder.MONTH_FIRST),
        (["07/31/2025", "31/07/2025"], None),
        (["05/08/2025", "06/08/2025"], None),
        (["08/08/2025"], DateOrder.DAY_FIRST),
        (["2025-08-05", "5 August 2025", date(2025, 8, 5)], DateOrder.DAY_FIRST),
    ],
)
def test_the_order_of_dates_is_proved_by_the_column_or_asked(cells: list[Any], order: DateOrder | None) -> None:
    assert order_of(cells).order is order
    found = suggested(as_xlsx([HEADINGS, *(row(cell, ref=str(at)) for at, cell in enumerate(cells))]))
    assert found.matching.date_order is order
    assert any("date_order" in question for question in found.questions) is (order is None)


def test_dates_with_the_month_first_are_read_so_and_what_cannot_be_is_a_problem() -> None:
    data = table(row("07/31/2025"), row("08/05/2025", ref="2"), row("31/07/2025", ref="3"))
    answer = read_by(data, decided(data, date_order=DateOrder.MONTH_FIRST))
    assert [place for code, place in places(answer) if code == "not_a_date"] == ["CSV!A4"]
    data = table(row("07/31/2025"), row("08/05/2025", ref="2"))
    assert [line["spent_on"] for line in stored(read_by(data, decided(data)))] == ["2025-07-31", "2025-08-05"]


@pytest.mark.parametrize(
    ("amounts", "marks", "rule"),
    [
        ([5, 6, 7], None, "as_typed"),
        ([50, 60, 70, -5], None, "as_typed"),
        ([-50, -60, -70, 5], None, "negated"),
        ([-5, -6], None, "negated"),
        ([50, -60], None, None),
        ([5, 6, 7, -900], None, None),
        ([5, 6, 7], ["Dr", "CR", "dr"], "marker"),
        ([5, -6, 7], ["D", "C", "D"], "as_typed"),
        ([-5, 6, -7], ["S", "H", "S"], "negated"),
        ([5, -6, 7], ["D", "D", "C"], None),
        ([5, 6, 7], ["PI", "pc ", "CR"], "marker"),
        ([50, 60, 70, -5], ["PI", "PI", "JD", "PI"], "as_typed"),
        ([50, 60, 70, -5], ["PI", "PI", "JD", "PC"], "as_typed"),
        ([50, -60], ["PI", "PI"], None),
    ],
)
def test_signs_are_what_the_amounts_show_or_asked(
    amounts: list[Any], marks: list[Any] | None, rule: str | None
) -> None:
    cells = {Field.NET: amounts} | ({Field.MARKER: marks} if marks else {})
    assert suggest_sign(cells, range(len(amounts)), read_money).value == rule


@pytest.mark.parametrize(
    ("credits_", "rule"),
    [
        (["", "5"], "debit_and_credit"),
        (["", "-5"], "debit_and_negative_credit"),
        (["-5", "5"], None),
        (["", ""], "debit_and_credit"),
    ],
)
def test_a_column_of_credits_shows_its_sign(credits_: list[Any], rule: str | None) -> None:
    cells: dict[Field, list[Any]] = {Field.DEBIT: ["3", ""], Field.CREDIT: credits_}
    assert suggest_sign(cells, range(2), read_money).value == rule


def test_what_a_table_lacks_is_asked_and_a_constant_answers() -> None:
    data = as_csv([["Date", "Account Code", "Amount"], ["31/07/2025", "1001", "10.50"], ["14/08/2025", "1001", "3.20"]])
    found = suggested(data)
    assert {asked.rpartition("(")[2] for asked in undecided(found.matching)} == {
        "constants.reference).",
        "constants.description).",
        "constants.payee).",
    }
    refused = check(CheckRequest(data, context=AWARD, matching=found.matching), Limits())
    assert isinstance(refused, Refused)
    assert refused.code == "matching_undecided"
    constants = Constants(reference="Ledger", description="Pay", payee="Payroll")
    lines = stored(read_by(data, decided(data, constants=constants)))
    assert [(line["reference"], line["description"], line["payee"], line["cell"]) for line in lines] == [
        ("Ledger", "Pay", "Payroll", "C2"),
        ("Ledger", "Pay", "Payroll", "C3"),
    ]


def test_blank_cells_are_counted_and_filled_by_a_constant_alone() -> None:
    data = table(row(), row(ref="2", payee=""))
    found = suggested(data)
    assert "1 line has no payee. Say what to put there (constants.payee)." in found.questions
    assert [place for code, place in places(read_by(data, decided(data))) if code == "blank"] == ["CSV!D3"]
    lines = stored(read_by(data, decided(data, constants=Constants(payee="Journal"))))
    assert [line["payee"] for line in lines] == ["Payroll", "Journal"]


def test_vat_is_never_taken_for_irrecoverable_unless_its_heading_says_so() -> None:
    for heading, field in (("VAT", None), ("Tax amount", None), ("Irrecoverable VAT", Field.VAT)):
        found = suggested(as_csv([[*HEADINGS, heading], [*row(), "2.10"], [*row(ref="2"), "0.20"]]))
        assert next(one for one in found.columns if one.heading == heading).field is field
        assert any("VAT" in question for question in found.questions) is (field is None)


@pytest.mark.parametrize(("sign", "vat"), [(1, ["210", "20"]), (-1, ["210", "20"])])
def test_irrecoverable_vat_has_the_sign_of_its_line(sign: int, vat: list[str]) -> None:
    rows = [[*row(amount=sign * 10.5), sign * 2.1], [*row(ref="2", amount=sign * 3.1), sign * 0.2]]
    data = as_csv([[*HEADINGS, "Irrecoverable VAT"], *rows])
    assert [line["vat_pence"] for line in stored(read_by(data, decided(data)))] == vat


def test_what_is_outside_the_period_is_what_the_matching_says() -> None:
    data = table(row(), row("30/06/2025", ref="2"))
    assert any("outside_period" in question for question in suggested(data).questions)
    assert ("outside_period", "CSV!A3") in places(read_by(data, decided(data)))
    accrued = stored(read_by(data, decided(data, outside_period=OutsidePeriod.ACCRUAL)))
    assert [line["accrual"] for line in accrued] == ["f", "t"]
    answer = read_by(data, decided(data, outside_period=OutsidePeriod.LEAVE_OUT))
    assert [line["reference"] for line in stored(answer)] == ["1"]
    assert [one.cell for one in answer.notices if one.code == "outside_left_out"] == ["A3"]


def test_a_code_that_is_not_claimed_is_left_out_and_told() -> None:
    data = table(row(), row(code="9001", ref="2", amount="99.00"), row(code="9001", ref="3", amount="1.00"))
    answer = read_by(data, decided(data, codes={**MEANINGS, "9001": CodeMeaning(None)}))
    assert [line["reference"] for line in stored(answer)] == ["1"]
    told = next(one for one in answer.notices if one.code == "code_left_out")
    assert (told.cell, told.value) == ("B3", "9001")
    assert told.message.endswith("2 were left out: £100.")


def test_lines_without_a_code_are_one_problem_or_what_the_matching_says_of_them() -> None:
    data = table(row(), row(code="", ref="2"), row(code="", ref="3"))
    assert [one for one in places(read_by(data, decided(data))) if one[0] == "no_code"] == [("no_code", "CSV!B3")]
    answer = read_by(data, decided(data, codes={**MEANINGS, "": CodeMeaning(CostCategory.TRAVEL)}))
    assert [line["category"] for line in stored(answer)] == ["staff_pay", *["travel_and_subsistence"] * 2]


def test_a_total_that_is_wrong_is_a_problem_and_one_that_is_right_is_told() -> None:
    right, wrong = unit4(LINES), unit4(LINES)
    wrong[-1][-1] += 1
    confirmed = structs.replace(suggested(as_xlsx(right)).matching, codes=MEANINGS)
    assert len([one for one in read_by(as_xlsx(right), confirmed).notices if one.code == "total_left_out"]) == 4
    assert ("total_wrong", f"Extract!I{len(wrong)}") in places(read_by(as_xlsx(wrong), confirmed))


@pytest.mark.parametrize(
    ("system", "rule", "column", "cell", "code"),
    [
        ("e5", SignRule.MARKER, 7, "?", "marker_unknown"),
        ("e5", SignRule.MARKER, 6, -5.0, "signed_twice"),
        ("sage", SignRule.DEBIT_AND_CREDIT, 6, -5.0, "credit_sign"),
        ("xero", SignRule.DEBIT_AND_NEGATIVE_CREDIT, 5, 5.0, "credit_sign"),
    ],
)
def test_an_amount_on_both_sides_or_on_none_is_a_problem_at_its_cell(
    system: str, rule: SignRule, column: int, cell: Any, code: str
) -> None:
    rows = SYSTEMS[system](LINES)
    confirmed = structs.replace(suggested(as_xlsx(rows)).matching, codes=MEANINGS)
    assert confirmed.sign is rule
    at = next(number for number, typed in enumerate(rows) if "Rail fares refunded" in typed)
    rows[at][column] = cell
    letter = "G" if system in ("e5", "sage") else "F"
    assert (code, f"Extract!{letter}{at + 1}") in places(read_by(as_xlsx(rows), confirmed))


def test_what_is_no_table_of_transactions_is_not_suggested() -> None:
    assert unsuggested(as_csv([["Name", "Place", "Colour"], ["a", "b", "c"]])).code == "no_table"
    assert unsuggested(filled(AWARD, [Typed()])).code == "uses_template"
    assert unsuggested(template_csv([Typed()])).code == "uses_template"
    assert unsuggested(b"%PDF-1.7").code == "pdf"


def test_a_file_with_two_tables_of_one_shape_is_asked_for_one() -> None:
    from io import BytesIO

    from openpyxl import load_workbook

    book = load_workbook(BytesIO(as_xlsx(sage(LINES), "July")))
    book.copy_worksheet(book["July"]).title = "August"
    out = BytesIO()
    book.save(out)
    confirmed = structs.replace(suggested(as_xlsx(sage(LINES), "June")).matching, codes=MEANINGS)
    refused = check(CheckRequest(out.getvalue(), context=AWARD, matching=confirmed), Limits())
    assert isinstance(refused, Refused)
    assert refused.code == "two_tables"
    assert read_by(out.getvalue(), structs.replace(confirmed, sheet="August")).line_count == len(LINES)


def test_another_table_than_the_one_that_was_matched_is_refused() -> None:
    confirmed = structs.replace(suggested(as_xlsx(sage(LINES))).matching, codes=MEANINGS)
    refused = check(CheckRequest(as_xlsx(e5(LINES)), context=AWARD, matching=confirmed), Limits())
    assert isinstance(refused, Refused)
    assert refused.code == "matching_does_not_fit"
    with pytest.raises(NotAReturn, match="no_table"):
        raise NotAReturn(unsuggested(b"a,b\n1,2\n"))


@pytest.mark.parametrize(
    ("words", "balance", "total"),
    [
        ("Opening balance", True, False),
        ("Balance c/f", True, True),
        ("Brought forward", True, False),
        ("b/fwd at 1 July 2025", True, False),
        ("Brought forward invoice from Smith", False, True),
        ("B/F Motors", False, True),
        ("Total Energies", False, True),
        ("4471 Total", False, True),
        ("**", False, True),
        ("Net movement", False, True),
        ("July pay", False, False),
    ],
)
def test_balances_and_totals_are_told_by_their_words(words: str, balance: bool, total: bool) -> None:
    assert says_balance(words) is balance
    if not balance:
        assert says_sum(words) is total


def test_a_payee_with_the_name_of_a_total_is_a_line() -> None:
    data = table(row(payee="Total Energies"), row(ref="2", text="Brought forward invoice 12"), row(ref="3"))
    assert suggested(data).lines == 3
    assert len(stored(read_by(data, decided(data)))) == 3


@pytest.mark.parametrize(
    ("words", "category"),
    [
        ("Salaries - basic pay", CostCategory.STAFF_PAY),
        ("Agency staff costs", CostCategory.AGENCY),
        ("Employer's national insurance", CostCategory.ON_COSTS),
        ("Mileage", CostCategory.TRAVEL),
        ("Travel and training", None),
        ("Sundry", None),
        ("Italy", None),
    ],
)
def test_a_codes_words_speak_of_one_category_or_of_none(words: str, category: CostCategory | None) -> None:
    assert purpose_of(words) is category

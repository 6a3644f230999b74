"""Tables of finance systems, read by a matching: good ones of every rule of signs, and the faults that only they can have."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Final

from hypothesis import strategies as st

from grants.domain.awards import CostCategory
from grants.domain.matchings import CodeMeaning, DateOrder, Field, MatchedKind, Matching, SignRule
from importers.cells import CSV, column_letters
from importers.layouts import heading_key
from tests.importers.fuzz.among import among
from tests.importers.fuzz.awards import FORMS
from tests.importers.fuzz.model import Expected, Row, Table, shown

HEADINGS: Final = {
    Field.SPENT_ON: "Posting date",
    Field.CODE: "Account",
    Field.REFERENCE: "Document",
    Field.PAYEE: "Supplier",
    Field.DESCRIPTION: "Narrative",
    Field.NET: "Value",
    Field.MARKER: "D/C",
    Field.DEBIT: "Debit",
    Field.CREDIT: "Credit",
}
CODES: Final = {
    "1001": CodeMeaning(CostCategory.STAFF_PAY),
    "T-40": CodeMeaning(CostCategory.TRAVEL),
    "Cap 9": CodeMeaning(CostCategory.EQUIPMENT, MatchedKind.CAPITAL),
}
_OF_RULE: Final = {
    SignRule.AS_TYPED: (Field.NET,),
    SignRule.NEGATED: (Field.NET,),
    SignRule.MARKER: (Field.NET, Field.MARKER),
    SignRule.DEBIT_AND_CREDIT: (Field.DEBIT, Field.CREDIT),
    SignRule.DEBIT_AND_NEGATIVE_CREDIT: (Field.DEBIT, Field.CREDIT),
}


@dataclass
class Ledger:
    """An extract as somebody sends it, and how it is read. `pence` is what all its lines come to, while they are good."""

    form: str
    table: Table
    matching: Matching
    habits: dict[str, Any]
    pence: int
    expected: list[Expected] = field(default_factory=list)

    def expect(self, code: str, row: Row, key: str, told_at: str = "") -> None:
        """A problem at a cell: `key` is what was typed wrongly, `told_at` where it is told if elsewhere."""
        at = told_at or key
        value = shown(row.cells.get(at), self.form)
        self.expected.append(Expected(code, lambda: (self.table.name, self.table.cell(row, at)), value))


@st.composite
def ledgers(draw: st.DrawFn, rules: tuple[SignRule, ...] = tuple(SignRule)) -> Ledger:
    """A good extract: each code's first line is large enough for the credits below it."""
    form, rule = draw(among(FORMS)), draw(among(rules))
    keys: list[str] = [
        *(key.value for key in HEADINGS if key not in (Field.NET, Field.MARKER, Field.DEBIT, Field.CREDIT))
    ]
    keys = draw(st.permutations([*keys, *(key.value for key in _OF_RULE[rule])]))
    codes = [*CODES, *draw(st.lists(among(list(CODES)), max_size=6))]
    amounts = [
        draw(st.integers(60_000, 90_000) if at < len(CODES) else st.integers(-4_000, 9_000)) for at in range(len(codes))
    ]
    amounts = [pence or 1 for pence in amounts]
    rows = [_line(draw, at, code, pence, rule) for at, (code, pence) in enumerate(zip(codes, amounts, strict=True))]
    headings = {key.value: heading for key, heading in HEADINGS.items()}
    above: list[list[Any]] = [["Ledger print"]] * draw(st.integers(0, 3))
    table = Table(CSV if form == "csv" else "Extract", keys, headings, rows, above)
    columns = {Field(key): column_letters(at) for at, key in enumerate(keys, start=1)}
    matching = Matching(
        sheet=table.name,
        headings=tuple(heading_key(headings[key]) for key in keys),
        columns=columns,
        sign=rule,
        date_order=DateOrder.DAY_FIRST,
        codes=dict(CODES),
    )
    habits = {"delimiter": draw(among([",", "\t"])), "end": "\r\n", "encoding": "utf-8", "dates_1904": False}
    return Ledger(form, table, matching, habits, sum(amounts))


def _line(draw: st.DrawFn, at: int, code: str, pence: int, rule: SignRule) -> Row:
    day = date(2025, 7, 1) + timedelta(days=draw(st.integers(0, 90)))
    cells: dict[str, Any] = {
        "spent_on": draw(among([day, f"{day:%d/%m/%Y}", f"{day:%d-%b-%Y}"])),
        "code": draw(among([code, f" {code} "])),
        "reference": f"D{at}",
        "payee": "Example Ltd",
        "description": draw(among(["Rail", "Pay, July", "=A1"])),
    }
    return Row(cells | _amount(draw, pence, rule))


def _amount(draw: st.DrawFn, pence: int, rule: SignRule) -> dict[str, Any]:
    pounds = pence / 100
    if rule in (SignRule.AS_TYPED, SignRule.NEGATED):
        return {"net": pounds if rule is SignRule.AS_TYPED else -pounds}
    if rule is SignRule.MARKER:
        marks = ["Dr", "D", "debit"] if pence > 0 else ["CR", "C"]
        return {"net": abs(pounds), "marker": draw(among(marks))}
    if pence > 0:
        return {"debit": pounds, "credit": draw(among([None, 0.0]))}
    return {"debit": None, "credit": -pounds if rule is SignRule.DEBIT_AND_CREDIT else pounds}


def put_code(draw: st.DrawFn, ledger: Ledger) -> None:
    """Codes that the matching does not know: each is one problem, at its first cell."""
    rows = draw(st.lists(among(ledger.table.rows), min_size=1, max_size=4, unique_by=id))
    code = draw(among(["9999", "Cap 90", "t-40"]))
    for row in rows:
        row.cells["code"] = code
    ledger.expect("code_unmatched", min(rows, key=ledger.table.row_number), "code")


def put_no_code(draw: st.DrawFn, ledger: Ledger) -> None:
    """Lines without a code are one problem, at the first."""
    rows = draw(st.lists(among(ledger.table.rows), min_size=1, max_size=4, unique_by=id))
    for row in rows:
        row.cells["code"] = None
    ledger.expect("no_code", min(rows, key=ledger.table.row_number), "code")


def put_marker(draw: st.DrawFn, ledger: Ledger) -> None:
    row = draw(among(ledger.table.rows))
    row.cells["marker"] = draw(among(["?", None, "debit or credit", 1]))
    ledger.expect("marker_unknown", row, "marker", "net")


def put_signed_twice(draw: st.DrawFn, ledger: Ledger) -> None:
    row = draw(among(ledger.table.rows))
    row.cells["net"] = -row.cells["net"]
    ledger.expect("signed_twice", row, "net")


def put_credit_sign(draw: st.DrawFn, ledger: Ledger) -> None:
    row = draw(among(ledger.table.rows))
    below = ledger.matching.sign is SignRule.DEBIT_AND_CREDIT
    row.cells |= {"debit": None, "credit": -5.0 if below else 5.0}
    ledger.expect("credit_sign", row, "credit")


def put_blank_payee(draw: st.DrawFn, ledger: Ledger) -> None:
    row = draw(among(ledger.table.rows))
    row.cells["payee"] = None
    ledger.expect("blank", row, "payee")


_TWO: Final = (SignRule.DEBIT_AND_CREDIT, SignRule.DEBIT_AND_NEGATIVE_CREDIT)
LEDGER_FAULTS: Final = {
    "code_unmatched": (put_code, tuple(SignRule)),
    "no_code": (put_no_code, tuple(SignRule)),
    "marker_unknown": (put_marker, (SignRule.MARKER,)),
    "signed_twice": (put_signed_twice, (SignRule.MARKER,)),
    "credit_sign": (put_credit_sign, _TWO),
    "blank": (put_blank_payee, tuple(SignRule)),
}

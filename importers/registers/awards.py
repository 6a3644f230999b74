"""A register's rows to awards: one row for each budget line, the facts of an award on its first row or on each."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from grants.domain.awards import AwardTerms, BudgetLine, Instalment, PaymentBasis
from grants.domain.periods import parse_year, year_of
from grants.domain.registers import AwardEntry
from grants.domain.returns import Problem
from importers.checks.places import unreadable
from importers.choices import plain_kind, read_category, read_side
from importers.columns import BLANK, Fault, Read
from importers.messages import problem
from importers.plain_table import PlainTable
from importers.registers import meanings
from importers.registers.layouts import AWARDS

_FACTS: Final = {
    "funding_line": meanings.read_code,
    "recipient_id": meanings.read_recipient,
    "purpose": None,
    "start": None,
    "end": None,
    "payment_basis": meanings.read_payment_basis,
    "legal_basis": meanings.read_power,
    "frequency": meanings.read_frequency,
    "delivery_body": None,
    "certifier_role": None,
}
_NEEDED: Final = ("funding_line", "recipient_id", "purpose", "start", "end")
_DAYS: Final = ("start", "end")
_OF_TERMS: Final = tuple(key for key in _FACTS if key not in ("funding_line", "recipient_id"))
_HEADINGS: Final = {column.key: column.heading for column in AWARDS.columns}
_BUDGETS_MOST: Final = 500
_INSTALMENTS_MOST: Final = 200


@dataclass
class AwardsRead:
    """The awards whose rows have no fault, and the faults of all."""

    entries: list[AwardEntry] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


@dataclass
class _Table:
    """A table with its columns read; `faulty` are the positions of rows with a cell that means nothing."""

    table: PlainTable
    reads: dict[str, Read[Any]]

    def __post_init__(self) -> None:
        self.faulty = {at for read in self.reads.values() for positions in read.faults.values() for at in positions}

    def cell(self, key: str, at: int) -> str:
        return f"{self.table.letter(key) or self.table.letter('reference')}{self.table.rows[at]}"

    def value(self, key: str, at: int) -> Any:
        return self.reads[key].values[at]

    def problem(self, code: str, key: str, at: int, **facts: object) -> Problem:
        return problem(code, self.table.sheet, self.cell(key, at), self.reads[key].shown(at), **facts)

    def row(self, at: int) -> int:
        return self.table.rows[at]

    def groups(self) -> dict[str, list[int]]:
        """The positions of each award's rows, in the order of their first."""
        found: dict[str, list[int]] = {}
        for at, reference in enumerate(self.reads["reference"].values):
            if reference is not None:
                found.setdefault(reference, []).append(at)
        return found


def read_awards(awards: PlainTable, instalments: PlainTable | None) -> AwardsRead:
    """All awards of a register. A fault keeps its award out, and no other."""
    found = AwardsRead()
    table = _Table(awards, _award_columns(awards))
    found.problems += unreadable(awards.sheet, awards.rows, table.reads.values())
    profile = None if instalments is None else _Table(instalments, _instalment_columns(instalments))
    of_award: dict[str, list[int]] = {}
    groups = table.groups()
    if profile is not None and instalments is not None:
        found.problems += unreadable(instalments.sheet, instalments.rows, profile.reads.values())
        of_award = profile.groups()
        for reference in of_award.keys() - groups.keys():
            at = of_award[reference][0]
            found.problems.append(profile.problem("not_on_awards", "reference", at, awards=awards.sheet))
    for reference, group in groups.items():
        one = _Award(reference, table, group, profile, of_award.get(reference, []))
        problems = list(one.problems())
        found.problems += problems
        if not problems and one.is_readable:
            found.entries.append(one.entry())
    return found


def _award_columns(table: PlainTable) -> dict[str, Read[Any]]:
    """Facts may stand on one of an award's rows alone: what is blank is asked for award by award."""
    reads: dict[str, Read[Any]] = {"reference": table.read("reference", meanings.read_reference, Fault(BLANK))}
    for key, meaning in _FACTS.items():
        if key in _DAYS:
            reads[key] = table.read(key, table.day, None)
        else:
            reads[key] = table.texts(key, required=False) if meaning is None else table.read(key, meaning, None)
    return reads | _line_columns(table) | {"category": table.read("category", read_category, Fault(BLANK))}


def _instalment_columns(table: PlainTable) -> dict[str, Read[Any]]:
    return {
        "reference": table.read("reference", meanings.read_reference, Fault(BLANK)),
        "number": table.read("number", meanings.read_number, Fault(BLANK)),
        "due_on": table.read("due_on", table.day, Fault(BLANK)),
        **_line_columns(table),
    }


def _line_columns(table: PlainTable) -> dict[str, Read[Any]]:
    return {
        "year": table.read("year", meanings.read_year, Fault(BLANK)),
        "side": table.read("side", read_side, Fault(BLANK)),
        "amount": table.read("amount", meanings.read_above_zero, Fault(BLANK)),
    }


@dataclass
class _Award:
    """One award over its rows, and over those of its instalments."""

    reference: str
    table: _Table
    rows: Sequence[int]
    profile: _Table | None
    instalments: Sequence[int]

    def __post_init__(self) -> None:
        clean = not self.table.faulty & set(self.rows)
        self.is_readable = clean and not (self.profile and self.profile.faulty & set(self.instalments))
        self.places = {key: [at for at in self.rows if self.table.value(key, at) not in (None, "")] for key in _FACTS}
        self.facts = {key: self.table.value(key, places[0]) for key, places in self.places.items() if places}

    def problems(self) -> Iterator[Problem]:
        """What is wrong over several cells; what no single cell told."""
        yield from self._facts_told()
        yield from self._dates_in_order()
        yield from self._lines_apart()
        if self.profile is not None:
            yield from self._numbers_apart(self.profile)
        if len(self.rows) > _BUDGETS_MOST or len(self.instalments) > _INSTALMENTS_MOST:
            yield self.table.problem(
                "too_many_budget_lines",
                "reference",
                self.rows[0],
                most=_BUDGETS_MOST,
                most_instalments=_INSTALMENTS_MOST,
            )

    def _facts_told(self) -> Iterator[Problem]:
        for key, places in self.places.items():
            faults = {at for positions in self.table.reads[key].faults.values() for at in positions}
            if not places and key in _NEEDED and not faults & set(self.rows):
                heading = _HEADINGS[key]
                yield self.table.problem(BLANK, key, self.rows[0], heading=heading[0].lower() + heading[1:])
            for at in places[1:]:
                if self.table.value(key, at) != self.facts[key]:
                    yield self.table.problem("said_otherwise", key, at, row=self.table.row(places[0]))

    def _dates_in_order(self) -> Iterator[Problem]:
        start, end = self.facts.get("start"), self.facts.get("end")
        if not isinstance(start, date) or not isinstance(end, date):
            return
        if end < start:
            yield self.table.problem("end_before_start", "end", self.places["end"][0])
            return
        first, last = year_of(start), year_of(end)
        for table, rows in ((self.table, self.rows), (self.profile, self.instalments)):
            for at in rows:
                year = None if table is None else table.value("year", at)
                if table is not None and year is not None and not first <= parse_year(year) <= last:
                    yield table.problem("year_outside_award", "year", at)

    def _lines_apart(self) -> Iterator[Problem]:
        seen: dict[Any, int] = {}
        for at in self.rows:
            if at not in self.table.faulty:
                key = self._line(at)[:3]
                if key in seen:
                    yield self.table.problem("budget_line_repeated", "category", at, row=self.table.row(seen[key]))
                seen.setdefault(key, at)

    @staticmethod
    def _numbers_of(profile: _Table, rows: Sequence[int]) -> dict[int, int]:
        first: dict[int, int] = {}
        for at in rows:
            if (number := profile.value("number", at)) is not None:
                first.setdefault(number, at)
        return first

    def _numbers_apart(self, profile: _Table) -> Iterator[Problem]:
        first = self._numbers_of(profile, self.instalments)
        counts = Counter(profile.value("number", at) for at in self.instalments)
        for at in self.instalments:
            number = profile.value("number", at)
            if number is not None and counts[number] > 1 and first[number] != at:
                yield profile.problem("number_repeated", "number", at, row=profile.row(first[number]))

    def _line(self, at: int) -> tuple[str, Any, Any, int]:
        year, category, side, pence = (self.table.value(key, at) for key in ("year", "category", "side", "amount"))
        return year, category, plain_kind(side), pence

    def entry(self) -> AwardEntry:
        """The award, of rows without a fault."""
        budget = sorted(
            (BudgetLine(year, category, pence, kind) for year, category, kind, pence in map(self._line, self.rows)),
            key=lambda line: (line.year, line.category, line.budget_kind),
        )
        told: dict[str, Any] = {key: self.facts[key] for key in _OF_TERMS if key in self.facts}
        told["budget"] = tuple(budget)
        if self.instalments or told.get("payment_basis") is PaymentBasis.ARREARS:
            told["profile"] = self._profile()
        return AwardEntry(
            sheet=self.table.table.sheet,
            row=self.table.row(self.rows[0]),
            cells=self._cells(),
            reference=self.reference,
            funding_line=self.facts["funding_line"],
            recipient_id=self.facts["recipient_id"],
            terms=AwardTerms(**told),
            given=tuple(sorted(told)),
        )

    def _profile(self) -> tuple[Instalment, ...]:
        if self.profile is None:
            return ()
        found = []
        for at in self.instalments:
            number, due_on, year, side, pence = (
                self.profile.value(key, at) for key in ("number", "due_on", "year", "side", "amount")
            )
            found.append(Instalment(number, due_on, year, pence, plain_kind(side)))
        return tuple(sorted(found, key=lambda one: one.number))

    def _cells(self) -> dict[str, str]:
        sheet = self.table.table.sheet
        cells = {key: f"{sheet}!{self.table.cell(key, places[0])}" for key, places in self.places.items() if places}
        cells |= {key: f"{sheet}!{self.table.cell(key, self.rows[0])}" for key in ("reference", "year")}
        first, last = self.rows[0], self.rows[-1]
        is_run = last - first + 1 == len(self.rows) == self.table.row(last) - self.table.row(first) + 1
        amounts = self.table.cell("amount", first)
        if is_run and first != last:
            amounts = f"{amounts}:{self.table.cell('amount', last)}"
        cells["amount"] = f"{sheet}!{amounts}"
        if self.profile is not None and self.instalments:
            cells["profile"] = f"{self.profile.table.sheet}!{self.profile.cell('amount', self.instalments[0])}"
        return cells

"""Every figure of every report is what its parts come to, whatever has happened, at every place; and so is every difference."""

import asyncio
from collections import Counter, defaultdict
from itertools import pairwise, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grants.actions.people import OPERATOR
from grants.actions.returns import request_changes
from grants.domain.awards import CostCategory
from grants.domain.decisions import AmendLine, LineFacts, Withdraw
from grants.domain.errors import Invalid, TallystickError
from grants.domain.figures import Scope, figure_id, parse_figure, parse_scope
from grants.domain.measures import OF_CATEGORIES, OF_LINES, OF_PERIODS, Measure
from grants.domain.plan import BudgetKind
from grants.domain.schedules import EVERYTHING, Filters
from grants.store import ledger
from grants.store.ledger import AsAt, place_of
from grants.store.transaction import Db, Gate, View
from reports.catalogue import all_reports
from reports.changes import Told, change_rows, told
from reports.grounds import Reach, grounds_at
from reports.making import place_in_record
from reports.parts import Parts
from reports.sources_sheet import TABLE, source_rows
from tests.database import DatabaseServer
from tests.grants.actions.cast import decide, opened
from tests.grants.actions.stage import OLDHAM
from tests.reports.ledger import AWARD, LINE, Line, Record
from tests.reports.test_trace import LINES, STEPS, _step, _whole

KIND = BudgetKind.RDEL_PROGRAMME
OTHER_AWARD, OTHER_LINE = "AP-OLDHAM-01", "AUDIT-PANEL"
YEAR, QUARTERS = "2025-26", tuple(f"2025-26-Q{number}" for number in range(1, 5))
M = Measure
MORE_STEPS = st.one_of(
    st.tuples(st.just("claim"), st.sampled_from(QUARTERS[:2]), LINES),
    st.tuples(st.just("send back"), st.sampled_from(QUARTERS[:2])),
    st.tuples(st.just("announce"), st.integers(0, 10**9)),
    st.just(("withdraw",)),
)


class History:
    """A record with two awards, that goes on step by step and remembers some of its places."""

    def __init__(self, record: Record) -> None:
        self.record = record
        self.accepted: dict[str, object] = {}
        self.claimed: dict[str, object] = {}
        self.places: list[AsAt] = []

    @classmethod
    async def begun(cls, record: Record) -> "History":
        await record.stage.award(OTHER_AWARD, OTHER_LINE)
        return cls(record)

    async def step(self, step: tuple[object, ...]) -> None:
        record, stage = self.record, self.record.stage
        try:
            if step[0] == "claim":
                found = await record.submit(str(step[1]), step[2])  # type: ignore[arg-type]
                await record.certify(found)
                self.claimed[str(step[1])] = found
            elif step[0] == "send back":
                async with record.gate.deed(stage.lead) as tx:
                    await request_changes(tx, self.claimed[str(step[1])], "More")  # type: ignore[arg-type]
            elif step[0] == "announce":
                facts = LineFacts(announced_pence=int(str(step[1])))
                await decide(record.gate, stage.lead, stage.approver, AmendLine(LINE, facts))
            elif step[0] == "withdraw":
                await decide(record.gate, stage.lead, stage.approver, Withdraw(OTHER_AWARD))
            else:
                await _step(record, self.accepted, step)
        except (TallystickError, KeyError):
            pass
        async with record.gate.reading(OPERATOR) as view:
            self.places.append(await ledger.head(view.db))


def _scope(of: str, name: str, time: str = YEAR, category: CostCategory | None = None) -> Scope:
    return Scope(of, name, time, KIND, category)


async def _parts(db: Db, at: AsAt) -> Parts:
    return Parts(await grounds_at(db, at, Reach(frozenset(Measure))))


def _check_sums(parts: Parts) -> None:
    """Awards come to their line, their recipient and the plan; cost categories to their award; quarters to their year."""
    for measure in set(Measure) - OF_LINES:
        for time in (YEAR, "all", *((f"to-{QUARTERS[1]}", QUARTERS[0]) if measure in OF_PERIODS else ())):
            of_awards = [parts.pence(measure, _scope("award", name, time)) for name in (AWARD, OTHER_AWARD)]
            of_lines = [parts.pence(measure, _scope("line", name, time)) for name in (LINE, OTHER_LINE)]
            assert of_awards == of_lines, measure
            assert sum(of_awards) == parts.pence(measure, _scope("recipient", OLDHAM.id, time))
            assert sum(of_awards) == parts.pence(measure, _scope("plan", "", time))
    for measure in OF_CATEGORIES - {M.UNSPENT, M.VARIANCE, M.FORECAST}:
        found = [parts.pence(measure, _scope("award", AWARD, YEAR, category)) for category in CostCategory]
        assert sum(found) == parts.pence(measure, _scope("award", AWARD))
    for measure in OF_PERIODS - {M.PAID, M.RECOVERED}:  # what is reversed takes effect on the day of the reversal
        found = [parts.pence(measure, _scope("award", AWARD, quarter)) for quarter in QUARTERS]
        assert sum(found) == parts.pence(measure, _scope("award", AWARD))
        assert sum(found[:2]) == parts.pence(measure, _scope("award", AWARD, f"to-{QUARTERS[1]}"))
    claims = {measure: parts.pence(measure, _scope("award", AWARD)) for measure in (M.SPENT, M.AWAITING, M.DISALLOWED)}
    assert parts.pence(M.CLAIMED, _scope("award", AWARD)) == sum(claims.values())


async def _check_balances(db: Db, at: AsAt, parts: Parts) -> None:
    """What the accounts hold, by the ledger's own addition."""
    balances: Counter[str] = Counter()
    for row in await ledger.positions(db, at):
        if row.budget_kind is KIND:
            balances[row.account] += row.balance_pence
    for name in (AWARD, OTHER_AWARD):
        assert parts.pence(M.UNPAID, _scope("award", name)) == balances[f"award:{name}:{YEAR}"]
        assert parts.pence(M.SPENT, _scope("award", name)) == balances[f"spent:{name}:{YEAR}"]
        assert parts.pence(M.HELD, _scope("award", name, "all")) == balances[f"held:{name}"]
    assert parts.pence(M.UNAWARDED, _scope("line", LINE)) == balances[f"line:{LINE}:{YEAR}"]
    assert parts.pence(M.RECOVERED, _scope("plan", "", "all")) == balances["returned"]


async def _check_traces(view: View, at: AsAt, parts: Parts) -> None:
    """The trace of a figure, read a page at a time, is the same parts."""
    scopes = [_scope(*of) for of in (("award", AWARD), ("recipient", OLDHAM.id), ("plan", ""), ("line", LINE))]
    scopes.append(Scope("recipient", OLDHAM.id, YEAR, KIND, funding_line=LINE))
    scopes.append(_scope("award", AWARD, YEAR, CostCategory.STAFF_PAY))
    for scope, measure in product(scopes, Measure):
        text = figure_id(measure, scope, at)
        try:
            parse_figure(text)
        except Invalid:
            continue
        first, entries, total = await _whole(view, text, limit=7)
        assert first.pence == total == parts.pence(measure, scope), text
        assert len({entry.number for entry in entries}) == len(entries)


async def _told(db: Db, at: AsAt, filters: Filters = EVERYTHING) -> list[Told]:
    place = await place_in_record(db, at)
    return [
        await told(db, report, place, Filters(**{name: getattr(filters, name) for name in report.offer.filters if hasattr(filters, name)}))
        for report in all_reports()
    ]  # fmt: skip


def _check_sources(found: Told) -> None:
    sums: dict[str, int] = defaultdict(int)
    amount = [column.key for column in TABLE.columns].index("amount")
    for row in source_rows(found.parts, found.shown, found.place.at):
        cells = tuple(row)
        sums[str(cells[0])] += int(str(cells[amount]))
    for (measure, scope), pence in found.shown.pence.items():
        assert sums[figure_id(measure, parse_scope(scope), found.place.at)] == pence


def _check_changes(before: Told, now: Told) -> None:
    added: dict[str, int] = defaultdict(int)
    changes: dict[str, int] = {}
    for row in change_rows(now, before):
        figure, change, pence = [tuple(row)[place] for place in (0, 8, 10)]
        changes[str(figure)] = int(str(change))
        added[str(figure)] += int(str(pence or 0))
    assert dict(added) == changes
    differ = {
        figure_id(figure[0], parse_scope(figure[1]), now.place.at)
        for figure in before.shown.pence.keys() | now.shown.pence.keys()
        if before.shown.pence.get(figure) != now.shown.pence.get(figure)
    }
    assert changes.keys() == differ


@settings(max_examples=4)
@given(st.lists(st.one_of(STEPS.map(lambda steps: steps[0]), MORE_STEPS), min_size=2, max_size=7))
def test_every_figure_and_every_difference_is_the_sum_of_its_parts(
    database_server: DatabaseServer, steps: list[tuple[object, ...]]
) -> None:
    async def history() -> None:
        with database_server.fresh() as database:
            async with opened(database) as gate:
                found = await History.begun(await Record.set_up(gate))
                for step in steps:
                    await found.step(step)
                async with gate.reading(OPERATOR) as view:
                    await _check(view, sorted(set(found.places), key=lambda at: (at.journal_no, at.entry_no)))

    asyncio.run(history())


async def _check(view: View, places: list[AsAt]) -> None:
    for at in places:
        parts = await _parts(view.db, at)
        _check_sums(parts)
        await _check_balances(view.db, at, parts)
    await _check_traces(view, places[-1], await _parts(view.db, places[-1]))
    for filters in (EVERYTHING, Filters(funding_line=LINE, recipient=OLDHAM.id, period=YEAR)):
        reports = [await _told(view.db, at, filters) for at in places[-3:]]
        for found in (each for of_place in reports for each in of_place):
            _check_sources(found)
        for before, now in pairwise(reports):
            for one, other in zip(before, now, strict=True):
                _check_changes(one, other)


@pytest.mark.parametrize(
    "text",
    [
        "budget:award:LI-1:2025-26:rdel_programme:staff_pay@1.2",
        "spent:recipient:GB-LAE-OLD:to-2025-26-Q2:cdel_admin:programme=ACTION-PLAN:line=CAID@12",
        "paid:plan:all:rdel_programme:recipient=E23000005@9",
        "profile:award:LI-1:2025-26-P07:rdel_admin@3.4",
    ],
)
def test_an_identifier_says_what_it_was_made_of(text: str) -> None:
    found = parse_figure(text)
    assert found.measure is not None
    assert found.scope is not None
    at = AsAt(found.entry_no, found.journal_no or 0)
    assert figure_id(found.measure, found.scope, at) == text


@pytest.mark.parametrize(
    "text",
    [
        *("allocated:award:LI-1:2025-26:rdel_programme@1", "awarded:award:LI-1:2025-26:rdel_programme:ict@1"),
        *("forecast:award:LI-1:2025-26-Q1:rdel_programme@1.1", "budget:award:LI-1:to-2025-26:rdel_programme@1.1"),
        *("spent:plan:2025-27:rdel_programme@1", "spent:plan:2025-26-Q5:rdel_programme@1", "spent:plan:2025-26-P13:rdel_programme@1"),
        *("spent:recipient:2025-26:rdel_programme@1", "spent:plan:2025-26:rdel_programme:line=x@1"),
        *("announced:plan:2025-26:rdel_programme:recipient=GB-LAE-OLD@1", "spent:plan:2025-26:all@1"),
    ],
)  # fmt: skip
def test_a_figure_that_there_cannot_be_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        parse_figure(text)


async def test_a_place_inside_a_deed_has_parts_too(gate: Gate) -> None:
    record = await Record.set_up(gate)
    await record.accept(QUARTERS[0], [Line(100_00), Line(5_00, category=CostCategory.ICT)])
    newest = await record.newest_entry()
    async with gate.reading(OPERATOR) as view:
        at = await place_of(view.db, newest - 1, None)
        for found in await _told(view.db, at):
            _check_sources(found)

"""The trace: for any history and at any entry number, every figure is the sum of what it leads back to."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from grants.actions.people import OPERATOR
from grants.domain.access import Actor, Role
from grants.domain.awards import AwardTerms, BudgetLine, CostCategory, Instalment
from grants.domain.decisions import Allocate, DecisionTerms, Pay, Recover, Reduce, Vary, Vire, Withdraw
from grants.domain.errors import Invalid, NotAllowed, NotFound, TallystickError
from grants.domain.figures import figure_id, parse_figure, parse_scope
from grants.domain.measures import Measure
from grants.domain.schedules import Filters
from grants.store.ledger import place_of
from grants.store.transaction import Gate, View
from reports.positions import MEASURES, Position, positions_of
from reports.trace import trace
from reports.trace_views import Trace, TraceEntry
from tests.database import DatabaseServer, looking
from tests.grants.actions.cast import decide, opened, person
from tests.grants.actions.stage import TERMS
from tests.reports.ledger import AWARD, LINE, Line, Record

Q1, Q2 = "2025-26-Q1", "2025-26-Q2"
SPENT = f"spent:{LINE}:2025-26:rdel_programme"

LINES = st.lists(
    st.builds(
        Line,
        net_pence=st.integers(-5_000_00, 9_000_00),
        vat_pence=st.integers(-100, 1_000_00),
        category=st.sampled_from([CostCategory.STAFF_PAY, CostCategory.TRAVEL, CostCategory.ICT]),
    ),
    min_size=1,
    max_size=5,
)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("accept"), st.sampled_from([Q1, Q2]), LINES, st.integers(0, 40_000_00)),
        st.tuples(st.just("reopen"), st.sampled_from([Q1, Q2])),
        st.tuples(
            st.just("decide"),
            st.sampled_from(["allocate", "reduce", "vire", "pay", "recover", "vary"]),
            st.integers(1, 60_000_00),
        ),
    ),
    min_size=1,
    max_size=6,
)


async def _whole(view: View, figure: str, limit: int = 200) -> tuple[Trace, list[TraceEntry], int]:
    """A trace over all its pages: the first, every entry, and what all parts come to."""
    first = await trace(view, figure, limit)
    pages, after = [first], first.next
    while after:
        pages.append(await trace(view, figure, limit, after))
        after = pages[-1].next
    entries = [entry for page in pages for entry in page.entries]
    total = sum(entry.pence for entry in entries)
    total += sum(fact.pence for page in pages for fact in page.facts)
    return first, entries, total + sum(line.pence for page in pages for line in page.lines)


def _terms(pence: int) -> AwardTerms:
    """The award with more or less for staff pay, and a second instalment to match."""
    staff: BudgetLine = replace(TERMS.budget[0], pence=pence + 10_000_00)
    second: Instalment = replace(TERMS.profile[1], pence=pence)
    return replace(TERMS, budget=(staff, TERMS.budget[1]), profile=(TERMS.profile[0], second))


async def _step(record: Record, accepted: dict[str, object], step: tuple[object, ...]) -> None:
    """Does what the ledger allows; what it refuses changes nothing."""
    try:
        if step[0] == "accept":
            _, period, lines, rest = step
            accepted[str(period)] = await record.accept(str(period), lines, {"2025-26-Q3": rest})  # type: ignore[arg-type, dict-item]
        elif step[0] == "reopen":
            await record.reopen(accepted.pop(str(step[1])))  # type: ignore[arg-type]
        else:
            pence, today = int(str(step[2])), date(2025, 6, 1)
            choices: dict[str, DecisionTerms] = {
                "allocate": Allocate(LINE, "2025-26", pence),
                "reduce": Reduce(LINE, "2025-26", pence),
                "vire": Vire(LINE, "AUDIT-PANEL", "2025-26", pence),
                "pay": Pay(AWARD, "2025-26", pence, today, instalment=1),
                "recover": Recover(AWARD, pence, today),
                "vary": Vary(AWARD, _terms(pence)),
            }
            await decide(record.gate, record.stage.lead, record.stage.approver, choices[str(step[1])])
    except (TallystickError, KeyError):
        return


async def _check_every_figure(view: View, entry_no: int) -> None:
    at = await place_of(view.db, entry_no, None)
    positions = await positions_of(view.db, at, Filters())
    assert {position.line.code for position in positions} >= {LINE, "TOEX"}
    for position in positions:
        for measure in MEASURES:
            await _check_figure(view, position, measure, figure_id(measure, parse_scope(position.scope), at))


async def _check_figure(view: View, position: Position, measure: Measure, figure: str) -> None:
    found, entries, total = await _whole(view, figure, limit=3)
    assert found.pence == total == (position.pence(measure) or 0), figure
    numbers = [entry.number for entry in entries]
    assert len(set(numbers)) == len(numbers), "no entry counts twice"
    for entry in entries:
        assert abs(entry.pence) == entry.entry_pence
        if entry.kind == "spend":
            below, _, of_lines = await _whole(view, entry.figure, limit=2)
            assert of_lines == below.pence
            assert abs(below.pence) == entry.entry_pence
            assert sum(line.pence for line in entry.lines) == entry.pence  # all lines of these small returns are shown


@settings(max_examples=5)
@given(STEPS)
def test_every_figure_is_the_sum_of_its_trace_at_every_entry(
    database_server: DatabaseServer, steps: list[tuple[object, ...]]
) -> None:
    async def history() -> None:
        with database_server.fresh() as database:
            async with opened(database) as gate:
                record = await Record.set_up(gate)
                accepted: dict[str, object] = {}
                for step in steps:
                    await _step(record, accepted, step)
                newest = await record.newest_entry()
                async with gate.reading(OPERATOR) as view:
                    for entry_no in range(newest, max(newest - 8, 0), -1):
                        await _check_every_figure(view, entry_no)

    asyncio.run(history())


@asynccontextmanager
async def _looking(gate: Gate, actor: Actor = OPERATOR) -> AsyncIterator[View]:
    async with gate.reading(actor) as view:
        yield view


async def test_a_figure_leads_to_the_sheet_and_cell_of_the_workbook(gate: Gate) -> None:
    record = await Record.set_up(gate)
    await record.accept(Q1, [Line(1_234_10, payee="Acme"), Line(100, category=CostCategory.TRAVEL)])
    newest = await record.newest_entry()
    async with _looking(gate) as view:
        found = await trace(view, f"{SPENT}@{newest}")
        assert [entry.category for entry in found.entries] == ["staff_pay", "travel_and_subsistence"]
        line = found.entries[0].lines[0]
        assert (line.sheet, line.cell, line.pence, line.payee) == ("Spend", "G9", 1_234_10, "Acme")
        assert line.source is not None
        assert (line.source.award, line.source.period, line.source.version) == (AWARD, Q1, 1)
        sha256 = await view.db.fetchval("SELECT sha256 FROM return_version")
        assert line.source.sha256 == sha256
        one = await trace(view, line.figure)
        assert (one.pence, [each.cell for each in one.lines]) == (1_234_10, ["G9"])
        assert one.within is not None
        assert one.within.number == found.entries[0].number
        awarded = await trace(view, f"awarded:{LINE}:2025-26:rdel_programme@{newest}")
        assert awarded.entries[0].decision is not None
        assert awarded.entries[0].decision.kind == "award"


async def test_an_entry_with_many_lines_is_read_page_by_page(gate: Gate) -> None:
    record = await Record.set_up(gate)
    await record.accept(Q1, [Line(number) for number in range(1, 101)])
    async with _looking(gate) as view:
        newest = await record.newest_entry()
        (entry,) = (await trace(view, f"{SPENT}@{newest}")).entries
        assert len(entry.lines) == 20
        first, _, total = await _whole(view, entry.figure, limit=30)
        assert (first.pence, total, len(first.lines)) == (5050, 5050, 30)


async def test_a_reopened_return_leads_to_its_mirror_too(gate: Gate) -> None:
    record = await Record.set_up(gate)
    found = await record.accept(Q1, [Line(100_00)])
    line_at = await record.newest_entry()
    await record.reopen(found)
    newest = await record.newest_entry()
    async with _looking(gate) as view:
        answer = await trace(view, f"{SPENT}@{newest}")
        assert [(entry.pence, [line.pence for line in entry.lines]) for entry in answer.entries] == [
            (100_00, [100_00]),
            (-100_00, [-100_00]),
        ]
        version = await view.db.fetchval("SELECT id FROM return_version")
        assert (await trace(view, f"line:{version}:9@{line_at}")).pence == 100_00
        with pytest.raises(NotFound):  # it no longer counts
            await trace(view, f"line:{version}:9@{newest}")


async def test_a_forecast_names_the_journal_since_it_can_change_without_an_entry(gate: Gate) -> None:
    record = await Record.set_up(gate)
    await record.accept(Q1, [Line(100_00)], {"2025-26-Q3": 500_00})
    newest = await record.newest_entry()
    await record.accept(
        Q2, [Line(7_00, category=CostCategory.ICT), Line(-7_00, category=CostCategory.ICT)], {"2025-26-Q3": 900_00}
    )
    assert await record.newest_entry() == newest
    async with _looking(gate) as view:
        journal_no = await view.db.fetchval("SELECT last_no FROM journal_head")
        figure = f"forecast:{LINE}:2025-26:rdel_programme@{newest}"
        assert (await trace(view, figure)).pence == 600_00
        assert (await trace(view, f"{figure}.{journal_no}")).pence == 1_000_00
        (fact,) = (await trace(view, f"{figure}.{journal_no}")).facts
        assert (fact.pence, fact.source and fact.source.period) == (900_00, Q2)
        for wrong in (f"{figure}.{journal_no + 1}", f"{figure}.1"):
            with pytest.raises(Invalid):
                await trace(view, wrong)


async def test_an_award_that_is_withdrawn_is_expected_to_spend_no_more_than_it_was_paid(gate: Gate) -> None:
    record = await Record.set_up(gate)
    await decide(
        gate, record.stage.lead, record.stage.approver, Pay(AWARD, "2025-26", 2_000_00, date(2025, 4, 2), instalment=1)
    )
    await record.accept(Q1, [Line(100_00)], {"2025-26-Q3": 9_000_00})
    before = await record.newest_entry()
    await decide(gate, record.stage.lead, record.stage.approver, Withdraw(AWARD))
    figure = f"forecast:{LINE}:2025-26:rdel_programme"
    async with _looking(gate) as view:
        assert (await trace(view, f"{figure}@{before}")).pence == 9_100_00
        assert (await trace(view, f"{figure}@{await record.newest_entry()}")).pence == 2_000_00


@pytest.mark.parametrize(
    "text",
    ["", "spent", f"{SPENT}", f"{SPENT}@", f"{SPENT}@x", f"{SPENT}@1@2", "spent:a:2025-26:rdel_programme@1", f"{SPENT}x@1", "entry:1", "line:1@1",
     f"{SPENT}@٣", "line:1:2:3@4", f"{SPENT}@1\n"],
)  # fmt: skip
def test_what_is_no_identifier_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        parse_figure(text)


async def test_foreign_and_unknown_figures_look_the_same(gate: Gate) -> None:
    record = await Record.set_up(gate)
    await record.accept(Q1, [Line(100_00)])
    newest = await record.newest_entry()
    stranger = await person(gate, Role.AUDITOR, "WIDER-CSA")
    own = await person(gate, Role.AUDITOR, "ACTION-PLAN")
    async with looking(gate) as db:
        version = await db.fetchval("SELECT id FROM return_version")
    foreign = [f"{SPENT}@{newest}", f"entry:{newest}@{newest}", f"line:{version}:9@{newest}"]
    unknown = ["spent:NOTHING:2025-26:rdel_programme@1", f"entry:{newest}@1", f"line:{version}:99@{newest}"]
    async with _looking(gate, stranger) as view:
        answers = set()
        for figure in (*foreign, *unknown):
            with pytest.raises(NotFound) as refused:
                await trace(view, figure)
            answers.add((refused.value.code, refused.value.message))
        assert len(answers) == 1
    async with _looking(gate, own) as view:
        assert [(await trace(view, figure)).pence for figure in foreign] == [100_00] * 3
    async with _looking(gate, record.stage.officer) as view:
        with pytest.raises(NotAllowed):
            await trace(view, foreign[0])
    async with _looking(gate) as view:
        with pytest.raises(Invalid):
            await trace(view, f"{SPENT}@{newest + 1}")

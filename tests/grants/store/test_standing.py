"""How everything stood at a place in the record stays the same, whatever is done later."""

from collections.abc import AsyncIterator
from datetime import date
from uuid import UUID

import pytest
import pytest_asyncio
from msgspec.structs import replace

from grants.actions.awards import move_award
from grants.actions.decisions import approve, decline, propose
from grants.actions.people import OPERATOR, SCHEDULER
from grants.actions.recipients import add_recipient
from grants.actions.returns import accept
from grants.domain.access import Role
from grants.domain.awards import AwardState
from grants.domain.decisions import AddLine, AmendLine, DecisionState, LineFacts, MakeAward, Pay, Vary, Vire, Withdraw
from grants.domain.errors import RuleBroken
from grants.domain.plan import YearBasis
from grants.domain.recipients import NewRecipient, RecipientKind
from grants.domain.returns import ReturnState
from grants.domain.schedules import Filters
from grants.store import ledger, plan
from grants.store.ledger import AsAt
from grants.store.standing import awards_at, decisions_at, lines_at, recipients_at, returns_at, seeing_all
from grants.store.transaction import Gate
from tests.database import Database, looking
from tests.grants.actions.cast import REAL_PLAN, decide, opened, person
from tests.grants.actions.stage import OLDHAM, TERMS
from tests.grants.standing import everything
from tests.reports.ledger import AWARD, LINE, Line, Record

Q1 = "2025-26-Q1"


@pytest_asyncio.fixture
async def gate(fresh_database: Database) -> AsyncIterator[Gate]:
    async with opened(fresh_database) as found:
        yield found


class Remembered:
    """Places, and what was told of each while it was the newest."""

    def __init__(self, gate: Gate) -> None:
        self.gate = gate
        self.told: dict[AsAt, tuple[object, ...]] = {}

    async def here(self) -> AsAt:
        """Remembers the newest place."""
        async with looking(self.gate) as db:
            at = await ledger.head(db)
            self.told[at] = await everything(db, at)
        return at

    async def check(self) -> None:
        """Each place is told as it was."""
        assert len(self.told) > 1
        async with looking(self.gate) as db:
            for at, told in self.told.items():
                for was, now in zip(told, await everything(db, at), strict=True):
                    assert now == was, at


STAFF = replace(TERMS.budget[0], pence=70_000_00)
MORE = replace(
    TERMS,
    purpose="Another purpose",
    do_not_publish="A reason",
    budget=(STAFF, TERMS.budget[1]),
    profile=(TERMS.profile[0], replace(TERMS.profile[1], pence=60_000_00)),
)
FACTS = LineFacts(title="New title", do_not_publish="Sensitive", announced_pence=1, year_basis=YearBasis.STATED)
DECIDED = (
    AmendLine(LINE, FACTS),
    Vary(AWARD, MORE),
    AmendLine(LINE, LineFacts(title="Newest title")),
    AmendLine("CAID", LineFacts(do_not_publish=None, year="2026-27")),
    Pay(AWARD, "2025-26", 10_00, date(2025, 4, 2), instalment=1),
    Vire(LINE, "AUDIT-PANEL", "2025-26", 5),
    AddLine("NEW", "WIDER-CSA", "A line", "", 5, "2026-27", YearBasis.STATED, "x"),
    MakeAward("LI-OLDHAM-02", LINE, OLDHAM.id, TERMS),
    Withdraw("LI-OLDHAM-02"),
)


async def test_what_is_done_later_changes_nothing_of_an_earlier_place(gate: Gate) -> None:
    remembered = Remembered(gate)
    await remembered.here()
    record = await Record.set_up(gate)
    first = await remembered.here()
    for deed in DECIDED:
        await decide(record.gate, record.stage.lead, record.stage.approver, deed)
        await remembered.here()
    async with gate.deed(OPERATOR) as tx:
        await add_recipient(tx, NewRecipient("GB-CHC-1", "A charity", RecipientKind.CHARITY))
    await remembered.here()
    await _returns(record, remembered)
    async with gate.deed(record.stage.lead) as tx:
        waiting = await propose(tx, Vire(LINE, "AUDIT-PANEL", "2025-26", 7), "Needed")
    await remembered.here()
    async with gate.deed(record.stage.approver) as tx:
        await decline(tx, waiting.id, "No")
    await record.reopen(await _return(gate, "2025-26-Q2"))
    await remembered.here()
    await remembered.check()
    await _check_ends(gate, first)


async def _returns(record: Record, remembered: Remembered) -> None:
    found = await record.submit(Q1, [Line(100_00)])
    await remembered.here()
    await record.certify(found)
    await remembered.here()
    await record.accept("2025-26-Q2", [Line(5_00)])
    async with record.gate.deed(record.stage.lead) as tx:
        await move_award(tx, AWARD, AwardState.SUSPENDED, "Wait")
    await remembered.here()


async def _check_ends(gate: Gate, first: AsAt) -> None:
    """The first place is as it was then, and the newest is what stands today."""
    async with looking(gate) as db:
        at = await ledger.head(db)
        assert await lines_at(db, at) == await plan.funding_lines(db)
        (line,) = await lines_at(db, first, Filters(funding_line=LINE))
        assert (line.title, line.do_not_publish) == (REAL_PLAN.funding_lines[1].title, None)
        (award, other) = await awards_at(db, at, Filters(funding_line=LINE))
        assert (award.state, award.terms.purpose, award.do_not_publish) == ("suspended", "Another purpose", "Sensitive")
        assert (award.line_title, award.recipient_name, award.programme) == ("Newest title", OLDHAM.name, "ACTION-PLAN")
        assert (other.state, other.terms_version) == ("withdrawn", 1)
        (then,) = await awards_at(db, first)
        assert (then.state, then.terms, then.do_not_publish) == ("active", TERMS, None)


async def _return(gate: Gate, period: str) -> UUID:
    async with looking(gate) as db:
        found: UUID = await db.fetchval("SELECT id FROM spend_return WHERE period = $1", period)
    return found


async def test_a_return_is_told_with_its_versions_and_steps(gate: Gate) -> None:
    record = await Record.set_up(gate)
    found = await record.submit(Q1, [Line(100_00), Line(1_00)], {"2025-26-Q3": 9_00})
    async with looking(gate) as db:
        uploaded = await ledger.head(db)
    await record.certify(found)
    async with gate.deed(record.stage.lead) as tx:
        await accept(tx, found)
        accepted_at = tx.now
    await record.reopen(found)
    async with looking(gate) as db:
        one, two = await returns_at(db, uploaded)
        assert (one.state, one.version, one.certifier, one.submitted_at) == (ReturnState.READY, 1, None, None)
        assert (two.state, two.version, two.versions, two.newest) == (ReturnState.DUE, 0, (), None)
        assert one.newest is not None
        assert (one.newest.total_pence, one.newest.line_count, one.newest.certifier) == (101_00, 2, None)
        assert one.days_late(date(2025, 7, 28)) == 0
        assert two.days_late(two.due_on.replace(day=two.due_on.day + 1)) == 1
        (now,) = await returns_at(db, await ledger.head(db), Filters(period=Q1))
        assert [event.deed for event in now.events] == ["opened", "checked_good", "certify", "accept", "reopen"]
        assert (now.state, now.accepted, now.submitted_at) == (ReturnState.REOPENED, None, None)
        assert (now.certifier, now.certifier_role) == ("C. Ertifier", "Section 151 officer")
        assert now.reviewer == record.stage.lead.name
        before = AsAt(uploaded.entry_no, now.events[-2].journal_no)
        (was,) = await returns_at(db, before, Filters(period="2025-26-Q1"))
        assert was.accepted == was.newest
        assert was.submitted_at is not None
        assert was.submitted_at <= accepted_at


async def test_a_decision_is_told_as_far_as_it_was(gate: Gate) -> None:
    record = await Record.set_up(gate)
    async with gate.deed(record.stage.lead) as tx:
        proposed = await propose(tx, Vire(LINE, "TOEX", "2025-26", 7), "Needed")
    async with looking(gate) as db:
        waiting = await ledger.head(db)
    async with gate.deed(record.stage.approver) as tx:
        await approve(tx, proposed.id, "Agreed")
    async with looking(gate) as db:
        now = await ledger.head(db)
        before, after = [
            {found.id: found for found in await decisions_at(db, at)}[proposed.id] for at in (waiting, now)
        ]
        assert (before.state, before.decided_by, before.entries) == (DecisionState.PROPOSED, None, ())
        assert (after.state, after.decided_by, after.entries) == (
            DecisionState.APPROVED,
            record.stage.approver.name,
            (now.entry_no,),
        )
        assert (after.proposed_by, after.reason, after.decision_reason) == (record.stage.lead.name, "Needed", "Agreed")
        kinds = {
            filters: [found.kind.value for found in await decisions_at(db, now, filters)]
            for filters in (
                Filters(funding_line="TOEX"),
                Filters(recipient=OLDHAM.id),
                Filters(funding_line=LINE),
                Filters(programme="WIDER-CSA"),
            )
        }
        assert list(kinds.values()) == [
            ["open_plan", "vire"],
            ["award"],
            ["open_plan", "award", "vire"],
            ["open_plan"],
        ]


async def test_who_may_not_read_all_is_told_nothing_unless_somebody_who_may_reads_for_them(gate: Gate) -> None:
    record = await Record.set_up(gate)
    auditor = await person(gate, Role.AUDITOR, "ACTION-PLAN")
    lead = record.stage.lead
    for actor in (auditor, lead):
        async with gate.reading(actor) as view:
            at = await ledger.head(view.db)
            for read in (lines_at, awards_at, decisions_at, recipients_at, returns_at):
                with pytest.raises(RuleBroken):
                    await read(view.db, at)
            async with seeing_all(view, SCHEDULER) as db:
                assert len(await awards_at(db, at)) == 1
            with pytest.raises(RuleBroken):  # their own sight is back
                await awards_at(view.db, at)

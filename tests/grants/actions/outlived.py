"""An award whose years are over beside one whose years are not, put on the record by the real actions."""

from dataclasses import replace
from datetime import date
from typing import Any

import msgspec

from grants.actions.awards import move_award
from grants.actions.decisions import approve, propose
from grants.actions.matchings import confirm
from grants.actions.people import OPERATOR
from grants.actions.proof import verify
from grants.actions.returns import Certificate, Reason, accept, certify, explain
from grants.actions.submissions import Upload, submit
from grants.domain.awards import AwardState, BudgetLine, CostCategory, Instalment
from grants.domain.decisions import Allocate, ReviewAward, ReviewOutcome
from grants.domain.matchings import CodeMeaning, Constants, DateOrder, Field, Matching, SignRule
from grants.store.evidence_files import Line
from grants.store.transaction import Gate
from tests.database import Database
from tests.grants.actions import cast
from tests.grants.actions.stage import TERMS, Stage
from tests.grants.evidence_record import add_evidence
from tests.grants.full_record import checked
from tests.grants.store.record import connected

OLD, NEW = "LI-OLD-01", "LI-NEW-01"


def terms(year: int, **changed: Any) -> Any:
    code = f"{year}-{(year + 1) % 100:02}"
    return msgspec.structs.replace(
        TERMS,
        start=date(year, 4, 1),
        end=date(year + 1, 3, 31),
        budget=(BudgetLine(code, CostCategory.TRAVEL, 40_000_00),),
        profile=(Instalment(1, date(year, 4, 1), code, 40_000_00),),
        **changed,
    )


def matching(words: str) -> Matching:
    """How a ledger is read whose payee, and what a code is for, somebody typed."""
    columns = {Field.SPENT_ON: "A", Field.NET: "B", Field.CODE: "C"}
    said = Constants(reference=words, description=words, payee=words)
    codes: dict[str, CodeMeaning | None] = {words: CodeMeaning(CostCategory.TRAVEL)}
    return Matching("Ledger", ("date", "net", "code"), columns, SignRule.AS_TYPED, DateOrder.DAY_FIRST, codes, said)


async def lived(stage: Stage, reference: str, year: int, **changed: Any) -> None:
    """An award from its beginning to its end, with one return of four lines and a warning, and its review."""
    code = f"{year}-{(year + 1) % 100:02}"
    await cast.decide(stage.gate, stage.lead, stage.approver, Allocate("LOCAL-INQUIRIES", code, 40_000_00))
    await stage.award(reference, "LOCAL-INQUIRIES", terms(year, **changed))
    await stage.round("ACTION-PLAN", f"{code}-Q1")
    async with stage.gate.deed(stage.officer) as tx:
        read_by = await confirm(tx, reference, matching(f"Payee of {reference}"))
        await confirm(tx, reference, matching(f"Payee of {NEW}"))
    async with stage.gate.deed(stage.officer) as tx:
        upload = Upload("secret.xlsx", f"workbook of {reference}".encode(), "Ours")
        found = await submit(tx, reference, f"{code}-Q1", upload, replace(checked(4), matching_id=read_by.id))
    async with stage.gate.deed(stage.officer) as tx:
        await explain(tx, found.id, [Reason(1, "The fares went up, because we must")])
    await add_evidence(stage.gate, stage.officer, found.id, Line("R1"))
    async with stage.gate.deed(stage.certifier) as tx:
        await certify(tx, found.id, Certificate("Cat Certifier", "Section 151 officer", declaration=True))
    async with stage.gate.deed(stage.lead) as tx:
        await accept(tx, found.id, "Looks right")
    async with stage.gate.deed(stage.lead) as tx:
        review = await propose(tx, ReviewAward(reference, code, ReviewOutcome.CONTINUE), f"Review of {reference}")
    async with stage.gate.deed(stage.approver) as tx:
        await approve(tx, review.id, f"Review of {reference}")
    for state in (AwardState.FINAL_RETURN_DUE, AwardState.RECONCILED, AwardState.CLOSED):
        async with stage.gate.deed(stage.lead) as tx:
            await move_award(tx, reference, state, "because we must")


async def fill(database: Database) -> None:
    async with cast.opened(database) as gate:
        stage = await Stage.set_up(gate)
        await cast.load(gate)
        await lived(stage, OLD, 2015)
        await lived(stage, NEW, 2025)


async def faults(gate: Gate) -> tuple[str, ...]:
    async with gate.reading(OPERATOR) as view:
        return (await verify(view)).faults


async def tamper(database: Database, change: str) -> None:
    async with connected(database.admin_dsn) as admin:
        await admin.execute("SET session_replication_role = replica")
        await admin.execute(change)

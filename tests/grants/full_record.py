"""A database in which every table has rows, put there by the real actions: what backups and proofs are tried on."""

import hashlib
from dataclasses import replace
from datetime import date, timedelta
from io import BytesIO
from typing import Any, Final
from uuid import UUID

import asyncpg
from msgspec import convert

from grants.actions.decisions import propose
from grants.actions.matchings import confirm
from grants.actions.people import OPERATOR, add_person
from grants.actions.register_loads import load
from grants.actions.reports import NewRun, NewSchedule, add_schedule, ask_for_run
from grants.actions.returns import Certificate, Reason, accept, certify, explain, reopen
from grants.actions.submissions import Checked, Upload, submit
from grants.actions.tokens import create_token
from grants.domain.access import Deed, Role
from grants.domain.awards import CostCategory
from grants.domain.decisions import Allocate, Pay, Reverse
from grants.domain.matchings import Matching
from grants.domain.plan import Rag
from grants.domain.registers import PaymentEntry, ReadRegister, RegisterKind
from grants.domain.return_documents import Asset, Declaration, Documents, MilestoneReport
from grants.domain.returns import CategoryForecast, CategoryTotal, Problem, Severity
from grants.domain.schedules import Every, Offer, Rule
from grants.store import report_claims, tables
from grants.store.evidence_files import Line
from grants.store.journal import record
from grants.store.reports import FileRow
from grants.store.transaction import Gate, Tx
from grants.web.examples import EXAMPLES
from tests.database import looking
from tests.grants.actions import cast
from tests.grants.actions.stage import KIND, OLDHAM, Stage
from tests.grants.evidence_record import add_evidence

AWARD: Final = "LI-OLDHAM-01"
OFFERS: Final = {"position": Offer("position", "Position", "Where the money is", "Everybody", frozenset())}
COLUMNS: Final = (
    *("row", "sheet", "cell", "reference", "category", "description", "payee", "spent_on", "budget_kind"),
    *("net_pence", "vat_pence", "accrual", "evidence", "fingerprint"),
)
MATCHING: Final = convert(EXAMPLES["Matching"], Matching)
REPORT: Final = b"PK a report's bytes, as they were made"


def checked(lines: int) -> Checked:
    """A good return of travel lines, £12.34 each, with one warning."""
    rows = [
        f"{row}\tSpend\tG{row}\tR{row}\ttravel_and_subsistence\tFare to \\\\ Zürich\\tand back\tRail “Ltd”\t2025-05-0{row % 9 + 1}\t"
        f"rdel_programme\t1234\t0\tf\tE{row}\t{row * 7919}\n"
        for row in range(1, lines + 1)
    ]
    return Checked(
        problems=(Problem("unusual", Severity.WARNING, "Spend", "G1", "Explain this.", "12.34"),),
        totals=(CategoryTotal(CostCategory.TRAVEL, KIND, 1234 * lines),),
        forecasts=(CategoryForecast(CostCategory.TRAVEL, KIND, "2025-26-Q2", 5000, "F7"),),
        header={"prepared_by": "Pat Preparer"},
        lines="".join(rows).encode(),
        line_columns=COLUMNS,
        line_count=lines,
        parser_version="1.0",
        template_version="2",
        documents=Documents(
            "Accruals",
            (MilestoneReport("Hearings begin", None, date(2026, 1, 1), None, Rag.RED, "To Zürich", "C6"),),
            (Asset("R1", "A case for the fares", date(2025, 5, 1), 1234, "Zürich", "S-1", None, None, "D6"),),
            (Declaration("records_kept", "Records are kept", answer=True, cell="B16"),),
        ),
    )


async def fill(gate: Gate) -> None:
    """Makes the record: the plan, an award, a payment, a return accepted, reopened and accepted again, a report."""
    stage = await Stage.set_up(gate)
    await cast.load(gate)
    await stage.award(AWARD, "LOCAL-INQUIRIES")
    await cast.decide(
        gate, stage.lead, stage.approver, Pay(AWARD, "2025-26", 50_000_00, date(2025, 5, 1), instalment=1)
    )
    await _load(stage)
    allocated = await cast.decide(gate, stage.lead, stage.approver, Allocate("CAID", "2026-27", 5))
    async with looking(gate) as db:
        number = await db.fetchval("SELECT number FROM entry WHERE decision_id = $1", allocated)
    await cast.decide(gate, stage.lead, stage.approver, Reverse(number))
    async with gate.deed(stage.lead) as tx:
        await propose(tx, Allocate("CAID", "2025-26", 5), "Waiting for the second person")
    async with gate.deed(OPERATOR) as tx:
        await add_person(tx, "olive@example.org", "Olive Officer", [(Role.FINANCE_OFFICER, [OLDHAM.id])])
    await stage.round("ACTION-PLAN", "2025-26-Q1")
    async with gate.deed(stage.officer) as tx:
        await confirm(tx, AWARD, MATCHING)
    for version, lines in enumerate((3, 4), start=1):
        await _accept(stage, lines, f"workbook {version}".encode())
    await _report(stage)


async def _load(stage: Stage) -> None:
    """A payment file: one payment that is expected, and one that is not; and a register with a problem."""
    rows = (
        PaymentEntry("Payments", 6, "C6", AWARD, date(2025, 10, 1), 50_000_00, "T-1"),
        PaymentEntry("Payments", 7, "C7", AWARD, date(2025, 10, 2), 12_34, "T-2"),
    )
    odd = Problem("no_rows", Severity.ERROR, "Awards", "A6", "There are no rows.")
    async with stage.gate.deed(stage.lead) as tx:
        await load(tx, Upload("payments.csv", b"as it came"), ReadRegister(RegisterKind.PAYMENTS, "1.0", payments=rows))
    async with stage.gate.deed(stage.lead) as tx:
        await load(tx, Upload("awards.csv", b"as it"), ReadRegister(RegisterKind.AWARDS, "1.0", problems=(odd,)))


async def _accept(stage: Stage, lines: int, content: bytes) -> None:
    gate = stage.gate
    async with gate.deed(stage.officer) as tx:
        found = await submit(tx, AWARD, "2025-26-Q1", Upload("return.xlsx", content, "Ours"), checked(lines))
    async with gate.deed(stage.officer) as tx:
        await explain(tx, found.id, [Reason(1, "The fares went up")])
    if lines == 3:
        await add_evidence(gate, stage.officer, found.id, Line("R1"))
    async with gate.deed(stage.certifier) as tx:
        await certify(tx, found.id, Certificate("Cat Certifier", "Section 151 officer", declaration=True))
    async with gate.deed(stage.lead) as tx:
        await accept(tx, found.id, "Looks right")
    if lines == 3:
        async with gate.deed(stage.lead) as tx:
            await reopen(tx, found.id, "A line was missing")


async def _report(stage: Stage) -> None:
    gate = stage.gate
    async with gate.deed(stage.lead) as tx:
        await add_schedule(tx, OFFERS, NewSchedule("position", "Each quarter", Rule(Every.QUARTER)))
        await ask_for_run(tx, OFFERS, NewRun("position"))
    async with gate.deed(stage.lead) as tx:
        claim = await report_claims.claim(tx)
        assert claim is not None
        file = FileRow("xlsx", "position.xlsx", hashlib.sha256(REPORT).hexdigest(), len(REPORT))
        await report_claims.add_file(tx, claim.run.id, file, BytesIO(REPORT))
        assert await report_claims.finish(tx, claim, 1, is_example=False)
        after = {"sha256": {file.format: file.sha256}}
        await record(tx, Deed.MAKE_REPORT, "report_run", str(claim.run.id), after=after)
    async with gate.deed(OPERATOR) as tx:
        journal_no = await record(tx, Deed.RECORD_RESULT, "report_run", str(claim.run.id))
        found: dict[str, Any] = {"item": f"award:{AWARD}", "outcome": "differs", "finding": "It is less", "pence": 1}
        whose: dict[str, Any] = {"run_id": claim.run.id, "recorded_by": OPERATOR.id, "journal_no": journal_no}
        await tx.add(tables.SampleResult(**found, **whose))

    async def token(tx: object) -> str:
        return "made"

    await gate.once(stage.lead, "a key", b"a request", str, token)
    async with gate.deed(OPERATOR) as tx:
        ada = await add_person(tx, "ada@example.org", "Ada Auditor", [(Role.AUDITOR, None)])
        await create_token(tx, "ada@example.org")
    async with gate.signing_in() as tx:
        await _signs_in(await tx.acting_as(replace(OPERATOR, id=ada.id, grants=())), ada.id)


async def _signs_in(tx: Tx, person: UUID) -> None:
    """Every table of signing in."""
    ends = tx.now + timedelta(days=1)
    await tx.add(
        tables.Credential(person_id=person, password_hash="$argon2id$…", totp_sealed=b"sealed", totp_last_step=7),
        tables.RecoveryCode(person_id=person, sha256=b"code"),
        tables.ProviderIdentity(issuer="https://id.example.org", subject="ada", person_id=person),
        tables.Invitation(
            person_id=person, sha256=b"link", purpose="join", created_by=OPERATOR.id, expires_at=ends, used_at=tx.now
        ),
        tables.BrowserSession(
            person_id=person, sha256=b"cookie", signed_in_by="password", factors=2, browser="Firefox", ends_at=ends
        ),
        tables.SignInTry(key=b"an account", failures=1),
        tables.ProviderFlow(
            state_sha256=b"state", browser_sha256=b"b", provider="home", nonce="n", verifier="v", expires_at=ends
        ),
        tables.RequestBudget(person_id=person, window_at=tx.now, claimed=50),
        tables.KeptForm(person_id=person, sealed=b"sealed", created_at=tx.now),
        tables.FormAnswer(person_id=person, sealed=b"sealed", created_at=tx.now),
    )


async def contents(dsn: str) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table."""
    db = await asyncpg.connect(dsn)
    try:
        tables = await db.fetch(
            "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
        )
        return {
            table: sorted((tuple(row.values()) for row in await db.fetch(f'SELECT * FROM "{table}"')), key=repr)
            for table in sorted(row["relname"] for row in tables)
        }
    finally:
        await db.close()

"""Two programmes and two recipients with an award for each pair, and what `access.may` says of every row of theirs."""

from datetime import date
from typing import Final

from grants.actions.awards import move_award
from grants.actions.matchings import confirm
from grants.actions.people import OPERATOR
from grants.actions.reports import NewRun, NewSchedule, add_schedule, ask_for_run
from grants.actions.returns import Certificate, Reason, accept, certify, explain
from grants.actions.submissions import Upload, submit
from grants.domain.access import Actor, Deed, Role, Scope, may, narrowed_to
from grants.domain.awards import AwardState
from grants.domain.decisions import MakeAward, Pay
from grants.domain.recipients import NewRecipient, RecipientKind
from grants.domain.schedules import Every, Filters, Offer, Rule
from grants.store import recipients
from grants.store.journal import record
from grants.store.transaction import Gate
from tests.database import looking
from tests.grants.actions import cast
from tests.grants.actions.stage import OLDHAM, TERMS, Stage
from tests.grants.evidence_record import add_evidence
from tests.grants.full_record import MATCHING, checked

LEEDS: Final = NewRecipient("GB-LAE-LDS", "Leeds City Council", RecipientKind.COUNCIL)
LINES: Final = {"ACTION-PLAN": "LOCAL-INQUIRIES", "WIDER-CSA": "CAID"}
RECIPIENTS: Final = (OLDHAM.id, LEEDS.id)
PERIOD: Final = "2025-26-Q1"
OFFERS: Final = {"position": Offer("position", "Position", "Where the money is", "Everybody", frozenset({"programme"}))}


async def fill(gate: Gate) -> None:
    """Makes the record by the real actions. One award is named like a funding line of the other programme."""
    stage = await Stage.set_up(gate)
    async with gate.deed(OPERATOR) as tx:
        await recipients.add_missing(tx, [LEEDS])
        await record(tx, Deed.ADD_RECIPIENT, "recipient", LEEDS.id)
    await cast.load(gate)
    for programme, line in LINES.items():
        for recipient in RECIPIENTS:
            reference = (
                "TOEX" if (programme, recipient) == ("ACTION-PLAN", LEEDS.id) else f"{line[:4]}-{recipient[-3:]}"
            )
            await _award(stage, reference, line, recipient)
        await stage.round(programme, PERIOD)
    async with looking(gate) as db:
        awards = await db.fetch("SELECT reference, recipient_id FROM award ORDER BY reference")
    for award in awards:
        await _return(gate, stage, award["reference"], award["recipient_id"])
    async with gate.deed(stage.lead) as tx:
        await add_schedule(tx, OFFERS, NewSchedule("position", "Each quarter", Rule(Every.QUARTER)))
        for over in (*LINES, None):
            await ask_for_run(tx, OFFERS, NewRun("position", Filters(over)))


async def _award(stage: Stage, reference: str, line: str, recipient: str) -> None:
    gate = stage.gate
    await cast.decide(gate, stage.lead, stage.approver, MakeAward(reference, line, recipient, TERMS))
    for state in (AwardState.DUE_DILIGENCE, AwardState.OFFERED, AwardState.AGREED, AwardState.ACTIVE):
        async with gate.deed(stage.lead) as tx:
            await move_award(tx, reference, state, "As agreed")
    paid = Pay(reference, "2025-26", 50_000_00, date(2025, 5, 1), instalment=1)
    await cast.decide(gate, stage.lead, stage.approver, paid)


async def _return(gate: Gate, stage: Stage, award: str, recipient: str) -> None:
    officer = await cast.person(gate, Role.FINANCE_OFFICER, recipient)
    certifier = await cast.person(gate, Role.CERTIFIER, recipient)
    async with gate.deed(officer) as tx:
        found = await submit(tx, award, PERIOD, Upload("return.xlsx", award.encode(), "Ours"), checked(3))
    async with gate.deed(officer) as tx:
        await explain(tx, found.id, [Reason(1, "The fares went up")])
    async with gate.deed(officer) as tx:
        await confirm(tx, award, MATCHING)
    await add_evidence(gate, officer, found.id)
    async with gate.deed(certifier) as tx:
        await certify(tx, found.id, Certificate("Cat Certifier", "Section 151 officer", declaration=True))
    async with gate.deed(stage.lead) as tx:
        await accept(tx, found.id, "Looks right")


_AWARD = "JOIN award a ON a.reference = {} JOIN funding_line l ON l.code = a.funding_line"
_OF_RETURN = "JOIN spend_return s ON s.id = t.return_id " + _AWARD.format("s.award")
_OF_VERSION = "JOIN return_version v ON v.id = t.version_id JOIN spend_return s ON s.id = v.return_id " + _AWARD.format(
    "s.award"
)
_OWNER = (
    "LEFT JOIN award a{0} ON split_part({1}, ':', 1) <> 'line' AND a{0}.reference = split_part({1}, ':', 2) LEFT JOIN funding_line l{0} "
    "ON l{0}.code = CASE split_part({1}, ':', 1) WHEN 'line' THEN split_part({1}, ':', 2) ELSE a{0}.funding_line END"
)
BY_AWARD: Final = {
    "award": "JOIN award a ON a.reference = t.reference JOIN funding_line l ON l.code = a.funding_line",
    **dict.fromkeys(("award_terms", "payment", "forecast", "award_cover", "spend_return"), _AWARD.format("t.award")),
    **dict.fromkeys(("return_version", "return_event", "evidence_file", "evidence_content", "virus_scan"), _OF_RETURN),
    **dict.fromkeys(("workbook", "return_problem", "spend_line"), _OF_VERSION),
}
BY_PROGRAMME: Final = ("milestone", "history_event", "collection_round")
REPORTS: Final = {
    "report_schedule": "t.filters ->> 'programme', NULL FROM report_schedule t",
    "report_run": "t.filters ->> 'programme', NULL FROM report_run t",
}


def rows_and_scopes() -> dict[str, str]:
    """For each table of money a query, as the owner, of its rows with each programme and recipient that they belong to."""
    found = {
        table: f"SELECT t.ctid::text, l.programme, a.recipient_id FROM {table} t {join}"
        for table, join in BY_AWARD.items()
    }
    found |= {table: f"SELECT ctid::text, programme, NULL FROM {table}" for table in BY_PROGRAMME}
    found |= {table: f"SELECT t.ctid::text, {rest}" for table, rest in REPORTS.items()}
    found["decision"] = "SELECT ctid::text, programme, recipient_id FROM decision"
    found["funding_line"] = (
        "SELECT l.ctid::text, l.programme, NULL FROM funding_line l UNION ALL "
        "SELECT l.ctid::text, l.programme, a.recipient_id FROM funding_line l JOIN award a ON a.funding_line = l.code"
    )
    found["matching"] = (
        "SELECT t.ctid::text, l.programme, t.recipient_id FROM matching t JOIN award a ON a.recipient_id = t.recipient_id "
        "JOIN funding_line l ON l.code = a.funding_line"
    )
    found["entry"] = " UNION ALL ".join(
        f"SELECT t.ctid::text, l.programme, a.recipient_id FROM entry t {_OWNER.format('', side)}"
        for side in ("t.source", "t.target")
    )
    found["position"] = (
        f"SELECT t.ctid::text, l.programme, a.recipient_id FROM position t {_OWNER.format('', 't.account')}"
    )
    return found


def sees(actor: Actor, table: str, programme: str | None, recipient: str | None) -> bool:
    """Whether the one table of roles and deeds lets the actor see what belongs to that programme, and recipient."""
    if table in REPORTS:
        over = narrowed_to(actor, Deed.SEE_REPORTS)[0]
        return over is None or programme in over
    if programme is None:  # money that comes from nowhere in particular, and returns there
        return table == "position" and narrowed_to(actor, Deed.SEE_PLAN)[0] != frozenset()
    if recipient is None:
        return may(actor, Deed.SEE_PLAN, Scope(programme))
    return may(actor, Deed.SEE_AWARD, Scope(programme, recipient))

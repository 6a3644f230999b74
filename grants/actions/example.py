"""Example data: every state and every role, put on the record by the real actions, each by a person who may do it."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from grants.actions import returns, submissions
from grants.actions.awards import move_award
from grants.actions.decisions import approve, decline, propose
from grants.actions.example_data import ExampleAward, ExampleReturn, ExampleSchedule, example_data
from grants.actions.people import OPERATOR, SCHEDULER, add_person
from grants.actions.recipients import add_recipient
from grants.actions.reports import NewSchedule, Offers, add_schedule, ask_as_it_stood
from grants.actions.return_views import ReturnView
from grants.actions.returns import Certificate
from grants.actions.rounds import NewRound, add_round, move_round
from grants.actions.submissions import Checked, Upload
from grants.domain.access import Actor, Role
from grants.domain.awards import AwardState
from grants.domain.decisions import DecisionState, DecisionTerms, MakeAward
from grants.domain.errors import Conflict
from grants.domain.periods import london_day
from grants.domain.returns import ReturnContext, ReturnState
from grants.domain.rounds import RoundState
from grants.domain.rule_times import due_until
from grants.store import examples as stored
from grants.store import ledger
from grants.store.people import actor_by_email
from grants.store.transaction import Gate, Tx

EXAMPLE_PEOPLE: Final = example_data().person

PERIODS_BEHIND: Final = 4
"""How many periods that are over a schedule starts with."""
_NO_OFFERS: Final[Offers] = {}
_LONGEST: Final = timedelta(days=5 * 366)
FillAndCheck = Callable[[ReturnContext, ExampleReturn], Awaitable[tuple[bytes, Checked]]]
"""Fills in the template as the return says, and checks the workbook: the workbook and what the check came to."""

_TO_ACTIVE: Final = (AwardState.DUE_DILIGENCE, AwardState.OFFERED, AwardState.AGREED, AwardState.ACTIVE)


async def load_example(gate: Gate, fill_and_check: FillAndCheck, offers: Offers = _NO_OFFERS) -> bool:
    """Loads the example data where it is missing, all of it or nothing; whether it did. The plan must be there already.

    Schedules are added of the reports that `offers` names; what they owe is made by whoever wakes next.
    Raises Conflict `real_data` where the database has awards that are no examples: the ledger forgets nothing.
    """
    async with gate.deed(OPERATOR) as tx:
        await stored.queue(tx)
        if await stored.are_there(tx):
            return False
        if await stored.real_awards(tx):
            raise Conflict(
                "real_data",
                "This database has real awards, and example data cannot be taken out again. Use another one.",
            )
        cast = await _people(tx)
        for award in example_data().award:
            await _award(cast, award)
        for planned in example_data().round:
            opened = await add_round(await cast.lead(), NewRound(planned.programme, planned.period), is_example=True)
            await move_round(await cast.lead(), opened.id, RoundState.OPEN)
        reached = []
        for filled in example_data().returns:
            await _return(cast, filled, fill_and_check)
            reached.append((await ledger.head(tx.db)).entry_no)
        for decision in example_data().decision:
            await _decide(cast, decision.terms, decision.reason, decision.state, decision.answer)
        for planned_report in example_data().schedule:
            if planned_report.report in offers:
                await _schedule(await cast.holder(Role.AUDITOR), offers, planned_report, reached)
    return True


async def _schedule(auditor: Tx, offers: Offers, planned: ExampleSchedule, reached: Sequence[int]) -> None:
    """It starts so that the last few periods of its rule are due: the newest of the record as it stands, those before as it stood.

    `reached` are entry numbers, in order: how far the ledger was on the way.
    """
    rule, now = planned.rule, auditor.now
    behind = list(due_until(rule, london_day(now - _LONGEST), now))[-PERIODS_BEHIND:]
    starts_on = london_day(behind[0].at if behind else now)
    new = NewSchedule(
        planned.report, planned.title, rule, planned.filters, starts_on=starts_on, receivers=planned.receivers
    )
    added = await add_schedule(auditor, offers, new, is_example=True)
    scheduler = await auditor.acting_as(SCHEDULER)
    for number, due in enumerate(behind[:-1]):
        await ask_as_it_stood(scheduler, added.id, due.period, reached[number * len(reached) // len(behind)])


@dataclass(frozen=True)
class _Cast:
    """The one transaction, in the hands of each person by turns."""

    tx: Tx
    actors: tuple[Actor, ...]

    async def holder(self, role: Role, over: str | None = None) -> Tx:
        """The transaction in the hands of the person with that role over that recipient."""
        found = next(
            actor
            for actor in self.actors
            for grant in actor.grants
            if grant.role is role and (over is None or grant.over is None or over in grant.over)
        )
        return await self.tx.acting_as(found)

    async def lead(self) -> Tx:
        """As the programme lead."""
        return await self.holder(Role.PROGRAMME_LEAD)

    async def approver(self) -> Tx:
        """As the approver."""
        return await self.holder(Role.APPROVER)


async def _people(tx: Tx) -> _Cast:
    for recipient in example_data().recipient:
        await add_recipient(tx, recipient, is_example=True)
    actors = []
    for person in EXAMPLE_PEOPLE:
        over = [person.over] if person.over else None
        await add_person(tx, person.email, person.name, [(person.role, over)], is_example=True)
        actor = await actor_by_email(tx.db, person.email)
        if actor is not None:
            actors.append(actor)
    return _Cast(tx, tuple(actors))


async def _decide(cast: _Cast, terms: DecisionTerms, reason: str, state: DecisionState, answer: str) -> None:
    decision = await propose(await cast.lead(), terms, reason, is_example=True)
    if state is DecisionState.APPROVED:
        await approve(await cast.approver(), decision.id, answer)
    elif state is DecisionState.DECLINED:
        await decline(await cast.approver(), decision.id, answer)


async def _award(cast: _Cast, award: ExampleAward) -> None:
    terms = MakeAward(award.reference, award.funding_line, award.recipient_id, award.terms)
    await _decide(cast, terms, "An award for the example (example)", DecisionState.APPROVED, "Agreed (example)")
    for state in dict.fromkeys((*_TO_ACTIVE, award.state)):
        await move_award(await cast.lead(), award.reference, state, "As agreed (example)")


async def _return(cast: _Cast, filled: ExampleReturn, fill_and_check: FillAndCheck) -> None:
    """Uploads a return and brings it to its state."""
    recipient = next(award.recipient_id for award in example_data().award if award.reference == filled.award)
    officer = await cast.holder(Role.FINANCE_OFFICER, recipient)
    context = await submissions.context_for_upload(officer, filled.award, filled.period)
    content, checked = await fill_and_check(context, filled)
    upload = Upload(f"{filled.award} {filled.period} (example).xlsx", content, "Example data")
    if filled.state is ReturnState.CHECKING:
        view = await submissions.begin(officer, filled.award, filled.period, upload)
    else:
        view = await submissions.submit(officer, filled.award, filled.period, upload, checked)
    for step in _STEPS.get(filled.state, ()):
        view = await step(cast, recipient, view.id, filled.message)
    if view.state is not filled.state:
        raise Conflict("example", f"The example return {filled.award}/{filled.period} came out as {view.state}.")


async def _certify(cast: _Cast, recipient: str, return_id: UUID, message: str) -> ReturnView:
    certifier = await cast.holder(Role.CERTIFIER, recipient)
    certificate = Certificate(certifier.actor.name, "Chief finance officer (example)", declaration=True)
    return await returns.certify(certifier, return_id, certificate)


async def _decline(cast: _Cast, recipient: str, return_id: UUID, message: str) -> ReturnView:
    return await returns.decline_to_certify(await cast.holder(Role.CERTIFIER, recipient), return_id, message)


async def _start_review(cast: _Cast, recipient: str, return_id: UUID, message: str) -> ReturnView:
    return await returns.start_review(await cast.lead(), return_id)


async def _request_changes(cast: _Cast, recipient: str, return_id: UUID, message: str) -> ReturnView:
    return await returns.request_changes(await cast.lead(), return_id, message)


async def _accept(cast: _Cast, recipient: str, return_id: UUID, message: str) -> ReturnView:
    return await returns.accept(await cast.lead(), return_id, "Agrees with the plan (example)")


async def _reopen(cast: _Cast, recipient: str, return_id: UUID, message: str) -> ReturnView:
    return await returns.reopen(await cast.lead(), return_id, message)


_Step = Callable[[_Cast, str, UUID, str], Awaitable[ReturnView]]
_STEPS: Final[dict[ReturnState, Iterable[_Step]]] = {
    ReturnState.CERTIFIER_DECLINED: (_decline,),
    ReturnState.CERTIFIED: (_certify,),
    ReturnState.IN_REVIEW: (_certify, _start_review),
    ReturnState.CHANGES_REQUESTED: (_certify, _request_changes),
    ReturnState.ACCEPTED: (_certify, _accept),
    ReturnState.REOPENED: (_certify, _accept, _reopen),
}

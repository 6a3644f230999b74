"""What somebody who proposes a decision chooses from: the lines that they may propose for, an award's payments, a milestone."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Final, TypeVar

from grants.actions.decision_scopes import scopes_of
from grants.domain.access import Deed, narrowed_to, require
from grants.domain.decisions import DecisionKind, Reverse
from grants.domain.errors import NotFound
from grants.domain.expected_payments import Expected
from grants.domain.ledger import Entry
from grants.domain.periods import london_day
from grants.domain.plan import FundingLine, Milestone, Programme
from grants.store import awards, ledger, plan, recipients, register_loads
from grants.store.awards import AwardRow
from grants.store.recipients import RecipientRow
from grants.store.transaction import View

_K = DecisionKind
T = TypeVar("T")
MEANT_MAX: Final = 6


class Subject(StrEnum):
    """What a decision is about, where that must be known before anything else can be asked."""

    AWARD = "award"
    LINE = "line"
    MILESTONE = "milestone"
    ENTRY = "entry"


SUBJECTS: Final = {
    **dict.fromkeys((_K.VARY, _K.WITHDRAW, _K.REVIEW, _K.PAY, _K.RECOVER), Subject.AWARD),
    _K.AMEND_LINE: Subject.LINE,
    _K.AMEND_MILESTONE: Subject.MILESTONE,
    _K.REVERSE: Subject.ENTRY,
}


@dataclass(frozen=True)
class Choices:
    """What there is to choose from; the subject, where the decision has one. `owed` is what the award may be paid for."""

    today: date
    programmes: Sequence[Programme] = ()
    lines: Sequence[FundingLine] = ()
    milestones: Sequence[Milestone] = ()
    award: AwardRow | None = None
    owed: Sequence[Expected] = ()
    line: FundingLine | None = None
    milestone: Milestone | None = None
    entry: Entry | None = None


async def choices_for(view: View, kind: DecisionKind, named: str) -> Choices:
    """What a form of the kind offers; `named` is its subject, or empty. Raises NotFound for a subject that is not there."""
    require(view.actor, Deed.PROPOSE)
    visible, _ = narrowed_to(view.actor, Deed.PROPOSE)
    found = Choices(
        london_day(view.now),
        await plan.programmes(view.db, visible),
        await plan.funding_lines(view.db, visible),
        await plan.milestones(view.db, visible),
    )
    subject = SUBJECTS.get(kind)
    if not named or subject is None:
        return found
    if subject is Subject.AWARD:
        return await _with_award(view, found, kind, named)
    if subject is Subject.LINE:
        return replace(found, line=_one([line for line in found.lines if line.code == named], "funding line"))
    if subject is Subject.MILESTONE:
        return replace(found, milestone=_one([each for each in found.milestones if each.code == named], "milestone"))
    return replace(found, entry=await _entry(view, named))


def _one(found: list[T], what: str) -> T:
    if not found:
        raise NotFound(what, f"There is no {what} with that code that you can propose a change to.")
    return found[0]


async def _with_award(view: View, found: Choices, kind: DecisionKind, named: str) -> Choices:
    award = await awards.find(view.db, named)
    require(view.actor, Deed.PROPOSE, award.scope, sight=Deed.SEE_AWARD)
    owed: Sequence[Expected] = ()
    if kind is _K.PAY:
        owed = (await register_loads.ground(view.db, [award.reference], [])).expected.get(award.reference, [])
    return replace(found, award=award, owed=owed)


async def _entry(view: View, typed: str) -> Entry:
    if not (typed.isascii() and typed.isdecimal() and len(typed) <= 18):
        raise NotFound("entry", "Enter the number of an entry of the ledger, such as 812.")
    number = int(typed)
    for scope in await scopes_of(view.db, Reverse(number)):
        require(view.actor, Deed.PROPOSE, scope, sight=Deed.SEE_PLAN)
    return await ledger.entry(view.db, number)


async def recipients_named(view: View, typed: str) -> list[RecipientRow]:
    """The recipients that somebody can mean: of that identifier, of that name, or else of a name that contains it."""
    require(view.actor, Deed.SEE_RECIPIENTS)
    return await recipients.named(view.db, typed, MEANT_MAX)

"""Awards to anybody, paid and taken back, by the real actions: what reports about awards are tried on."""

from dataclasses import dataclass
from datetime import date
from typing import Any

import msgspec

from grants.actions.awards import move_award
from grants.actions.people import OPERATOR
from grants.actions.recipients import add_recipient
from grants.domain.awards import AwardState, AwardTerms
from grants.domain.decisions import DecisionTerms, MakeAward, Pay, Reverse
from grants.domain.recipients import NewRecipient, RecipientKind
from grants.store.transaction import Gate
from tests.grants.actions.cast import decide
from tests.reports.ledger import Record

POLICE = NewRecipient("E23000005", "Greater Manchester police force area", RecipientKind.POLICE, {"ONS": "E23000005"})
CHARITY = NewRecipient(
    "GB-CHC-1234567",
    "A Charity",
    RecipientKind.CHARITY,
    {"GB-CHC": "1234567", "GB-COH": "01234567", "postcode": "OL1 1UT"},
)


@dataclass
class Ledger(Record):
    """A record with awards to anybody."""

    async def made(self, reference: str, line: str, recipient: str, terms: AwardTerms, *, agreed: bool = True) -> None:
        await self.decided(MakeAward(reference, line, recipient, terms))
        states = (AwardState.DUE_DILIGENCE, AwardState.OFFERED, AwardState.AGREED, AwardState.ACTIVE)
        for state in states if agreed else states[:2]:
            async with self.gate.deed(self.stage.lead) as tx:
                await move_award(tx, reference, state, "Next")

    async def paid(self, award: str, pence: int, instalment: int = 1, on: date = date(2025, 4, 2)) -> int:
        terms = Pay(award, "2025-26", pence, on, instalment=instalment)
        await self.decided(terms)
        return await self.newest_entry()

    async def reversed(self, entry_no: int) -> None:
        await self.decided(Reverse(entry_no))

    async def decided(self, terms: DecisionTerms) -> None:
        """Proposed and approved."""
        await decide(self.gate, self.stage.lead, self.stage.approver, terms)


async def ledger(gate: Gate) -> Ledger:
    """The plan, Oldham's award, and a charity and a police force in the register."""
    record = await Ledger.set_up(gate)
    assert isinstance(record, Ledger)
    async with gate.deed(OPERATOR) as tx:
        for recipient in (POLICE, CHARITY):
            await add_recipient(tx, recipient)
    return record


def replaced(terms: AwardTerms, **more: Any) -> AwardTerms:
    return msgspec.structs.replace(terms, **more)

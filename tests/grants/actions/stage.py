"""A recipient, an award and returns, put on the record by the real actions without a spreadsheet."""

from datetime import date
from uuid import UUID

from grants.actions.awards import move_award
from grants.actions.people import OPERATOR
from grants.actions.returns import Certificate, accept, certify
from grants.actions.rounds import NewRound, add_round, move_round
from grants.actions.submissions import Checked, Upload, submit
from grants.domain.access import Actor, Deed, Role
from grants.domain.awards import AwardState, AwardTerms, BudgetLine, CostCategory, Instalment, PaymentBasis
from grants.domain.decisions import MakeAward
from grants.domain.plan import BudgetKind
from grants.domain.recipients import NewRecipient, RecipientKind
from grants.domain.returns import CategoryForecast, CategoryTotal
from grants.domain.rounds import RoundState
from grants.store import recipients
from grants.store.journal import record
from grants.store.transaction import Gate
from tests.grants.actions.cast import decide, person

KIND = BudgetKind.RDEL_PROGRAMME
OLDHAM = NewRecipient("GB-LAE-OLD", "Oldham Metropolitan Borough Council", RecipientKind.COUNCIL)
TERMS = AwardTerms(
    purpose="A local inquiry",
    start=date(2025, 4, 1),
    end=date(2026, 3, 31),
    budget=(
        BudgetLine("2025-26", CostCategory.STAFF_PAY, 60_000_00),
        BudgetLine("2025-26", CostCategory.TRAVEL, 40_000_00),
    ),
    payment_basis=PaymentBasis.ADVANCE,
    profile=(
        Instalment(1, date(2025, 4, 1), "2025-26", 50_000_00),
        Instalment(2, date(2025, 10, 1), "2025-26", 50_000_00),
    ),
)


class Stage:
    """The people of the funder and of Oldham, over one gate."""

    gate: Gate
    lead: Actor
    approver: Actor
    officer: Actor
    certifier: Actor

    @classmethod
    async def set_up(cls, gate: Gate) -> "Stage":
        """Adds the people and the recipient."""
        stage = cls()
        stage.gate = gate
        async with gate.deed(OPERATOR) as tx:
            await recipients.add_missing(tx, [OLDHAM])
            await record(tx, Deed.ADD_RECIPIENT, "recipient", OLDHAM.id)
        stage.lead, stage.approver = await person(gate, Role.PROGRAMME_LEAD), await person(gate, Role.APPROVER)
        stage.officer = await person(gate, Role.FINANCE_OFFICER, OLDHAM.id)
        stage.certifier = await person(gate, Role.CERTIFIER, OLDHAM.id)
        return stage

    async def award(self, reference: str, line: str, terms: AwardTerms = TERMS) -> None:
        """An active award."""
        await decide(self.gate, self.lead, self.approver, MakeAward(reference, line, OLDHAM.id, terms))
        for state in (AwardState.DUE_DILIGENCE, AwardState.OFFERED, AwardState.AGREED, AwardState.ACTIVE):
            async with self.gate.deed(self.lead) as tx:
                await move_award(tx, reference, state, "As agreed")

    async def round(self, programme: str, period: str) -> None:
        """An open round."""
        async with self.gate.deed(self.lead) as tx:
            planned = await add_round(tx, NewRound(programme, period))
            await move_round(tx, planned.id, RoundState.OPEN)

    async def accepted(self, award: str, period: str, pence: int, rest: dict[str, int]) -> UUID:
        """An accepted return for staff pay; `rest` is the forecast by quarter."""
        checked = Checked(
            problems=(),
            totals=(CategoryTotal(CostCategory.STAFF_PAY, KIND, pence),),
            forecasts=tuple(
                CategoryForecast(CostCategory.STAFF_PAY, KIND, quarter, expected, "F7")
                for quarter, expected in rest.items()
            ),
            header={},
            lines=b"",
            line_columns=(),
            line_count=0,
            parser_version="test",
            template_version="test",
        )
        async with self.gate.deed(self.officer) as tx:
            found = await submit(
                tx, award, period, Upload("return.xlsx", f"{award} {period} {pence}".encode()), checked
            )
        async with self.gate.deed(self.certifier) as tx:
            await certify(tx, found.id, Certificate("Certifier", "Section 151 officer", declaration=True))
        async with self.gate.deed(self.lead) as tx:
            await accept(tx, found.id)
        return found.id

"""A small real ledger for reports: the real plan, an award, returns with lines, by the real actions."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby
from uuid import UUID

from grants.actions.people import OPERATOR
from grants.actions.returns import Certificate, accept, certify, reopen
from grants.actions.submissions import Checked, Upload, submit
from grants.domain.awards import CostCategory
from grants.domain.plan import BudgetKind
from grants.domain.returns import CategoryForecast, CategoryTotal, Problem
from grants.store.transaction import Gate
from tests.grants.actions.cast import load
from tests.grants.actions.stage import Stage

RDEL, CDEL = BudgetKind.RDEL_PROGRAMME, BudgetKind.CDEL_PROGRAMME
AWARD, LINE = "LI-OLDHAM-01", "LOCAL-INQUIRIES"
COLUMNS = (
    *("row", "sheet", "cell", "reference", "category", "description", "payee", "spent_on", "budget_kind"),
    *("net_pence", "vat_pence", "accrual", "evidence", "fingerprint"),
)


@dataclass(frozen=True)
class Line:
    """A line of a return; below zero it is a credit."""

    net_pence: int
    vat_pence: int = 0
    category: CostCategory = CostCategory.STAFF_PAY
    budget_kind: BudgetKind = RDEL
    payee: str = "A payee"
    description: str = "Investigators' pay"

    @property
    def part(self) -> tuple[str, str]:
        return self.category.value, self.budget_kind.value

    def copied(self, row: int) -> str:
        texts = (self.category.value, self.description, self.payee)
        safe = [text.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n") for text in texts]
        fields = [row, "Spend", f"G{row}", f"REF-{row}", *safe, "2025-05-17", self.budget_kind.value]
        return "\t".join(map(str, [*fields, self.net_pence, self.vat_pence, "f", f"invoice {row}", row])) + "\n"


def checked(lines: Sequence[Line], rest: dict[str, int] | None = None, problems: tuple[Problem, ...] = ()) -> Checked:
    """What the importers would hand over for the lines, from row 9 of the sheet on; `rest` is the forecast by quarter."""
    ordered = sorted(lines, key=lambda line: line.part)
    return Checked(
        problems=problems,
        totals=tuple(
            CategoryTotal(
                CostCategory(part[0]), BudgetKind(part[1]), sum(line.net_pence + line.vat_pence for line in group)
            )
            for part, group in groupby(ordered, key=lambda line: line.part)
        ),
        forecasts=tuple(
            CategoryForecast(CostCategory.STAFF_PAY, RDEL, quarter, pence, "F7")
            for quarter, pence in (rest or {}).items()
        ),
        header={},
        lines="".join(line.copied(row) for row, line in enumerate(lines, start=9)).encode(),
        line_columns=COLUMNS,
        line_count=len(lines),
        parser_version="test",
        template_version="test",
    )


@dataclass
class Record:
    """A stage with the real plan, and a file for each upload that no other has."""

    gate: Gate
    stage: Stage
    uploads: int = field(default=0)

    @classmethod
    async def set_up(cls, gate: Gate, *, award: bool = True) -> "Record":
        """The plan, and unless told otherwise Oldham's award of £100,000 with two open quarters."""
        await load(gate)
        record = cls(gate, await Stage.set_up(gate))
        if award:
            await record.stage.award(AWARD, LINE)
            for period in ("2025-26-Q1", "2025-26-Q2"):
                await record.stage.round("ACTION-PLAN", period)
        return record

    async def submit(
        self,
        period: str,
        lines: Sequence[Line],
        rest: dict[str, int] | None = None,
        problems: tuple[Problem, ...] = (),
        award: str = AWARD,
    ) -> UUID:
        """Uploads lines as a return's next version."""
        self.uploads += 1
        async with self.gate.deed(self.stage.officer) as tx:
            upload = Upload(f"return-{self.uploads}.xlsx", f"workbook {self.uploads}".encode())
            return (await submit(tx, award, period, upload, checked(lines, rest, problems))).id

    async def certify(self, return_id: UUID) -> None:
        async with self.gate.deed(self.stage.certifier) as tx:
            await certify(tx, return_id, Certificate("C. Ertifier", "Section 151 officer", declaration=True))

    async def accept(
        self, period: str, lines: Sequence[Line], rest: dict[str, int] | None = None, award: str = AWARD
    ) -> UUID:
        """Uploads, certifies and accepts, by three people."""
        found = await self.submit(period, lines, rest, award=award)
        await self.certify(found)
        async with self.gate.deed(self.stage.lead) as tx:
            await accept(tx, found)
        return found

    async def reopen(self, return_id: UUID) -> None:
        async with self.gate.deed(self.stage.lead) as tx:
            await reopen(tx, return_id, "A wrong line")

    async def newest_entry(self) -> int:
        """The number of the newest entry."""
        async with self.gate.reading(OPERATOR) as view:
            found: int = await view.db.fetchval("SELECT last_no FROM ledger_head")
        return found


FIRST_DAY = date(2025, 4, 1)

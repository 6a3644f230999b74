"""Checks of what whoever prepared the return declares, and of the basis of its figures."""

from collections.abc import Iterator

from grants.domain.returns import Problem
from importers.checks.facts import Facts
from importers.columns import Fault
from importers.layouts import forecast_quarters
from importers.messages import problem


def declarations_answered(facts: Facts) -> Iterator[Problem]:
    """Each declaration is answered Yes or No; a No says why."""
    fields = facts.fields
    for key, answer in facts.answers.items():
        typed, cell = fields.values[key], fields.cells[key]
        if not typed:
            yield problem("declaration_blank", fields.sheet, cell)
        elif isinstance(answer, Fault):
            yield problem(answer.code, fields.sheet, cell, typed, heading="answer")
        elif not answer:
            yield problem(f"declared_no_{key}", fields.sheet, cell, typed)


def declarations_sent(facts: Facts) -> Iterator[Problem]:
    """A file that has no place for declarations comes without any; where quarters are left to forecast, one warning says both."""
    if not facts.forecast.sent and facts.period and not forecast_quarters(facts.period):
        yield problem("declarations_not_sent", facts.forecast.sheet, "")


def basis_is_accruals(facts: Facts) -> Iterator[Problem]:
    """Amounts are told on the accruals basis. Source: Government Functional Standard for Grants (GovS 015), financial reporting."""
    fields = facts.fields
    if "basis" not in fields.cells:
        return
    typed, cell = fields.values["basis"], fields.cells["basis"]
    said = typed.casefold().strip()
    if not said:
        yield problem("blank", fields.sheet, cell, heading="basis of the amounts")
    elif said.startswith("cash"):
        yield problem("cash_basis", fields.sheet, cell, typed)
    elif not said.startswith("accrual"):
        yield problem("not_a_basis", fields.sheet, cell, typed)

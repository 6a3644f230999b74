"""What the form of a decision is, and the questions that many of them ask."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from grants.actions.decision_choices import Choices
from grants.domain.decisions import DecisionTerms
from grants.web.pages.award_grids import BUDGET_KINDS, years_around
from grants.web.pages.form_fields import Field, FieldKind

_F = FieldKind
Values = Mapping[str, Any]


@dataclass(frozen=True)
class DecisionForm:
    """A form: its fields, the terms that their answers make (raises NotRead), what they show at first.

    `places` are the fields at which refusals speak, by their codes.
    """

    fields: Callable[[Choices], Sequence[Field]]
    make: Callable[[Values, Choices], DecisionTerms]
    filled: Callable[[Choices], Mapping[str, str]] = lambda choices: {}
    places: Mapping[str, str] = field(default_factory=dict)


def lines_of(choices: Choices) -> list[tuple[str, str]]:
    return [("", "Choose a funding line"), *((line.code, f"{line.title} ({line.code})") for line in choices.lines)]


def line_field(name: str, label: str, choices: Choices, missing: str = "Choose a funding line.") -> Field:
    return Field(name, label, _F.SELECT, choices=lines_of(choices), missing=missing)


def year_field(choices: Choices, label: str = "Financial year", *, hint: str = "") -> Field:
    years = [("", "Choose a financial year"), *years_around(choices.today, choices.today)]
    return Field("year", label, _F.SELECT, choices=years, missing="Choose a financial year.", hint=hint)


def pence_field(label: str = "Amount") -> Field:
    return Field(
        "pence",
        label,
        _F.MONEY,
        called="The amount",
        missing="Enter an amount.",
        hint="For example, 150,000 or 1,234.50",
        width="10",
    )


KIND_FIELD: Final = Field(
    "budget_kind", "Budget kind", _F.SELECT, choices=BUDGET_KINDS, missing="Choose the budget kind of the money."
)

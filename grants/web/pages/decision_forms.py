"""The forms of decisions, by their kinds: what each asks, what it shows at first, and the terms that its answers make."""

from typing import Final

from grants.actions.decision_choices import Choices
from grants.domain.decisions import (
    Allocate,
    CarryForward,
    DecisionKind,
    DecisionTerms,
    Pay,
    Recover,
    Reduce,
    Reverse,
    ReviewAward,
    ReviewOutcome,
    Vire,
    Withdraw,
)
from grants.domain.money import show
from grants.domain.periods import year_of
from grants.domain.plan import BudgetKind
from grants.pages.words import period
from grants.web.pages.decision_form import (
    KIND_FIELD,
    DecisionForm,
    Values,
    line_field,
    pence_field,
    year_field,
)
from grants.web.pages.form_fields import Field, FieldKind, NotRead, typed_of, typed_pence
from grants.web.pages.plan_forms import PLAN_FORMS

_F, _K = FieldKind, DecisionKind
_LIMITS: Final = {"limit": "pence", "same_line": "to_line", "carry_forward": "year", "year": "year", "amount": "pence"}


def _of_line(make: type[Allocate | Reduce | CarryForward]) -> DecisionForm:
    hint = "The year that the money belongs to now; it goes to the next." if make is CarryForward else ""
    return DecisionForm(
        lambda choices: [
            line_field("funding_line", "Funding line", choices),
            year_field(choices, hint=hint),
            pence_field(),
            KIND_FIELD,
        ],
        lambda said, _: make(said["funding_line"], said["year"], said["pence"], BudgetKind(said["budget_kind"])),
        lambda choices: {"year": year_of(choices.today).code},
        _LIMITS,
    )


def _of_vire() -> DecisionForm:
    return DecisionForm(
        lambda choices: [
            line_field(
                "from_line", "From which funding line?", choices, "Choose the funding line that the money leaves."
            ),
            line_field("to_line", "To which funding line?", choices, "Choose the funding line that the money goes to."),
            year_field(choices),
            pence_field(),
            KIND_FIELD,
        ],
        lambda said, _: Vire(
            said["from_line"], said["to_line"], said["year"], said["pence"], BudgetKind(said["budget_kind"])
        ),
        lambda choices: {"year": year_of(choices.today).code},
        _LIMITS,
    )


def _reference(choices: Choices) -> str:
    if choices.award is None:
        raise NotRead("Choose an award first.")
    return choices.award.reference


def _owed(choices: Choices) -> list[tuple[str, str]]:
    return [
        (
            f"{one.instalment or ''}/{one.claim or ''}/{one.year}/{one.budget_kind.value}",
            f"{'The return of ' + period(one.claim) if one.claim else 'I' + one.words[1:].split(':')[0]}: {show(one.pence)} is left",
        )
        for one in choices.owed
    ]


def _pays(choices: Choices) -> list[Field]:
    return [
        Field("owed", "What is paid?", _F.RADIOS, choices=_owed(choices), missing="Choose what is paid."),
        pence_field(),
        Field(
            "paid_on",
            "When was it paid?",
            _F.DAY,
            called="The date of the payment",
            hint="For example, 27 3 2026",
            missing="Enter when it was paid.",
        ),
    ]


def _pay(said: Values, choices: Choices) -> DecisionTerms:
    instalment, claim, year, kind = said["owed"].split("/")
    return Pay(
        _reference(choices),
        year,
        said["pence"],
        said["paid_on"],
        BudgetKind(kind),
        instalment=int(instalment) if instalment else None,
        claim=claim or None,
    )


def _first_owed(choices: Choices) -> dict[str, str]:
    if not choices.owed:
        return typed_of("paid_on", choices.today)
    return {
        "owed": _owed(choices)[0][0],
        "pence": typed_pence(choices.owed[0].pence),
        **typed_of("paid_on", choices.today),
    }


def _recovers(choices: Choices) -> list[Field]:
    return [
        pence_field("How much was paid back?"),
        KIND_FIELD,
        Field(
            "recovered_on",
            "When was it paid back?",
            _F.DAY,
            called="The date of the recovery",
            hint="For example, 27 3 2026",
            missing="Enter when it was paid back.",
        ),
    ]


_OUTCOMES: Final = (
    (ReviewOutcome.CONTINUE.value, "Continue as it is"),
    (ReviewOutcome.AMEND.value, "Amend: a variation is to follow"),
    (ReviewOutcome.DISCONTINUE.value, "Discontinue: a withdrawal is to follow"),
)


def _reviews(choices: Choices) -> list[Field]:
    years: list[tuple[str, str]] = []
    if choices.award is not None:
        first, last = (year_of(day) for day in (choices.award.terms.start, choices.award.terms.end))
        span = [first]
        while span[-1] < last:
            span.append(span[-1].next())
        years = [(year.code, year.label) for year in span if year.first <= choices.today]
    return [
        Field(
            "year",
            "Which financial year was reviewed?",
            _F.RADIOS,
            choices=years,
            missing="Choose the year that was reviewed.",
        ),
        Field(
            "outcome",
            "What is to become of the award?",
            _F.RADIOS,
            choices=_OUTCOMES,
            missing="Choose what the review comes to.",
        ),
    ]


def _reverse(_: Values, choices: Choices) -> DecisionTerms:
    if choices.entry is None:
        raise NotRead("Choose an entry first.")
    return Reverse(choices.entry.number)


FORMS: Final[dict[DecisionKind, DecisionForm]] = {
    _K.ALLOCATE: _of_line(Allocate),
    _K.REDUCE: _of_line(Reduce),
    _K.CARRY_FORWARD: _of_line(CarryForward),
    _K.VIRE: _of_vire(),
    _K.WITHDRAW: DecisionForm(lambda _: (), lambda _, choices: Withdraw(_reference(choices))),
    _K.PAY: DecisionForm(
        _pays, _pay, _first_owed, {"limit": "pence", "paid_in_future": "paid_on-day", "claim_not_accepted": "owed"}
    ),
    _K.RECOVER: DecisionForm(
        _recovers,
        lambda said, choices: Recover(
            _reference(choices), said["pence"], said["recovered_on"], BudgetKind(said["budget_kind"])
        ),
        lambda choices: typed_of("recovered_on", choices.today),
        {"limit": "pence", "recovered_in_future": "recovered_on-day"},
    ),
    _K.REVERSE: DecisionForm(lambda _: (), _reverse),
    _K.REVIEW: DecisionForm(
        _reviews,
        lambda said, choices: ReviewAward(_reference(choices), said["year"], ReviewOutcome(said["outcome"])),
        places={"review_outside_award": "year", "review_too_early": "year", "reviewed": "year"},
    ),
    **PLAN_FORMS,
}
"""All but awards and their variations, which are terms_form's."""

"""The forms of decisions on what the plan says: a new funding line, a line's facts, a milestone."""

from typing import Final

from msgspec import UNSET

from grants.actions.decision_choices import Choices
from grants.domain.decisions import AddLine, AmendLine, AmendMilestone, DecisionKind, DecisionTerms, LineFacts
from grants.domain.periods import year_of
from grants.domain.plan import BudgetKind, Rag, YearBasis
from grants.web.pages.decision_form import KIND_FIELD, DecisionForm, Values, year_field
from grants.web.pages.form_fields import Field, FieldKind, NotRead, typed_of, typed_pence

_F, _K = FieldKind, DecisionKind
_CODE: Final = r"[A-Z0-9][A-Z0-9-]{1,39}"
_CODE_WRONG: Final = "must be 2 to 40 capital letters, digits and hyphens, like LOCAL-INQUIRIES."
_BASES: Final = (
    (YearBasis.STATED.value, "Stated: the source names the year"),
    (YearBasis.ASSUMED.value, "Assumed: the source does not name it"),
)


def _facts(choices: Choices) -> list[Field]:
    # What the announcement left open is not made up when something else of the line is amended.
    is_open = choices.line is not None and not choices.line.purpose
    optional, missing = (" (optional)", "") if is_open else ("", "Enter what the line is for.")
    return [
        Field("title", "Title", missing="Enter a title.", most=200),
        Field("purpose", f"What is it for?{optional}", _F.AREA, called="The purpose", missing=missing),
        Field(
            "announced_pence",
            "Announced amount",
            _F.MONEY,
            zero=True,
            missing="Enter the announced amount.",
            width="10",
        ),
        year_field(choices),
        Field(
            "year_basis",
            "Is the year stated or assumed?",
            _F.RADIOS,
            choices=_BASES,
            missing="Choose whether the year is stated or assumed.",
        ),
        Field("source", "Source", hint="A document or an address that says so", missing="Enter where this is said."),
        Field(
            "do_not_publish",
            "Why do its recipients appear in no open data? (optional)",
            called="The reason",
            hint="Leave it empty where they may appear.",
            most=500,
        ),
    ]


def _added(choices: Choices) -> list[Field]:
    programmes = [(programme.code, f"{programme.title} ({programme.code})") for programme in choices.programmes]
    code = Field(
        "code",
        "Code",
        hint="Capital letters, digits and hyphens, like LOCAL-INQUIRIES",
        missing="Enter a code.",
        pattern=_CODE,
        wrong=f"The code {_CODE_WRONG}",
        upper=True,
        width="20",
    )
    of = Field(
        "programme",
        "Programme",
        _F.SELECT,
        choices=[("", "Choose a programme"), *programmes],
        missing="Choose a programme.",
    )
    return [code, of, *_facts(choices), KIND_FIELD]


def _add_line(said: Values, _: Choices) -> DecisionTerms:
    return AddLine(
        **{**said, "year_basis": YearBasis(said["year_basis"]), "budget_kind": BudgetKind(said["budget_kind"])}
    )


def _line_as_it_is(choices: Choices) -> dict[str, str]:
    if choices.line is None:
        return {}
    shown = {"announced_pence": typed_pence(choices.line.announced_pence)}
    for name in ("title", "purpose", "year", "year_basis", "source", "do_not_publish"):
        shown |= typed_of(name, getattr(choices.line, name))
    return shown


def _amend_line(said: Values, choices: Choices) -> DecisionTerms:
    line = choices.line
    if line is None:
        raise NotRead("Choose a funding line first.")
    facts = {**said, "purpose": said["purpose"] or "", "year_basis": YearBasis(said["year_basis"])}
    changed = {name: value if value != getattr(line, name) else UNSET for name, value in facts.items()}
    if all(value is UNSET for value in changed.values()):
        raise NotRead("Change something first: this is what the plan says already.")
    return AmendLine(line.code, LineFacts(**changed))


_RATINGS: Final = (("", "None yet"), *((rag.value, rag.value.capitalize()) for rag in Rag))


def _milestone_fields(choices: Choices) -> list[Field]:
    return [
        Field(
            "forecast",
            "Forecast date (optional)",
            _F.DAY,
            hint="When it is expected to be met now. For example, 27 3 2026",
        ),
        Field("actual", "Actual date (optional)", _F.DAY, hint="When it was met. Leave it empty until it is."),
        Field("rag", "Rating", _F.SELECT, choices=_RATINGS),
        Field("comment", "Comment (optional)", _F.AREA),
    ]


def _milestone_as_it_is(choices: Choices) -> dict[str, str]:
    shown: dict[str, str] = {}
    for name in ("forecast", "actual", "rag", "comment") if choices.milestone else ():
        shown |= typed_of(name, getattr(choices.milestone, name))
    return shown


def _amend_milestone(said: Values, choices: Choices) -> DecisionTerms:
    milestone = choices.milestone
    if milestone is None:
        raise NotRead("Choose a milestone first.")
    rag = Rag(said["rag"]) if said["rag"] else None
    made = AmendMilestone(milestone.code, said["forecast"], said["actual"], rag, said["comment"] or "")
    if (made.forecast, made.actual, made.rag, made.comment) == (
        milestone.forecast,
        milestone.actual,
        milestone.rag,
        milestone.comment,
    ):
        raise NotRead("Change something first: this is what the plan says already.")
    return made


PLAN_FORMS: Final = {
    _K.ADD_LINE: DecisionForm(
        _added,
        _add_line,
        lambda choices: {"year": year_of(choices.today).code},
        {"exists": "code", "no_programme": "programme"},
    ),
    _K.AMEND_LINE: DecisionForm(_facts, _amend_line, _line_as_it_is, {"awarded_in_year": "year"}),
    _K.AMEND_MILESTONE: DecisionForm(_milestone_fields, _amend_milestone, _milestone_as_it_is),
}

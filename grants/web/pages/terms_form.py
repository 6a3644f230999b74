"""An award's terms as a form: its questions, read and filled in. Its grid and its rows are award_grids'."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from grants.domain.awards import AwardTerms, Frequency, LegalBasis, PaymentBasis, SpendDetail
from grants.domain.periods import year_of
from grants.web.pages.award_grids import blank_rows, read_rows, typed_rows
from grants.web.pages.form_fields import Field, FieldKind, read, typed_of, typed_pence
from grants.web.pages.terms_words import LEGAL_BASES

_F = FieldKind
FIELDS: Final = (
    Field("purpose", "What is the award for?", _F.AREA, called="The purpose", missing="Enter what the award is for."),
    Field(
        "start",
        "When does it start?",
        _F.DAY,
        called="The start date",
        hint="For example, 1 4 2025",
        missing="Enter when the award starts.",
    ),
    Field(
        "end",
        "When does it end?",
        _F.DAY,
        called="The end date",
        hint="For example, 31 3 2026",
        missing="Enter when the award ends.",
    ),
    Field(
        "legal_basis",
        "Legal basis",
        _F.SELECT,
        choices=tuple((basis.value, words) for basis, words in LEGAL_BASES.items()),
        missing="Choose the legal basis.",
    ),
    Field(
        "payment_basis",
        "How is it paid?",
        _F.RADIOS,
        choices=(
            (PaymentBasis.ARREARS.value, "In arrears, against accepted returns"),
            (PaymentBasis.ADVANCE.value, "In advance, by a payment profile"),
        ),
        missing="Choose whether it is paid in arrears or in advance.",
    ),
    Field(
        "frequency",
        "How often are returns due?",
        _F.RADIOS,
        choices=((Frequency.QUARTERLY.value, "Every quarter"), (Frequency.MONTHLY.value, "Every month")),
        missing="Choose how often returns are due.",
    ),
    Field(
        "detail",
        "What is one line of a return?",
        _F.RADIOS,
        choices=(
            (SpendDetail.TRANSACTIONS.value, "One transaction"),
            (SpendDetail.CATEGORIES.value, "All spend of one cost category"),
        ),
        missing="Choose what one line of a return is.",
    ),
    Field("delivery_body", "Who delivers it, if not the recipient? (optional)", called="Who delivers it", most=200),
    Field(
        "certifier_role",
        "In which office are returns certified?",
        called="The certifier's office",
        most=200,
        missing="Enter the certifier's office.",
    ),
    Field(
        "retention_years",
        "How many years are records kept?",
        _F.NUMBER,
        called="The number of years",
        least=1,
        most=99,
        missing="Enter how many years records are kept.",
        width="3",
    ),
    Field(
        "asset_threshold_pence",
        "Above which cost are assets registered?",
        _F.MONEY,
        called="The cost",
        zero=True,
        missing="Enter above which cost assets are registered.",
    ),
    Field(
        "evidence_from_pence",
        "From which amount does a line name its evidence? (optional)",
        _F.MONEY,
        called="The amount",
        hint="Leave it empty where no line has to.",
    ),
    Field(
        "virement_percent",
        "How much of a cost category may be moved without a decision?",
        _F.NUMBER,
        called="The percentage",
        hint="In per cent",
        most=100,
        missing="Enter a percentage.",
        width="3",
    ),
    Field(
        "amber_percent",
        "From which variance is a budget rated amber?",
        _F.NUMBER,
        called="The percentage",
        hint="In per cent",
        most=100,
        missing="Enter a percentage.",
        width="3",
    ),
    Field(
        "red_percent",
        "From which variance is it rated red?",
        _F.NUMBER,
        called="The percentage",
        hint="In per cent",
        most=100,
        missing="Enter a percentage.",
        width="3",
    ),
    Field(
        "ineligible",
        "What may it not pay for? (optional)",
        _F.AREA,
        called="The list",
        hint="One thing a line, such as Entertaining",
        most=10_000,
    ),
    Field(
        "do_not_publish",
        "Why is it not published? (optional)",
        called="The reason",
        hint="Leave it empty where it may be published.",
        most=500,
    ),
)
PLACES: Final = {
    "ends_before_start": "end-day",
    "thresholds_crossed": "red_percent",
    "limit": "column-0-year",
    "budget_repeated": "column-0-year",
    "budget_outside_award": "column-0-year",
    "milestone_repeated": "stone-0-title",
    "profile_in_arrears": "due-0-on",
    "instalment_repeated": "due-0-number",
    "profile_differs": "due-0-pence",
}
"""At which field a rule of terms speaks."""


def new_terms(today: date) -> dict[str, str]:
    """What a form for a new award shows at first: what most awards say, with room for a year, payments and a milestone."""
    year = year_of(today)
    shown = {
        "legal_basis": LegalBasis.LGA2003_S31.value,
        "payment_basis": PaymentBasis.ARREARS.value,
        "frequency": Frequency.QUARTERLY.value,
        "detail": SpendDetail.TRANSACTIONS.value,
        "certifier_role": "Chief finance officer",
        "retention_years": "6",
        "asset_threshold_pence": typed_pence(500_000),
        "virement_percent": "10",
        "amber_percent": "5",
        "red_percent": "10",
    }
    return shown | blank_rows((year.code, year.next().code))


def typed_terms(terms: AwardTerms) -> dict[str, str]:
    """Terms as somebody would have typed them."""
    shown: dict[str, str] = {}
    for one in FIELDS:
        value = getattr(terms, one.name)
        if one.kind is _F.MONEY:
            shown[one.name] = typed_pence(value)
        elif one.name == "ineligible":
            shown[one.name] = "\n".join(value)
        else:
            shown |= typed_of(one.name, value)
    return shown | typed_rows(terms)


def read_terms(typed: Mapping[str, str]) -> tuple[AwardTerms | None, dict[str, str]]:
    """The terms that a form says; None with what is wrong with it, by field."""
    found = read(FIELDS, typed)
    budget, profile, milestones = read_rows(typed, found)
    if not budget and not any(name.startswith("column-") for name in found.errors):
        found.errors["column-0-staff_pay"] = "Enter an amount for at least one cost category."
    if found.errors:
        return None, found.errors
    values: dict[str, Any] = found.values
    texts = {name: values[name] or "" for name in ("delivery_body",)}
    terms = AwardTerms(
        **{
            **values,
            **texts,
            "legal_basis": LegalBasis(values["legal_basis"]),
            "payment_basis": PaymentBasis(values["payment_basis"]),
            "frequency": Frequency(values["frequency"]),
            "detail": SpendDetail(values["detail"]),
            "ineligible": tuple(line.strip() for line in (values["ineligible"] or "").splitlines() if line.strip()),
            "budget": budget,
            "profile": profile,
            "milestones": milestones,
        }
    )
    return terms, {}

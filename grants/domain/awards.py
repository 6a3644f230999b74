"""Awards: their terms, budgets, payment profile, states and thresholds."""

from collections import Counter
from datetime import date
from enum import StrEnum
from typing import Annotated, Final

from msgspec import Meta, Struct

from grants.domain.errors import RuleBroken
from grants.domain.money import MAX_PENCE, show
from grants.domain.periods import parse_year, year_of
from grants.domain.plan import BudgetKind

PositivePence = Annotated[int, Meta(ge=1, le=MAX_PENCE, description="Whole pence, above zero.", examples=[123450])]
Pence = Annotated[int, Meta(ge=0, le=MAX_PENCE, description="Whole pence, zero or above.", examples=[123450])]
YearCode = Annotated[
    str, Meta(pattern=r"^[0-9]{4}-[0-9]{2}(?!\n)$", description="A financial year.", examples=["2025-26"])
]
Reference = Annotated[str, Meta(pattern=r"^[A-Z0-9][A-Z0-9-]{1,39}(?!\n)$", examples=["LI-OLDHAM-01"])]
Percent = Annotated[int, Meta(ge=0, le=100)]
Words = Annotated[str, Meta(min_length=1, max_length=2000, pattern=r"\S")]


class CostCategory(StrEnum):
    """What spend is for. The labels are the words that a return uses."""

    STAFF_PAY = "staff_pay"
    OVERTIME = "overtime"
    ON_COSTS = "on_costs"
    AGENCY = "agency_and_consultancy"
    TRAVEL = "travel_and_subsistence"
    TRAINING = "training"
    EQUIPMENT = "equipment"
    ICT = "ict"
    PREMISES = "premises"
    THIRD_PARTY = "third_party_payments"
    VICTIM_SUPPORT = "victim_and_survivor_support"
    OVERHEADS = "overheads"
    AUDIT_FEE = "audit_fee"
    CAPITAL = "capital"
    OTHER = "other"

    @property
    def label(self) -> str:
        """For people: Staff pay, ICT, Third-party payments."""
        return _CATEGORY_LABELS.get(self, self.value.replace("_", " ").capitalize())


_CATEGORY_LABELS: Final = {
    CostCategory.ON_COSTS: "On-costs",
    CostCategory.ICT: "ICT",
    CostCategory.THIRD_PARTY: "Third-party payments",
}


class LegalBasis(StrEnum):
    """The power under which the award is paid."""

    LGA2003_S31 = "LGA2003_s31"
    CHARITIES2006_S70 = "CharitiesAct2006_s70"
    POLICE1996_S46 = "PoliceAct1996_s46"
    ASBCPA2014_S143 = "ASBCPA2014_s143"
    OTHER = "other"


class PaymentBasis(StrEnum):
    """In arrears a payment answers a claim, an accepted return; in advance it answers the payment profile."""

    ARREARS = "arrears"
    ADVANCE = "advance"


class Frequency(StrEnum):
    """How often a spend return is due."""

    QUARTERLY = "quarterly"
    MONTHLY = "monthly"


class AwardState(StrEnum):
    """Where an award stands in its life."""

    ALLOCATED = "allocated"
    DUE_DILIGENCE = "due_diligence"
    OFFERED = "offered"
    AGREED = "agreed"
    ACTIVE = "active"
    FINAL_RETURN_DUE = "final_return_due"
    RECONCILED = "reconciled"
    CLOSED = "closed"
    SUSPENDED = "suspended"
    WITHDRAWN = "withdrawn"
    TERMINATED_EARLY = "terminated_early"


_S = AwardState
NEXT_STATES: Final[dict[AwardState, frozenset[AwardState]]] = {
    _S.ALLOCATED: frozenset({_S.DUE_DILIGENCE}),
    _S.DUE_DILIGENCE: frozenset({_S.OFFERED}),
    _S.OFFERED: frozenset({_S.AGREED, _S.DUE_DILIGENCE}),
    _S.AGREED: frozenset({_S.ACTIVE}),
    _S.ACTIVE: frozenset({_S.FINAL_RETURN_DUE, _S.SUSPENDED, _S.TERMINATED_EARLY}),
    _S.SUSPENDED: frozenset({_S.ACTIVE, _S.TERMINATED_EARLY}),
    _S.FINAL_RETURN_DUE: frozenset({_S.RECONCILED, _S.ACTIVE}),
    _S.TERMINATED_EARLY: frozenset({_S.RECONCILED}),
    _S.RECONCILED: frozenset({_S.CLOSED, _S.FINAL_RETURN_DUE}),
    _S.CLOSED: frozenset(),
    _S.WITHDRAWN: frozenset(),
}
"""Moves that a programme lead makes. Withdrawal is no such move: it is a decision, since money goes back."""

TAKES_RETURNS: Final = frozenset({_S.ACTIVE, _S.SUSPENDED, _S.FINAL_RETURN_DUE, _S.TERMINATED_EARLY})
TAKES_PAYMENTS: Final = frozenset({_S.ACTIVE, _S.FINAL_RETURN_DUE, _S.TERMINATED_EARLY})
TAKES_SPEND: Final = frozenset(set(_S) - {_S.CLOSED})
"""A closed award is settled: what it accounts for stays as it is."""
REVIEWABLE: Final = frozenset(set(_S) - {_S.ALLOCATED, _S.DUE_DILIGENCE, _S.OFFERED})
"""An award that nobody has agreed to yet has no year to look back on."""
WITHDRAWABLE: Final = frozenset(set(_S) - {_S.RECONCILED, _S.CLOSED, _S.WITHDRAWN})


class BudgetLine(Struct, frozen=True, forbid_unknown_fields=True):
    """Money of an award for one cost category in one financial year, of one budget kind."""

    year: YearCode
    category: CostCategory
    pence: PositivePence
    budget_kind: BudgetKind = BudgetKind.RDEL_PROGRAMME


class Instalment(Struct, frozen=True, forbid_unknown_fields=True):
    """One line of the payment profile."""

    number: Annotated[int, Meta(ge=1, le=200)]
    due_on: date
    year: YearCode
    pence: PositivePence
    budget_kind: BudgetKind = BudgetKind.RDEL_PROGRAMME


class SpendDetail(StrEnum):
    """What a line of a spend return is: one transaction, or all spend of one cost category in the period."""

    TRANSACTIONS = "transactions"
    CATEGORIES = "categories"


class AwardMilestone(Struct, frozen=True, forbid_unknown_fields=True):
    """Something that a recipient agreed to have done by its baseline date, and reports on in each return."""

    title: Annotated[str, Meta(min_length=1, max_length=200, pattern=r"\S", examples=["Hearings begin"])]
    baseline: date


class AwardTerms(Struct, frozen=True, forbid_unknown_fields=True):
    """What is agreed with a recipient. A variation is a new set of terms, never an edit.

    Capital lines above `asset_threshold_pence` are registered as assets; lines of `evidence_from_pence` or more name their
    evidence, and where it is None none has to.
    """

    purpose: Words
    start: date
    end: date
    budget: Annotated[tuple[BudgetLine, ...], Meta(min_length=1, max_length=500)]
    legal_basis: LegalBasis = LegalBasis.OTHER
    payment_basis: PaymentBasis = PaymentBasis.ARREARS
    profile: Annotated[tuple[Instalment, ...], Meta(max_length=200)] = ()
    frequency: Frequency = Frequency.QUARTERLY
    delivery_body: Annotated[str, Meta(max_length=200)] = ""
    certifier_role: Annotated[str, Meta(max_length=200)] = "Chief finance officer"
    retention_years: Annotated[int, Meta(ge=1, le=99)] = 6
    asset_threshold_pence: Pence = 500_000
    ineligible: Annotated[tuple[Annotated[str, Meta(max_length=200)], ...], Meta(max_length=50)] = ()
    virement_percent: Percent = 10
    amber_percent: Percent = 5
    red_percent: Percent = 10
    do_not_publish: Annotated[str, Meta(max_length=500)] | None = None
    detail: SpendDetail = SpendDetail.TRANSACTIONS
    evidence_from_pence: PositivePence | None = None
    milestones: Annotated[tuple[AwardMilestone, ...], Meta(max_length=50)] = ()


def awarded_by_year(terms: AwardTerms) -> dict[tuple[str, BudgetKind], int]:
    """Pence by financial year and budget kind: the sum of the budget lines, in order of year."""
    totals: Counter[tuple[str, BudgetKind]] = Counter()
    for line in sorted(terms.budget, key=lambda line: (line.year, line.budget_kind)):
        totals[line.year, line.budget_kind] += line.pence
    return dict(totals)


def check_terms(terms: AwardTerms) -> None:
    """Raises RuleBroken for terms that contradict themselves."""
    if terms.end < terms.start:
        raise RuleBroken("ends_before_start", "The end date must be on or after the start date.")
    if terms.red_percent < terms.amber_percent:
        raise RuleBroken("thresholds_crossed", "The red threshold must not be below the amber threshold.")
    keys = [(line.year, line.budget_kind, line.category) for line in terms.budget]
    if len(keys) != len(set(keys)):
        raise RuleBroken("budget_repeated", "Give one budget line for each year, budget kind and cost category.")
    titles = [" ".join(milestone.title.casefold().split()) for milestone in terms.milestones]
    if len(titles) != len(set(titles)):
        raise RuleBroken("milestone_repeated", "Give each milestone a title of its own.")
    first, last = year_of(terms.start), year_of(terms.end)
    for line in terms.budget:
        if not first <= parse_year(line.year) <= last:
            raise RuleBroken(
                "budget_outside_award", f"The budget names {line.year}, which lies outside the award's dates."
            )
    _check_profile(terms)


def _check_profile(terms: AwardTerms) -> None:
    if terms.payment_basis is PaymentBasis.ARREARS:
        if terms.profile:
            raise RuleBroken(
                "profile_in_arrears",
                "An award paid in arrears has no payment profile: it is paid against accepted returns.",
            )
        return
    numbers = [instalment.number for instalment in terms.profile]
    if len(numbers) != len(set(numbers)):
        raise RuleBroken("instalment_repeated", "Give each instalment of the payment profile a number of its own.")
    profiled: Counter[tuple[str, BudgetKind]] = Counter()
    for instalment in terms.profile:
        profiled[instalment.year, instalment.budget_kind] += instalment.pence
    awarded = awarded_by_year(terms)
    for key in awarded.keys() | profiled.keys():
        if awarded.get(key, 0) != profiled[key]:
            raise RuleBroken(
                "profile_differs",
                f"The payment profile for {key[0]} comes to {show(profiled[key])}, but the budget comes to {show(awarded.get(key, 0))}.",
                profile_pence=profiled[key],
                budget_pence=awarded.get(key, 0),
            )


def check_open(state: AwardState) -> None:
    """Raises RuleBroken for a closed award: nothing that it accounts for changes any more."""
    if state not in TAKES_SPEND:
        raise RuleBroken("award_closed", "The award is closed. What it accounts for stays as it is.")


def check_review(terms: AwardTerms, state: AwardState, year: str, today: date) -> None:
    """Raises RuleBroken for a review of a year that the award does not touch or that has not begun, or before it is agreed."""
    if state not in REVIEWABLE:
        raise RuleBroken("award_state", f"An award that is {state} cannot be reviewed yet.")
    reviewed = parse_year(year)
    if not year_of(terms.start) <= reviewed <= year_of(terms.end):
        raise RuleBroken("review_outside_award", f"{year} lies outside the award's dates. Choose one of its years.")
    if reviewed.first > today:
        raise RuleBroken("review_too_early", f"{year} has not begun. Review the award once it has.")


def check_move(state: AwardState, target: AwardState) -> None:
    """Raises RuleBroken where an award may not go from one state to the other."""
    if target not in NEXT_STATES[state]:
        allowed = ", ".join(sorted(NEXT_STATES[state])) or "none"
        raise RuleBroken("award_state", f"An award that is {state} cannot become {target}. It can become: {allowed}.")

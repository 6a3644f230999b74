"""An award's terms in words: each fact, its budget, payments and milestones; and new terms beside those that they replace."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from grants.domain.awards import AwardTerms, CostCategory, LegalBasis, awarded_by_year
from grants.domain.money import show
from grants.domain.periods import show_day
from grants.pages.words import count, period, sentence
from grants.web.pages.decision_words import Changed

T = TypeVar("T")
_CATEGORIES: Final = tuple(CostCategory)
LEGAL_BASES: Final[dict[LegalBasis, str]] = {
    LegalBasis.LGA2003_S31: "Local Government Act 2003, section 31",
    LegalBasis.CHARITIES2006_S70: "Charities Act 2006, section 70",
    LegalBasis.POLICE1996_S46: "Police Act 1996, section 46",
    LegalBasis.ASBCPA2014_S143: "Anti-social Behaviour, Crime and Policing Act 2014, section 143",
    LegalBasis.OTHER: "Another power",
}
_FACTS: Final[tuple[tuple[str, Callable[[AwardTerms], str]], ...]] = (
    ("Purpose", lambda it: it.purpose),
    ("Starts", lambda it: show_day(it.start)),
    ("Ends", lambda it: show_day(it.end)),
    ("Legal basis", lambda it: LEGAL_BASES[it.legal_basis]),
    ("Paid", lambda it: f"In {it.payment_basis.value}"),
    ("Returns", lambda it: sentence(it.frequency.value)),
    (
        "A line of a return is",
        lambda it: "One transaction" if it.detail.value == "transactions" else "All spend of one cost category",
    ),
    ("Delivered by", lambda it: it.delivery_body or "The recipient itself"),
    ("Certified by", lambda it: it.certifier_role),
    ("Records are kept for", lambda it: count(it.retention_years, "year")),
    ("Assets are registered above", lambda it: show(it.asset_threshold_pence)),
    (
        "Evidence is named from",
        lambda it: "Not asked for" if it.evidence_from_pence is None else show(it.evidence_from_pence),
    ),
    ("May be moved between cost categories", lambda it: f"{it.virement_percent}% of a category, with no decision"),
    ("Variance is rated", lambda it: f"Amber from {it.amber_percent}%, red from {it.red_percent}%"),
    ("Not paid for", lambda it: ", ".join(it.ineligible) or "Nothing is named"),
    ("Published", lambda it: "Yes" if it.do_not_publish is None else f"No: {it.do_not_publish}"),
)


@dataclass(frozen=True)
class Amounts:
    """A row of a table of amounts: what it is of, and pence before and after; None: it was not there."""

    cells: tuple[str, ...]
    before_pence: int | None
    after_pence: int | None

    @property
    def change_pence(self) -> int:
        """After less before."""
        return (self.after_pence or 0) - (self.before_pence or 0)


@dataclass(frozen=True)
class TermsShown:
    """Terms as a page shows them, beside those that they replace where there are any."""

    facts: list[Changed]
    totals: list[Amounts]
    budget: list[Amounts]
    profile: list[Amounts]
    milestones: list[Changed]
    is_compared: bool


def shown_terms(after: AwardTerms, before: AwardTerms | None = None) -> TermsShown:
    """An award's terms, marked where they differ from those before: what differs comes first."""
    facts = [_changed(label, said(before) if before else None, said(after)) for label, said in _FACTS]
    return TermsShown(
        facts=sorted(facts, key=lambda one: not one.is_changed),
        totals=_amounts(awarded_by_year(before) if before else None, awarded_by_year(after), _year_and_kind),
        budget=_amounts(_budget(before) if before else None, _budget(after), tuple),
        profile=_amounts(_profile(before) if before else None, _profile(after), tuple),
        milestones=[
            _changed(title, _baselines(before).get(title) if before else None, day)
            for title, day in _all_milestones(before, after)
        ],
        is_compared=before is not None,
    )


def _changed(label: str, before: str | None, after: str) -> Changed:
    return Changed(label, before, after, before is not None and before != after)


def _year_and_kind(key: Any) -> tuple[str, ...]:
    return period(key[0]), key[1].label


def _budget(terms: AwardTerms) -> dict[tuple[str, ...], int]:
    lines = sorted(terms.budget, key=lambda line: (line.year, line.budget_kind, _CATEGORIES.index(line.category)))
    return {(period(line.year), line.budget_kind.label, line.category.label): line.pence for line in lines}


def _profile(terms: AwardTerms) -> dict[tuple[str, ...], int]:
    due = sorted(terms.profile, key=lambda each: (each.due_on, each.number))
    return {
        (str(each.number), show_day(each.due_on), period(each.year), each.budget_kind.label): each.pence for each in due
    }


def _baselines(terms: AwardTerms | None) -> dict[str, str]:
    return {each.title: show_day(each.baseline) for each in terms.milestones} if terms else {}


def _all_milestones(before: AwardTerms | None, after: AwardTerms) -> Iterable[tuple[str, str]]:
    new = _baselines(after)
    gone = {title: "No longer agreed" for title in _baselines(before) if title not in new}
    return [*new.items(), *gone.items()]


def _amounts(
    before: Mapping[T, int] | None, after: Mapping[T, int], cells: Callable[[T], tuple[str, ...]]
) -> list[Amounts]:
    keys = dict.fromkeys([*after, *(before or {})])
    rows = [Amounts(cells(key), None if before is None else before.get(key), after.get(key)) for key in keys]
    return rows if before is None else sorted(rows, key=lambda row: not row.change_pence)

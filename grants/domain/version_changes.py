"""What differs between two versions of a return: totals, forecasts and what its header says."""

from collections.abc import Hashable, Iterable, Mapping
from typing import TypeVar

from msgspec import Struct

from grants.domain.awards import CostCategory
from grants.domain.plan import BudgetKind
from grants.domain.returns import CategoryForecast, CategoryTotal

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class TotalChange(Struct, frozen=True):
    """A cost category and budget kind whose total differs, in pence; 0 where a version has no such lines."""

    category: CostCategory
    budget_kind: BudgetKind
    before_pence: int
    after_pence: int


class ForecastChange(Struct, frozen=True):
    """A forecast that differs, in pence; null where a version has none for the quarter."""

    category: CostCategory
    budget_kind: BudgetKind
    quarter: str
    before_pence: int | None
    after_pence: int | None


class FieldChange(Struct, frozen=True):
    """Something that the sheet Return, or a reason for a variance, says differently; null where a version does not say it."""

    field: str
    before: str | None
    after: str | None


def _differing(before: Mapping[K, V], after: Mapping[K, V]) -> Iterable[K]:
    keys = dict.fromkeys([*before, *after])
    return (key for key in keys if before.get(key) != after.get(key))


def changed_totals(before: Iterable[CategoryTotal], after: Iterable[CategoryTotal]) -> list[TotalChange]:
    """The totals that differ, by category and budget kind."""
    was, now = ({(one.category, one.budget_kind): one.pence for one in totals} for totals in (before, after))
    return [
        TotalChange(*key, was.get(key, 0), now.get(key, 0))
        for key in sorted(_differing(was, now))
        if was.get(key, 0) != now.get(key, 0)
    ]


def changed_forecasts(before: Iterable[CategoryForecast], after: Iterable[CategoryForecast]) -> list[ForecastChange]:
    """The forecasts that differ, by category, budget kind and quarter; where they were typed does not count."""
    was, now = (
        {(one.category, one.budget_kind, one.quarter): one.pence for one in forecasts} for forecasts in (before, after)
    )
    return [ForecastChange(*key, was.get(key), now.get(key)) for key in sorted(_differing(was, now))]


def changed_fields(before: Mapping[str, object], after: Mapping[str, object]) -> list[FieldChange]:
    """What two headers, as they are kept, say differently: their texts, and the reasons for variances."""
    was, now = _texts(before), _texts(after)
    return [FieldChange(key, was.get(key), now.get(key)) for key in _differing(was, now)]


def _texts(header: Mapping[str, object]) -> dict[str, str]:
    texts = {name: value for name, value in header.items() if isinstance(value, str)}
    reasons = header.get("reasons")
    for one in reasons if isinstance(reasons, list) else []:
        category, kind = CostCategory(one["category"]), BudgetKind(one["budget_kind"])
        texts[f"reason for the variance of {category.label}, {kind.label}"] = one["reason"]
    return texts

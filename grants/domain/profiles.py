"""Payment profiles by cost category: how much of each instalment is for which part of the budget."""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from grants.domain.awards import AwardTerms, BudgetLine, CostCategory, Instalment
from grants.domain.plan import BudgetKind


def shares_of_profile(terms: AwardTerms) -> dict[int, dict[CostCategory, int]]:
    """Pence of each instalment, by its number, for each cost category: its share by the budget of the same year and kind.

    Shares are whole pence: those of an instalment come to it, and those of a category over all instalments come to its budget.
    """
    return {
        instalment.number: shares
        for due, budget in _by_year(terms)
        for instalment, shares in zip(due, _split([each.pence for each in due], budget), strict=True)
    }


def _by_year(terms: AwardTerms) -> Iterator[tuple[list[Instalment], list[BudgetLine]]]:
    groups: dict[tuple[str, BudgetKind], list[Instalment]] = defaultdict(list)
    for instalment in sorted(terms.profile, key=lambda each: (each.due_on, each.number)):
        groups[instalment.year, instalment.budget_kind].append(instalment)
    for key, due in groups.items():
        budget = [line for line in terms.budget if (line.year, line.budget_kind) == key]
        yield due, sorted(budget, key=lambda line: line.category)


def _split(instalments: Iterable[int], budget: list[BudgetLine]) -> Iterator[dict[CostCategory, int]]:
    """What had fallen due is split anew with each instalment, so that what is rounded away is never lost."""
    whole = sum(line.pence for line in budget)
    due, before = 0, dict.fromkeys((line.category for line in budget), 0)
    for pence in instalments:
        due += pence
        reached, now = 0, {}
        for line in budget:
            now[line.category] = due * (reached + line.pence) // whole - due * reached // whole
            reached += line.pence
        yield {category: now[category] - before[category] for category in now}
        before = now

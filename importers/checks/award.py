"""Checks of lines against the award: its budget, its dates, what was accepted before."""

from collections import Counter
from collections.abc import Iterator

from grants.domain.money import show
from grants.domain.periods import show_day
from grants.domain.plan import BudgetKind
from grants.domain.returns import Problem
from importers.checks.facts import Facts, Key
from importers.checks.places import in_column
from importers.choices import kind_label
from importers.messages import problem


def category_on_award(facts: Facts) -> Iterator[Problem]:
    """The award has a budget for each line's cost category."""
    if facts.context is None:
        return
    spend = facts.spend
    allowed = {category for category, _ in facts.budget}
    foreign = {category for category in set(spend.category.values) if category is not None} - allowed
    if foreign:
        positions = [position for position, category in enumerate(spend.category.values) if category in foreign]
        yield from in_column(
            "category_not_on_award",
            spend.sheet,
            spend.rows,
            spend.category,
            positions,
            year=facts.year,
            categories=", ".join(sorted(category.label for category in allowed)),
        )


def kind_on_award(facts: Facts) -> Iterator[Problem]:
    """The award has a budget of the line's kind, resource or capital, for its cost category."""
    spend = facts.spend
    kinds = {kind for _, kind in facts.budget}
    for code, positions in spend.budget_kind.faults.items():
        by_category: dict[object, list[int]] = {}
        for position in positions:
            by_category.setdefault(spend.category.values[position], []).append(position)
        for category, some in by_category.items():
            labels = sorted(kind_label(kind, kinds) for of, kind in facts.budget if of == category)
            yield from in_column(
                code,
                spend.sheet,
                spend.rows,
                spend.budget_kind,
                some,
                year=facts.year,
                choices=" or ".join(labels),
            )


def dates_in_award(facts: Facts) -> Iterator[Problem]:
    """Costs lie within the award. What is paid after its end may be an accrual; what was before it began may not."""
    if facts.context is None:
        return
    start, end = facts.context.award_start, facts.context.award_end
    spend = facts.spend
    if any(day < start for day in facts.days):
        early = [at for at, day in enumerate(spend.spent_on.values) if day is not None and day < start]
        yield from in_column("before_award", spend.sheet, spend.rows, spend.spent_on, early, start=show_day(start))
    if any(day > end for day in facts.days):
        pairs = enumerate(zip(spend.spent_on.values, spend.accrual.values, strict=True))
        late = [at for at, (day, accrual) in pairs if day is not None and day > end and accrual is False]
        yield from in_column("after_award", spend.sheet, spend.rows, spend.spent_on, late, end=show_day(end))


def dates_in_period(facts: Facts) -> Iterator[Problem]:
    """A date outside the return's period needs the accrual mark."""
    period, spend, context = facts.period, facts.spend, facts.context
    if period is None:
        return
    outside = {day for day in facts.days if not period.contains(day)}
    if context is not None:
        outside = {day for day in outside if context.award_start <= day <= context.award_end}
    if outside:
        pairs = enumerate(zip(spend.spent_on.values, spend.accrual.values, strict=True))
        positions = [at for at, (day, accrual) in pairs if day in outside and accrual is False]
        yield from in_column("outside_period", spend.sheet, spend.rows, spend.spent_on, positions, period=period.label)


def dates_have_come(facts: Facts) -> Iterator[Problem]:
    """What was spent was spent on a day that has come; what is still to be paid is an accrual."""
    period, spend, today = facts.period, facts.spend, facts.today
    if period is None or today is None:
        return
    ahead = {day for day in facts.days if day > today and period.contains(day)}
    if ahead:
        pairs = enumerate(zip(spend.spent_on.values, spend.accrual.values, strict=True))
        positions = [at for at, (day, accrual) in pairs if day in ahead and accrual is False]
        yield from in_column("in_future", spend.sheet, spend.rows, spend.spent_on, positions, period=period.label)


def no_repeated_lines(facts: Facts) -> Iterator[Problem]:
    """No line stands twice in the return, nor a category where each has one line. The first is left alone."""
    marks = facts.fingerprints
    if len(set(marks)) == len(marks):
        return
    seen: set[int] = set()
    again: list[int] = []
    for position, mark in enumerate(marks):
        if mark is None:
            continue
        if mark in seen:
            again.append(position)
        seen.add(mark)
    spend = facts.spend
    if facts.by_category:
        yield from in_column("category_repeated", spend.sheet, spend.rows, spend.category, again)
    else:
        yield from in_column("duplicate_line", spend.sheet, spend.rows, spend.reference, again)


def spend_within_award(facts: Facts) -> Iterator[Problem]:
    """Accepted and claimed spend stays within the award, by year and budget kind."""
    if facts.context is None:
        return
    budget, to_date = _by_kind(facts.budget), _by_kind(facts.accepted)
    claimed = _by_kind(facts.totals)
    for kind in sorted(claimed):
        total = to_date[kind] + claimed[kind]
        if total > budget[kind] and claimed[kind] > 0:
            yield problem(
                "over_award",
                facts.spend.sheet,
                _amounts(facts),
                to_date=show(total),
                budget=show(budget[kind]),
                over=show(total - budget[kind]),
                kind=kind.label,
                year=facts.year,
            )


def spend_within_categories(facts: Facts) -> Iterator[Problem]:
    """Accepted and claimed spend stays within each category's budget, or within what may be moved between them."""
    if facts.context is None:
        return
    percent = facts.context.virement_percent
    for key in sorted(facts.totals):
        budget, total = facts.budget[key], facts.accepted[key] + facts.totals[key]
        if total <= budget or facts.totals[key] <= 0 or not budget:
            continue
        above = (total - budget) * 100 > budget * percent
        yield _about_category(
            facts,
            "over_category" if above else "over_category_within",
            key,
            to_date=show(total),
            budget=show(budget),
            over=show(total - budget),
            percent=percent,
        )


def credits_within_spend(facts: Facts) -> Iterator[Problem]:
    """Credits do not exceed what was spent: spend to date in a category is never below zero."""
    if not facts.whole:
        return
    for key in sorted(facts.totals):
        total = facts.accepted[key] + facts.totals[key]
        if total < 0:
            yield _about_category(facts, "below_zero", key, to_date=show(total))


def _about_category(facts: Facts, code: str, key: Key, **figures: object) -> Problem:
    """At the category's row on the sheet of forecasts, where spend to date stands; else at the amounts."""
    category, kind = key
    row = facts.forecast.rows.get(key)
    letter = facts.forecast.letters.get("to_date")
    sheet, cell = facts.spend.sheet, _amounts(facts)
    if row is not None and letter:
        sheet, cell = facts.forecast.sheet, f"{letter}{row.number}"
    return problem(code, sheet, cell, value="", category=category.label, kind=kind.label, **figures)


def _by_kind(totals: Counter[Key]) -> Counter[BudgetKind]:
    by_kind: Counter[BudgetKind] = Counter()
    for (_, kind), pence in totals.items():
        by_kind[kind] += pence
    return by_kind


def _amounts(facts: Facts) -> str:
    """All cells that hold net amounts."""
    spend = facts.spend
    if not spend.rows:
        return ""
    first, last = f"{spend.net.letter}{spend.rows[0]}", f"{spend.net.letter}{spend.rows[-1]}"
    return first if first == last else f"{first}:{last}"

"""Checks of assets: what was bought above the award's threshold is registered, stays so, and its disposal is told."""

from collections import Counter
from collections.abc import Iterator

from grants.domain.awards import SpendDetail
from grants.domain.money import show
from grants.domain.periods import show_day
from grants.domain.returns import Problem
from importers.checks.facts import Facts
from importers.checks.places import in_column, unreadable
from importers.documents import Assets
from importers.messages import problem


def assets_readable(facts: Facts) -> Iterator[Problem]:
    """What an asset needs is filled in: its description, its cost as money, real dates, where it is."""
    if facts.assets is not None:
        yield from unreadable(facts.assets.sheet, facts.assets.rows, facts.assets.typed)


def assets_bought_in_award(facts: Facts) -> Iterator[Problem]:
    """Assets were bought within the award, on a day that has come, for a cost above zero."""
    assets, context = facts.assets, facts.context
    if assets is None:
        return
    free = [at for at, pence in enumerate(assets.cost.values) if pence is not None and pence <= 0]
    yield from in_column("asset_cost", assets.sheet, assets.rows, assets.cost, free)
    if context is None:
        return
    start, end, today = context.award_start, context.award_end, context.today
    days = [(at, day) for at, day in enumerate(assets.acquired_on.values) if day is not None]
    outside = [at for at, day in days if not start <= day <= end]
    early = [at for at, day in days if today is not None and start <= day <= end and day > today]
    at_dates = (assets.sheet, assets.rows, assets.acquired_on)
    yield from in_column("asset_outside_award", *at_dates, outside, start=show_day(start), end=show_day(end))
    yield from in_column("not_yet", *at_dates, early, heading="date bought")


def assets_registered(facts: Facts) -> Iterator[Problem]:
    """Each capital line above the award's threshold has an asset: of its reference, or of its date and amount.

    Nothing is asked where one line is all spend of a category, nor where the cells that tell which asset is which line's are
    themselves wrong.
    """
    context, assets, spend = facts.context, facts.assets, facts.spend
    if context is None or context.asset_threshold_pence is None or context.detail is SpendDetail.CATEGORIES:
        return
    references: set[str] = set()
    bought: set[tuple[object, object]] = set()
    if assets is not None:
        if assets.reference.faults or _in_doubt(facts, assets):
            return
        references = {reference.casefold() for reference in assets.reference.values if reference}
        bought = set(zip(assets.acquired_on.values, assets.cost.values, strict=True))

    def registered(at: int) -> bool:
        reference, day = spend.reference.values[at], spend.spent_on.values[at]
        if reference is None or day is None:
            return True  # whatever it is cannot be told
        known = reference.casefold() in references
        return known or not bought.isdisjoint(((day, facts.amounts[at]), (day, spend.net.values[at])))

    threshold = context.asset_threshold_pence
    large = [at for at, pence in enumerate(facts.amounts) if pence is not None and pence > threshold]
    kinds = spend.budget_kind.values
    missing = [at for at in large if (kind := kinds[at]) is not None and kind.capital and not registered(at)]
    code = "assets_not_sent" if assets is None else "asset_missing"
    yield from in_column(code, spend.sheet, spend.rows, spend.net, missing, threshold=show(threshold))


def _in_doubt(facts: Facts, assets: Assets) -> bool:
    """Whether a date or a cost is wrong in itself: what it should be is then unknown, and with it which asset this is."""
    if assets.acquired_on.faults or assets.cost.faults:
        return True
    return any(True for _ in assets_bought_in_award(facts))


def assets_kept(facts: Facts) -> Iterator[Problem]:
    """An asset that an earlier return told of is still there, if only to say that it was disposed of."""
    assets, context = facts.assets, facts.context
    if assets is None or context is None or _in_doubt(facts, assets):
        return
    before = Counter((asset.acquired_on, asset.pence) for asset in context.before.assets)
    gone = before - Counter(zip(assets.acquired_on.values, assets.cost.values, strict=True))  # type: ignore[arg-type]  # none is None
    for (day, pence), count in sorted(gone.items()):
        yield problem("asset_gone", assets.sheet, "", bought=show_day(day), cost=show(pence), count=count)


def disposals_told(facts: Facts) -> Iterator[Problem]:
    """What is disposed of has a date, not before it was bought and not to come, and a value, if only 0."""
    assets = facts.assets
    if assets is None:
        return
    sheet, rows, days, values = assets.sheet, assets.rows, assets.disposed_on, assets.disposal
    unread = {at for read in (days, values) for positions in read.faults.values() for at in positions}
    pairs = [pair for pair in enumerate(zip(days.values, values.values, strict=True)) if pair[0] not in unread]
    undated = [at for at, (day, value) in pairs if day is None and value is not None]
    unvalued = [at for at, (day, value) in pairs if day is not None and value is None]
    negative = [at for at, (_, value) in pairs if value is not None and value < 0]
    yield from in_column("blank", sheet, rows, days, undated, heading="date disposed of")
    yield from in_column("disposal_without_value", sheet, rows, values, unvalued)
    yield from in_column("disposal_negative", sheet, rows, values, negative)
    bought, today = assets.acquired_on.values, facts.today
    dated = [(at, day, bought[at]) for at, day in enumerate(days.values) if day is not None]
    before = [at for at, day, since in dated if since is not None and day < since]
    yield from in_column("disposed_before_bought", sheet, rows, days, before)
    early = [at for at, day, _ in dated if today is not None and day > today and at not in before]
    yield from in_column("not_yet", sheet, rows, days, early, heading="date disposed of")

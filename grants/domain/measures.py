"""The measures that figures are of: what each means, and which others it adds up or takes away."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class Measure(StrEnum):
    """A figure in pence, of a funding line, an award, a recipient or the plan, in a time and of one budget kind."""

    ANNOUNCED = "announced"
    ALLOCATED = "allocated"
    AWARDED = "awarded"
    PAID = "paid"
    SPENT = "spent"
    FORECAST = "forecast"
    UNAWARDED = "unawarded"
    UNSPENT = "unspent"
    VARIANCE = "variance"
    VARIANCE_TO_DATE = "variance_to_date"
    BUDGET = "budget"
    PROFILE = "profile"
    EXPECTED = "expected"
    CLAIMED = "claimed"
    AWAITING = "awaiting"
    DISALLOWED = "disallowed"
    ACCRUED = "accrued"
    RECOVERED = "recovered"
    UNPAID = "unpaid"
    HELD = "held"
    PAID_AGAINST_SPENT = "paid_against_spent"

    @property
    def meaning(self) -> str:
        """What the figure is, for people."""
        return _MEANINGS[self]

    @property
    def label(self) -> str:
        """For headings: Awarded."""
        return self.value.replace("_", " ").capitalize()


_M = Measure
_MEANINGS: Final = {
    _M.ANNOUNCED: "The amount in the announcement of the funding line: a fact of the plan, not money in the ledger.",
    _M.ALLOCATED: "Money that came to the funding line, less what was taken back or moved to another line or year.",
    _M.AWARDED: "Money promised to recipients, less what variations and withdrawals gave back.",
    _M.PAID: "Payments to recipients. Money recovered from them later is not taken off.",
    _M.SPENT: "Spend that accepted returns account for.",
    _M.FORECAST: "Forecast outturn: for each award its accepted spend plus what its newest accepted return expects for the rest "
    "of the year; where no return has been accepted for the year, what was awarded.",
    _M.UNAWARDED: "Allocated minus awarded: what is left on the funding line.",
    _M.UNSPENT: "Awarded minus spent: promised, and not yet accounted for by accepted returns.",
    _M.VARIANCE: "Forecast outturn minus awarded, or minus the budget of a cost category: above zero is over budget.",
    _M.VARIANCE_TO_DATE: "Spent minus profile, up to the same day: above zero is spent sooner than was planned.",
    _M.BUDGET: "What the award's terms give to its cost categories.",
    _M.PROFILE: "The instalments of the award's payment profile, by the day on which each is due. Of a cost category, its share of them "
    "by the budget of the year.",
    _M.EXPECTED: "What the newest accepted return of an award and year expects to be spent in the rest of it.",
    _M.CLAIMED: "What recipients claimed: the first version of each return that was certified since it was opened, or last reopened.",
    _M.AWAITING: "Claimed and under review: certified, and neither accepted nor sent back.",
    _M.DISALLOWED: "Claimed, and not part of the version that was accepted or is under review: claimed is spent, awaiting and disallowed.",
    _M.ACCRUED: "Lines of accepted spend that are marked as accruals: incurred in the period, paid after it.",
    _M.RECOVERED: "Money that recipients paid back, in the year of the day on which they did.",
    _M.UNPAID: "Awarded minus paid: promised, and not yet sent.",
    _M.PAID_AGAINST_SPENT: "Paid minus spent: above zero is paid ahead of what is accounted for, below zero is behind it.",
    _M.HELD: "Paid minus spent minus recovered: with recipients and not accounted for; below zero it is owed to them.",
}

OF_ENTRIES: Final = frozenset({_M.ALLOCATED, _M.AWARDED, _M.PAID, _M.SPENT, _M.RECOVERED})
"""What the ledger's entries say by themselves."""
OF_LINES: Final = frozenset({_M.ANNOUNCED, _M.ALLOCATED, _M.UNAWARDED})
"""Figures of funding lines: an award and a recipient have none."""
OF_CATEGORIES: Final = frozenset(
    {_M.SPENT, _M.FORECAST, _M.UNSPENT, _M.VARIANCE, _M.BUDGET, _M.EXPECTED, _M.PROFILE, _M.VARIANCE_TO_DATE}
    | {_M.CLAIMED, _M.AWAITING, _M.DISALLOWED, _M.ACCRUED}
)
OF_PERIODS: Final = frozenset(
    {_M.PAID, _M.SPENT, _M.RECOVERED, _M.PROFILE, _M.VARIANCE_TO_DATE}
    | {_M.CLAIMED, _M.AWAITING, _M.DISALLOWED, _M.ACCRUED}
)
"""Figures that a part of a year has; the others are those of whole years."""
_SUMS: Final[dict[Measure, dict[Measure, int]]] = {
    _M.UNAWARDED: {_M.ALLOCATED: 1, _M.AWARDED: -1},
    _M.UNSPENT: {_M.AWARDED: 1, _M.SPENT: -1},
    _M.VARIANCE: {_M.FORECAST: 1, _M.AWARDED: -1},
    _M.VARIANCE_TO_DATE: {_M.SPENT: 1, _M.PROFILE: -1},
    _M.UNPAID: {_M.AWARDED: 1, _M.PAID: -1},
    _M.PAID_AGAINST_SPENT: {_M.PAID: 1, _M.SPENT: -1},
    _M.HELD: {_M.PAID: 1, _M.SPENT: -1, _M.RECOVERED: -1},
}
_SUMS_OF_CATEGORIES: Final[dict[Measure, dict[Measure, int]]] = {
    _M.UNSPENT: {_M.BUDGET: 1, _M.SPENT: -1},
    _M.VARIANCE: {_M.FORECAST: 1, _M.BUDGET: -1},
    _M.VARIANCE_TO_DATE: {_M.SPENT: 1, _M.PROFILE: -1},
}
_IN_A_FORECAST: Final = {
    False: frozenset({_M.SPENT, _M.EXPECTED, _M.AWARDED}),
    True: frozenset({_M.SPENT, _M.EXPECTED, _M.BUDGET}),
}


def sum_of(measure: Measure, *, of_category: bool) -> Mapping[Measure, int]:
    """What a measure adds up (1) or takes away (-1); nothing for one that stands by itself."""
    return (_SUMS_OF_CATEGORIES if of_category else _SUMS).get(measure, {})


def grounds_of(measure: Measure, *, of_category: bool) -> frozenset[Measure]:
    """The measures whose own parts a measure comes to."""
    if measure is Measure.FORECAST:
        return _IN_A_FORECAST[of_category]
    sums = sum_of(measure, of_category=of_category)
    if not sums:
        return frozenset({measure})
    return frozenset().union(*(grounds_of(part, of_category=of_category) for part in sums))


def needs_journal(measure: Measure, *, of_category: bool) -> bool:
    """Whether the figure can change without an entry, so that its place is both an entry and a journal record."""
    return not grounds_of(measure, of_category=of_category) <= OF_ENTRIES

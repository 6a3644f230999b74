"""What the checks look at: one return as it was read, with the figures that several checks need, worked out once."""

import struct
from collections import Counter, defaultdict
from collections.abc import Hashable
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property, partial
from hashlib import blake2b

from grants.domain.awards import AwardMilestone, CostCategory, SpendDetail
from grants.domain.periods import Period
from grants.domain.plan import BudgetKind
from grants.domain.returns import ReturnContext
from importers.answer import Header
from importers.cells import Dialect, Hidden
from importers.choices import read_yes_no
from importers.columns import Fault, Read
from importers.documents import Assets, Milestones
from importers.forecast import Forecast
from importers.header import Read as HeaderRead
from importers.layouts import Layout
from importers.lines import Spend
from importers.matching.apply import Extracted
from importers.totals import Judged, judge

Key = tuple[CostCategory, BudgetKind]


@dataclass
class Facts:
    """A return that was read. `digest` is the file's SHA-256 in hexadecimal; `period` is None where nothing tells it.

    `milestones` and `assets` are None for a file that has no sheet for them.
    """

    layout: Layout
    fields: HeaderRead
    header: Header
    period: Period | None
    spend: Spend
    forecast: Forecast
    context: ReturnContext | None
    digest: str
    dialect: Dialect | None = None
    hidden: Hidden = field(default_factory=Hidden)
    hidden_sheets: tuple[str, ...] = ()
    extracted: Extracted | None = None
    milestones: Milestones | None = None
    assets: Assets | None = None
    amounts: list[int | None] = field(init=False)

    def __post_init__(self) -> None:
        self.amounts = self.spend.amounts()

    @cached_property
    def whole(self) -> bool:
        """Whether every line can be counted: where one cannot, figures that follow from all of them would mislead."""
        spend = self.spend
        if spend.net.faults or spend.vat.faults or spend.category.faults or spend.budget_kind.faults:
            return False
        return None not in spend.budget_kind.meanings.values()  # a category that the award has no budget for

    @cached_property
    def totals(self) -> Counter[Key]:
        """Pence by cost category and budget kind, of the lines that can be counted."""
        spend = self.spend
        sums: defaultdict[Hashable, int] = defaultdict(int)
        for pair, amount in zip(spend.budget_kind.keys, self.amounts, strict=True):
            sums[pair] += amount or 0
        meant = dict(
            zip(spend.budget_kind.keys, zip(spend.category.values, spend.budget_kind.values, strict=True), strict=True)
        )
        totals: Counter[Key] = Counter()
        for pair, (category, kind) in meant.items():
            if category is not None and kind is not None:
                totals[category, kind] += sums[pair]
        return totals

    @cached_property
    def totals_judged(self) -> list[Judged]:
        """The rows that add up others, each held against its lines."""
        spend = self.spend
        if self.extracted is not None:
            return self.extracted.judged
        if not spend.table.totals:
            return []
        sums: dict[CostCategory, tuple[int, int]] = {}

        def of_label(label: str) -> tuple[int, int] | None:
            category = next((category for category in CostCategory if category.label.casefold() in label), None)
            if category is not None and category not in sums:
                own = [at for at, of in enumerate(spend.category.values) if of is category]
                sums[category] = (
                    sum(spend.net.values[at] or 0 for at in own),
                    sum(spend.vat.values[at] or 0 for at in own),
                )
            return sums[category] if category is not None else None

        return judge(spend.table.totals, spend.net.values, spend.vat.values, spend.meaning, of_label)

    @property
    def today(self) -> date | None:
        """The day on which the return was sent; None where nothing is held against the calendar."""
        return self.context.today if self.context else None

    @cached_property
    def answers(self) -> dict[str, bool | Fault]:
        """What is declared, by the declaration's key; empty for a file that has no cells for it."""
        keys = [key for key in self.layout.declarations if key in self.fields.cells]
        return {key: read_yes_no(self.fields.values[key]) for key in keys}

    @cached_property
    def baselines(self) -> list[date | None]:
        """The baseline of each milestone: the award's own, whatever is typed, else what is typed."""
        milestones = self.milestones
        if milestones is None:
            return []
        agreed = {" ".join(one.title.casefold().split()): one.baseline for one in self.agreed_milestones}
        titles = [" ".join((title or "").casefold().split()) for title in milestones.title.values]
        return [agreed.get(title, day) for title, day in zip(titles, milestones.baseline.values, strict=True)]

    @property
    def agreed_milestones(self) -> tuple[AwardMilestone, ...]:
        """The award's milestones."""
        return self.context.milestones if self.context else ()

    @property
    def year(self) -> str:
        """The financial year in words."""
        return self.period.year.label if self.period else ""

    @cached_property
    def accepted(self) -> Counter[Key]:
        """Pence by cost category and budget kind that earlier returns of the year had accepted."""
        accepted: Counter[Key] = Counter()
        for total in self.context.accepted if self.context else ():
            accepted[total.category, total.budget_kind] += total.pence
        return accepted

    @cached_property
    def budget(self) -> Counter[Key]:
        """The award's budget for the year, in pence by cost category and budget kind."""
        budget: Counter[Key] = Counter()
        for line in self.context.budget if self.context else ():
            if self.period and line.year == self.period.year.code:
                budget[line.category, line.budget_kind] += line.pence
        return budget

    @cached_property
    def days(self) -> frozenset[date]:
        """The different days of all lines."""
        return frozenset(day for day in set(self.spend.spent_on.values) if day is not None)

    @property
    def by_category(self) -> bool:
        """Whether a line is all spend of a category: where the award asks for no more, and no ledger's own table came."""
        asked = self.context is not None and self.context.detail is SpendDetail.CATEGORIES
        return asked and self.extracted is None

    @cached_property
    def fingerprints(self) -> list[int | None]:
        """For each line 64 bits that are the same for the same reference, payee, date and amount; None if one is missing.

        Where a line is all spend of a category, it is the same for the same award, period, category and budget kind.
        """
        spend = self.spend
        if self.context is not None and self.by_category:
            pairs = zip(spend.category.values, spend.budget_kind.values, strict=True)
            name, day = f"{self.context.award}/{self.context.period}", self.context.award_start
            return [None if None in pair else fingerprint(f"{name}/{pair[0]}/{pair[1]}", "", day, 0) for pair in pairs]
        columns = (spend.reference.values, spend.payee.values, spend.spent_on.values, self.amounts)
        if any(read.faults for read in (spend.reference, spend.payee, spend.spent_on, spend.net, spend.vat)):
            return [
                None if None in line else fingerprint(*line)  # type: ignore[arg-type]  # none of them is None
                for line in zip(*columns, strict=True)
            ]
        texts = map(_casefolded, (spend.reference, spend.payee))
        keys = map("\x1f".join, zip(*texts, self.iso_days, map(str, self.amounts), strict=True))
        digests = [one.digest() for one in map(partial(blake2b, digest_size=8), map(str.encode, keys))]
        return list(struct.unpack(f"<{len(digests)}q", b"".join(digests)))

    @cached_property
    def marks(self) -> frozenset[int]:
        """The different fingerprints of all lines that have one."""
        return frozenset(mark for mark in self.fingerprints if mark is not None)

    @cached_property
    def iso_days(self) -> list[str]:
        """Every line's day as 2025-07-31; only where all of them can be read."""
        return list(map(date.isoformat, self.spend.spent_on.values))  # type: ignore[arg-type]  # as said


def _casefolded(read: Read[str]) -> list[str]:
    """A column of texts without regard to case: all at once where no text holds the bar that joins them."""
    folded = read.everything.casefold().split("|")
    if len(folded) == len(read.values):
        return folded
    return [text.casefold() for text in read.values if text is not None]


def fingerprint(reference: str, payee: str, spent_on: date, pence: int) -> int:
    """The fingerprint of one line, a signed 64-bit number: case does not count."""
    key = "\x1f".join((reference.casefold(), payee.casefold(), spent_on.isoformat(), str(pence)))
    return int.from_bytes(blake2b(key.encode(), digest_size=8).digest(), "little", signed=True)

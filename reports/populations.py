"""What audit samples are drawn from: accepted lines, payments or awards, each item with its amount, at a place in the record."""

from collections import defaultdict
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Final, Protocol

from grants.domain.awards import CostCategory
from grants.domain.figures import entry_figure, line_figure
from grants.domain.measures import Measure
from grants.domain.periods import parse_period
from grants.domain.plan import BudgetKind
from grants.domain.samples import Draw, Item, Pick, Population, Sample, seeded_for
from grants.domain.schedules import Filters
from grants.store.ledger import AsAt
from grants.store.spend_lines import VersionInForce, amounts, chosen, versions_in_force
from grants.store.standing import AwardAt, awards_at
from grants.store.standing.evidence import EvidenceAt, evidence_at
from grants.store.standing.payments import PaymentAt, payments_at
from grants.store.transaction import Db
from reports.grounds import Reach, grounds_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Details:
    """What somebody needs to test an item. What its population has not is None."""

    of: VersionInForce | AwardAt
    award: str
    description: str
    day: date
    period: str | None = None
    version: int | None = None
    reference: str | None = None
    category: str | None = None
    payee: str | None = None
    budget_kind: str | None = None
    evidence: str | None = None
    attached: str | None = None
    sheet: str | None = None
    cell: str | None = None
    sha256: str | None = None
    decision: int | None = None
    entry: int | None = None
    figure: str | None = None


class Source(Protocol):
    """A population at a place."""

    @property
    def is_example(self) -> bool:
        """Whether any of it is example data."""

    @property
    def is_private(self) -> bool:
        """Whether any of it is about money that is not to be published."""

    def items(self) -> AsyncGenerator[Sequence[Item], None]:
        """All items in the population's order, in batches; the same each time."""

    async def details(self, items: Sequence[Item]) -> list[Details]:
        """What is known of some of the items, in the order in which they are named."""


@dataclass(frozen=True)
class Drawn:
    """A sample that was drawn, and what it was drawn from."""

    draw: Draw
    source: Source
    picks: tuple[Pick, ...]

    @property
    def sample(self) -> Sample:
        """How it was drawn; its seed is set."""
        return self.draw.sample


async def drawn(db: Db, at: AsAt, filters: Filters) -> Drawn:
    """Draws the sample that the filters ask for; where they give no seed, with one that the place has. Memory stays the same.

    Raises RuleBroken for a reader who may not see all.
    """
    sample = filters.sample or Sample()
    if not sample.seed:
        sample = seeded_for(sample, f"place-{at.entry_no}-{at.journal_no}")
    source = await _SOURCES[sample.population](db, at, filters)
    draw = Draw(sample)
    for take in (draw.count, draw.hit) if draw.needs_another_pass else (draw.count,):
        async with aclosing(source.items()) as batches:
            async for batch in batches:
                take(batch)
    return Drawn(draw, source, tuple(draw.picks()))


@dataclass(frozen=True)
class Lines:
    """Lines of accepted returns, by version and row."""

    db: Db
    at: AsAt
    versions: dict[int, VersionInForce]

    @property
    def is_example(self) -> bool:
        """Whether any return is example data."""
        return any(version.is_example for version in self.versions.values())

    @property
    def is_private(self) -> bool:
        """Whether any return is about money that is not to be published."""
        return any(version.do_not_publish for version in self.versions.values())

    async def items(self) -> AsyncGenerator[Sequence[Item], None]:
        """Every line that counts."""
        async with aclosing(amounts(self.db, list(self.versions.values()))) as batches:
            async for batch in batches:
                yield [Item(f"line:{version}:{row}", pence) for version, row, pence in batch]

    async def details(self, items: Sequence[Item]) -> list[Details]:
        """Each line as the workbook has it, and the files attached to it."""
        lines = [(int(version), int(row)) for version, row in (item.key.split(":")[1:] for item in items)]
        attached = await evidence_at(self.db, self.at, lines)
        found = []
        for line in await chosen(self.db, lines):
            of = self.versions[line["version_id"]]
            _, entry = of.counted((line["category"], line["budget_kind"]))
            found.append(
                Details(
                    of=of,
                    award=of.award,
                    period=of.period,
                    version=of.number,
                    reference=line["reference"],
                    category=CostCategory(line["category"]).label,
                    description=line["description"],
                    payee=line["payee"],
                    day=line["spent_on"],
                    budget_kind=BudgetKind(line["budget_kind"]).label,
                    evidence=line["evidence"],
                    attached=_names(attached.get((of.id, line["row"]), [])),
                    sheet=line["sheet"],
                    cell=line["cell"],
                    sha256=of.sha256,
                    entry=entry,
                    figure=line_figure(of.id, line["row"], self.at) if entry else None,
                )
            )
        return found


def _names(files: Sequence[EvidenceAt]) -> str | None:
    return "; ".join(f"{file.filename} (SHA-256 {file.sha256})" for file in files) or None


async def _lines(db: Db, at: AsAt, filters: Filters) -> Source:
    return Lines(db, at, {version.id: version for version in await versions_in_force(db, at, filters)})


@dataclass(frozen=True)
class _OfAwards:
    """What payments and awards have in common: they are few, and at hand."""

    at: AsAt
    awards: dict[str, AwardAt]

    @property
    def is_example(self) -> bool:
        """Whether any award is example data."""
        return any(award.is_example for award in self.awards.values())

    @property
    def is_private(self) -> bool:
        """Whether any award is not to be published."""
        return any(award.do_not_publish for award in self.awards.values())


@dataclass(frozen=True)
class Payments(_OfAwards):
    """Payments that stand, by the number of their entry."""

    payments: tuple[PaymentAt, ...]

    @cached_property
    def _by_entry(self) -> dict[int, PaymentAt]:
        return {payment.entry_no: payment for payment in self.payments}

    async def items(self) -> AsyncGenerator[Sequence[Item], None]:
        """Every payment."""
        yield [Item(f"entry:{payment.entry_no}", payment.pence) for payment in self.payments]

    async def details(self, items: Sequence[Item]) -> list[Details]:
        """Each payment with its award."""
        return [self._details(self._by_entry[int(item.key.partition(":")[2])]) for item in items]

    def _details(self, payment: PaymentAt) -> Details:
        of = self.awards[payment.award]
        return Details(
            of=of,
            award=of.reference,
            reference=f"{of.reference}-{payment.number}",
            description=f"Payment {payment.number} to {of.reference}: {of.terms.purpose}",
            payee=of.recipient_name,
            day=payment.effective_on,
            budget_kind=payment.budget_kind.label,
            entry=payment.entry_no,
            figure=entry_figure(payment.entry_no, self.at),
        )


async def _payments(db: Db, at: AsAt, filters: Filters) -> Source:
    awards = {award.reference: award for award in await awards_at(db, at, filters)}
    period = None if filters.period is None else parse_period(filters.period)
    made = await payments_at(db, at)
    undone = {(payment.award, payment.number) for payment in made if payment.is_reversal}
    standing = [
        payment
        for payment in made
        if payment.award in awards
        and (payment.award, payment.number) not in undone
        and (period is None or period.contains(payment.effective_on))
    ]
    return Payments(at, awards, tuple(sorted(standing, key=lambda payment: payment.entry_no)))


@dataclass(frozen=True)
class Awards(_OfAwards):
    """Awards by their reference, each with what was awarded: of a year, where the filters name one or a part of one."""

    pence: dict[str, int]

    async def items(self) -> AsyncGenerator[Sequence[Item], None]:
        """Every award."""
        yield [Item(f"award:{reference}", self.pence[reference]) for reference in sorted(self.awards)]

    async def details(self, items: Sequence[Item]) -> list[Details]:
        """Each award with its terms' purpose and decision."""
        return [self._details(self.awards[item.key.partition(":")[2]]) for item in items]

    def _details(self, of: AwardAt) -> Details:
        return Details(
            of=of,
            award=of.reference,
            description=of.terms.purpose,
            payee=of.recipient_name,
            day=of.made_on,
            version=of.terms_version,
            decision=of.decision_no,
        )


async def _awards(db: Db, at: AsAt, filters: Filters) -> Source:
    awards = {award.reference: award for award in await awards_at(db, at, filters)}
    year = None if filters.period is None else parse_period(filters.period).year.code
    within = Filters(filters.programme, filters.funding_line, filters.recipient)
    pence: dict[str, int] = defaultdict(int)
    for ground in (await grounds_at(db, at, Reach(frozenset({Measure.AWARDED}), within))).found:
        if ground.award is not None and year in (None, ground.year):
            pence[ground.award] += ground.pence
    return Awards(at, awards, pence)


_SOURCES: Final = {Population.LINES: _lines, Population.PAYMENTS: _payments, Population.AWARDS: _awards}


def in_batches(items: Sequence[Pick], size: int = 500) -> Iterator[Sequence[Pick]]:
    """A few at a time."""
    return (items[start : start + size] for start in range(0, len(items), size))

"""Audit samples: which items of a population are drawn, by rules that another person can follow with another tool.

The only source of chance is SHA-256, over a seed that is on the record: the same seed draws the same items for ever.
"""

import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from heapq import heappush, heapreplace
from typing import Annotated, Final, NamedTuple

from msgspec import Meta, Struct, ValidationError, convert
from msgspec.structs import replace

from grants.domain.errors import Invalid

MAX_SIZE: Final = 10_000
SEED_LENGTH: Final = 60
START: Final = "start"
"""Stands in the place of an item's key where the start of a monetary-unit sample is drawn."""


class SampleMethod(StrEnum):
    """How items are drawn."""

    RANDOM = "random"
    """Each item with the same chance, none twice."""
    MONETARY = "monetary"
    """Each penny with the same chance: an item's chance grows with its amount."""
    TOP = "top"
    """The largest amounts."""


class Population(StrEnum):
    """What a sample is drawn from."""

    LINES = "lines"
    """Lines of accepted spend returns."""
    PAYMENTS = "payments"
    """Payments to recipients that were not undone."""
    AWARDS = "awards"
    """Awards, each with what was awarded."""


class Sample(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Which sample is drawn. Without a seed, one is drawn when the report is asked for, and kept."""

    method: SampleMethod = SampleMethod.RANDOM
    size: Annotated[int, Meta(ge=1, le=MAX_SIZE, examples=[25])] = 25
    seed: (
        Annotated[
            str, Meta(max_length=SEED_LENGTH, pattern="^[A-Za-z0-9][A-Za-z0-9.-]*$", examples=["9f2c51d0a7e34b68"])
        ]
        | None
    ) = None
    population: Population = Population.LINES


class Outcome(StrEnum):
    """What testing an item came to."""

    AGREES = "agrees"
    DIFFERS = "differs"
    NO_EVIDENCE = "no_evidence"
    NOT_APPLICABLE = "not_applicable"

    @property
    def label(self) -> str:
        """For people: No evidence."""
        return self.value.replace("_", " ").capitalize()


class Item(NamedTuple):
    """One of a population, by its identifier, with its amount in pence: below zero for a credit."""

    key: str
    pence: int


@dataclass(slots=True)
class Tally:
    """What a population comes to. `pence` is the sum of all amounts; `credit_pence` of those below zero."""

    items: int = 0
    pence: int = 0
    credits: int = 0
    credit_pence: int = 0
    zeros: int = 0

    @property
    def debit_pence(self) -> int:
        """The sum of the amounts above zero."""
        return self.pence - self.credit_pence

    @property
    def debits(self) -> int:
        """How many amounts are above zero."""
        return self.items - self.credits - self.zeros

    def add(self, items: Iterable[Item]) -> None:
        """Counts items."""
        for _, pence in items:
            self.items += 1
            self.pence += pence
            if pence < 0:
                self.credits += 1
                self.credit_pence += pence
            elif not pence:
                self.zeros += 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Pick:
    """A drawn item. `chance` is the one that it had, from 0 to 1; None where chance had no part.

    `rank` is the SHA-256 that a random sample is ordered by. Of a monetary-unit sample: how many `hits` fell on the item,
    the penny that the first fell on, and the pence of the items before it.
    """

    item: Item
    chance: float | None
    rank: str | None = None
    hits: int | None = None
    first_hit: int | None = None
    before: int | None = None


@dataclass
class Draw:
    """A draw under way, over items that come in the order of the population, however many at a time.

    `count` takes all of them; where `needs_another_pass`, `hit` then takes all of them again, in the same order. Memory
    grows with the size of the sample alone.
    """

    sample: Sample
    tally: Tally = field(default_factory=Tally)
    _kept: list[tuple[int, int, Item]] = field(default_factory=list)
    _hit: list[Pick] = field(default_factory=list)
    _hits: int = 0
    _passed: int = 0

    @property
    def needs_another_pass(self) -> bool:
        """Whether the total must be known before anything can be drawn."""
        return self.sample.method is SampleMethod.MONETARY

    @property
    def offset(self) -> int:
        """What the start is drawn as: pence from 0, below the total of the amounts above zero."""
        return _number(self.sample.seed, START) % self.tally.debit_pence if self.tally.debit_pence else 0

    def count(self, items: Iterable[Item]) -> None:
        """Takes items on the first pass."""
        found = list(items)
        method, place = self.sample.method, self.tally.items
        self.tally.add(found)
        if method is SampleMethod.RANDOM:
            for item in found:
                self._keep(-_number(self.sample.seed, item.key), item)
        elif method is SampleMethod.TOP:
            for item in found:
                place += 1
                self._keep(item.pence, item, -place)

    def _keep(self, weight: int, item: Item, then: int = 0) -> None:
        if len(self._kept) < self.sample.size:
            heappush(self._kept, (weight, then, item))
        elif (weight, then) > self._kept[0][:2]:
            heapreplace(self._kept, (weight, then, item))

    def hit(self, items: Iterable[Item]) -> None:
        """Takes items on the second pass of a monetary-unit sample. Credits and zero amounts have no penny to be hit."""
        total, size, offset = self.tally.debit_pence, self.sample.size, self.offset
        for item in items:
            if item.pence <= 0:
                continue
            before, self._passed = self._passed, self._passed + item.pence
            first, already = (self._hits * total + offset) // size, self._hits
            while self._hits < size and (self._hits * total + offset) // size < self._passed:
                self._hits += 1
            if self._hits > already:
                hits, chance = self._hits - already, min(item.pence * size / total, 1.0)
                self._hit.append(Pick(item=item, chance=chance, hits=hits, first_hit=first + 1, before=before))

    def picks(self) -> list[Pick]:
        """The drawn items in the order of the draw; of a monetary-unit sample in that of the population."""
        if self.needs_another_pass:
            return list(self._hit)
        kept = sorted(self._kept, reverse=True)
        if self.sample.method is SampleMethod.TOP:
            return [Pick(item=item, chance=None) for _, _, item in kept]
        chance = len(kept) / max(self.tally.items, 1)
        return [Pick(item=item, chance=chance, rank=f"{-weight:064x}") for weight, _, item in kept]


def _number(seed: str | None, key: str) -> int:
    return int.from_bytes(hashlib.sha256(f"{seed}:{key}".encode()).digest())


def check_result(outcome: Outcome, finding: str, pence: int | None) -> None:
    """Raises Invalid for a result that does not say what was found, or that names an amount where none differs."""
    if outcome is not Outcome.AGREES and not finding:
        raise Invalid("finding", "Say what you found: only an item that agrees needs no words.")
    if pence is not None and outcome is not Outcome.DIFFERS:
        raise Invalid("pence", "Give the amount that you found for an item that differs only.")


def seeded(sample: Sample | None) -> Sample:
    """The sample with a seed: its own, or one that nobody could have foreseen."""
    asked = sample or Sample()
    return asked if asked.seed else replace(asked, seed=secrets.token_hex(8))


def seeded_for(sample: Sample, place: str) -> Sample:
    """The sample with a seed of the place's own, such as a period of a schedule."""
    words = f"{sample.seed}.{place}" if sample.seed else place
    return replace(sample, seed=words[-SEED_LENGTH:].lstrip(".-"))


def parse_sample(text: str) -> Sample:
    """monetary:60, random:25:payments or top:10:lines:9f2c51d0: the method, size, population and seed. Raises Invalid."""
    given = dict(zip(("method", "size", "population", "seed"), text.split(":", 3), strict=False))
    try:
        return convert(given, Sample, strict=False)
    except ValidationError as error:
        raise Invalid(
            "sample",
            "Use a method, a size, and where you like a population and a seed, like monetary:60:lines:9f2c51d0.",
        ) from error

"""What a figure adds up: one way to find it, for reports, their sources, what changed, and the trace."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from grants.domain.figures import Scope
from grants.domain.measures import Measure, sum_of
from grants.domain.plan import BudgetKind
from reports.ground import Ground
from reports.grounds import Grounds


@dataclass(frozen=True, slots=True)
class Part:
    """A ground, and the pence that it adds to a figure; below zero it takes away."""

    pence: int
    ground: Ground


class Parts:
    """The parts of any figure whose grounds were read."""

    def __init__(self, grounds: Grounds) -> None:
        self._forecast = grounds.forecast
        self._found: dict[tuple[Measure, str, str, BudgetKind], list[Ground]] = defaultdict(list)
        for ground in grounds.found:
            for of, name in _owners(ground):
                self._found[ground.measure, of, name, ground.budget_kind].append(ground)

    def of(self, measure: Measure, scope: Scope) -> list[Part]:
        """What a figure adds up, facts first, each entry once and in order; what comes to nothing is left out."""
        sums: dict[str, int] = defaultdict(int)
        grounds: dict[str, Ground] = {}
        for sign, ground in self._signed(measure, scope):
            sums[ground.key] += sign * ground.pence
            grounds.setdefault(ground.key, ground)
        found = [Part(pence, grounds[key]) for key, pence in sums.items() if pence or grounds[key].fact]
        return sorted(found, key=lambda part: part.ground.entry.number if part.ground.entry else 0)

    def pence(self, measure: Measure, scope: Scope) -> int:
        """What a figure comes to."""
        return sum(sign * ground.pence for sign, ground in self._signed(measure, scope))

    def by_line(self, measure: Measure, scope: Scope) -> dict[Scope, int]:
        """What a figure of the plan comes to in each funding line, in pence; lines where it is nothing are left out."""
        found = {}
        for code in sorted({ground.funding_line for _, ground in self._signed(measure, scope)}):
            of_line = Scope("line", code, scope.time, scope.budget_kind, recipient=scope.recipient)
            if pence := self.pence(measure, of_line):
                found[of_line] = pence
        return found

    def _signed(self, measure: Measure, scope: Scope) -> Iterator[tuple[int, Ground]]:
        if measure is Measure.FORECAST:
            yield from self._forecasted(scope)
        elif sums := sum_of(measure, of_category=scope.category is not None):
            for part, sign in sums.items():
                yield from ((sign * inner, ground) for inner, ground in self._signed(part, scope))
        else:
            yield from ((1, ground) for ground in self._own(measure, scope))

    def _forecasted(self, scope: Scope) -> Iterator[tuple[int, Ground]]:
        """Of each award and year either what is spent and still expected, or what is promised; never both."""
        promised = Measure.BUDGET if scope.category else Measure.AWARDED
        for measure in (Measure.SPENT, Measure.EXPECTED, promised):
            for ground in self._own(measure, scope):
                told = ground.award is not None and (ground.award, ground.year, ground.budget_kind) in self._forecast
                if told == (measure is not promised):
                    yield 1, ground

    def _own(self, measure: Measure, scope: Scope) -> Iterable[Ground]:
        period, found = scope.period, self._found.get((measure, scope.of, scope.name, scope.budget_kind), [])
        whole = period is not None and period == period.year and not scope.is_to_date
        for ground in found:
            if period is not None and ground.year != period.year.code:
                continue
            if period is not None and not whole:
                if ground.day is None or ground.day > period.last:
                    continue
                if not scope.is_to_date and ground.day < period.first:
                    continue
            if _fits(ground, scope):
                yield ground


def _owners(ground: Ground) -> Iterator[tuple[str, str]]:
    yield "plan", ""
    yield "line", ground.funding_line
    if ground.award is not None and ground.recipient is not None:
        yield "award", ground.award
        yield "recipient", ground.recipient


def _fits(ground: Ground, scope: Scope) -> bool:
    return (
        scope.category in (None, ground.category)
        and scope.programme in (None, ground.programme)
        and scope.funding_line in (None, ground.funding_line)
        and scope.recipient in (None, ground.recipient)
    )

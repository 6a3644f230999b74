"""Checks of a return against the recipient's other ones: the same file, the same lines, a line once more."""

import sys
from array import array
from collections import Counter
from collections.abc import Iterator

from grants.domain.earlier_returns import EarlierReturn
from grants.domain.periods import parse_period
from grants.domain.returns import Problem
from importers.checks.facts import Facts
from importers.checks.places import in_column
from importers.messages import problem


def not_sent_before(facts: Facts) -> Iterator[Problem]:
    """The file is not an unchanged copy of one that was sent for another return."""
    if source := _sent_for(facts):
        yield problem("unchanged_copy", facts.fields.sheet, "", period=_period(source), award=_award(facts, source))


def not_claimed_before(facts: Facts) -> Iterator[Problem]:
    """No line was accepted in another return of the recipient; where all were in one, that is one problem.

    A file that was sent before is told of as such, and not line by line.
    """
    if facts.context is None or _sent_for(facts):
        return
    spend = facts.spend
    shared = [(other, both) for other in facts.context.earlier if (both := _shared(facts, other))]
    if same := next((other for other, _ in shared if _is_all_of(facts, other)), None):
        letter = spend.net.letter
        span = f"{letter}{spend.rows[0]}:{letter}{spend.rows[-1]}"
        yield problem("unchanged_lines", spend.sheet, span, period=_period(same), award=_award(facts, same))
        return
    told: set[int] = set()
    for other, both in shared:
        new = both - told
        told |= both
        positions = [position for position, mark in enumerate(facts.fingerprints) if mark in new]
        period, award = _period(other), _award(facts, other)
        yield from in_column(
            "claimed_before", spend.sheet, spend.rows, spend.reference, positions, period=period, award=award
        )


def _is_all_of(facts: Facts, other: EarlierReturn) -> bool:
    """Whether the return has the very lines of another one; a single line is told of by itself."""
    return 1 < len(facts.spend.rows) == len(other.lines) // 8 and Counter(facts.fingerprints) == Counter(_lines(other))


def _sent_for(facts: Facts) -> EarlierReturn | None:
    earlier = facts.context.earlier if facts.context else ()
    return next((other for other in earlier if facts.digest in other.files), None)


def _shared(facts: Facts, other: EarlierReturn) -> frozenset[int]:
    return facts.marks.intersection(_lines(other)) if other.lines else frozenset()


def _lines(other: EarlierReturn) -> "array[int]":
    marks = array("q", other.lines)
    if sys.byteorder == "little":
        marks.byteswap()
    return marks


def _period(other: EarlierReturn) -> str:
    return parse_period(other.period).label


def _award(facts: Facts, other: EarlierReturn) -> str:
    """Said only where it is another one."""
    own = facts.context is not None and facts.context.award == other.award
    return "" if own else f" of award {other.award}"

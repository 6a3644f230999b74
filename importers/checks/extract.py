"""Checks of a return that was read from an extract: every code means something, every amount is on one side."""

from collections.abc import Iterator

from grants.domain.returns import Problem
from importers.checks.facts import Facts
from importers.checks.places import in_column
from importers.matching.apply import UNMATCHED, code_of
from importers.messages import problem


def codes_matched(facts: Facts) -> Iterator[Problem]:
    """Every code has a cost category; one that has none is one problem, at its first cell."""
    spend = facts.spend
    read = spend.category
    lines: dict[str, list[int]] = {}
    for position in read.faults.get(UNMATCHED, ()):
        lines.setdefault(code_of(read.typed[position]), []).append(position)
    for code, positions in lines.items():
        cell = f"{read.letter}{spend.rows[positions[0]]}"
        kind = UNMATCHED if code else "no_code"
        named = f" {code}" if code.isalnum() and len(code) <= 20 else ""
        yield problem(kind, spend.sheet, cell, code, named=named, count=f"{len(positions):,}")


def amounts_on_one_side(facts: Facts) -> Iterator[Problem]:
    """An amount is a debit or a credit, and never both by its sign and by its column."""
    net = facts.spend.net
    for code in ("marker_unknown", "signed_twice", "credit_sign"):
        if code in net.faults:
            yield from in_column(code, facts.spend.sheet, facts.spend.rows, net, net.faults[code])

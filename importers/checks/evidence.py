"""Checks of evidence: lines that the award wants evidence for say where it is."""

from collections.abc import Iterator

from grants.domain.money import show
from grants.domain.returns import Problem
from importers.checks.facts import Facts
from importers.checks.places import in_column


def evidence_named(facts: Facts) -> Iterator[Problem]:
    """Each line of the award's amount or more, credits counted by their size, names its evidence."""
    least = facts.context.evidence_from_pence if facts.context else None
    spend = facts.spend
    if least is None or all(spend.evidence.values):
        return
    bare = [at for at, named in enumerate(spend.evidence.values) if named == ""]
    without = [at for at in bare if (pence := facts.amounts[at]) is not None and abs(pence) >= least]
    yield from in_column("evidence_missing", spend.sheet, spend.rows, spend.evidence, without, least=show(least))

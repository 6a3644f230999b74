"""The sheet Sources of any report: what each of its figures adds up, entry by entry and fact by fact."""

from collections.abc import Iterable, Iterator
from typing import Final

from grants.domain.figures import Scope, figure_id
from grants.domain.measures import Measure, sum_of
from grants.domain.money import show
from grants.store.ledger import AsAt
from reports.book import Column, Kind, Row, Table
from reports.ground import Fact, Ground, OfReturn
from reports.parts import Part, Parts
from reports.shown import Shown

SOURCES: Final = "Sources"
OF_FIGURE: Final = (
    Column(key="figure", heading="Figure", width=64),
    Column(key="measure", heading="Measure"),
    Column(key="of", heading="Of", width=28),
    Column(key="time", heading="Time"),
    Column(key="budget_kind", heading="Budget kind", width=28),
    Column(key="category", heading="Cost category", width=28),
)
OF_SOURCE: Final = (
    Column(key="entry", heading="Entry", kind=Kind.WHOLE),
    Column(key="what", heading="What", width=48),
    Column(key="from", heading="From account", width=36),
    Column(key="to", heading="To account", width=36),
    Column(key="effective", heading="Takes effect", kind=Kind.DATE),
    Column(key="decision", heading="Decision", kind=Kind.WHOLE),
    Column(key="return", heading="Return", width=40),
    Column(key="cell", heading="Sheet and cell", width=24),
    Column(key="sha256", heading="Workbook's SHA-256", width=68),
)
TABLE: Final = Table(
    sheet=SOURCES,
    title="Where each figure comes from",
    introduction=(
        "One row for each ledger entry, and for each fact that is no entry, with what it adds to the figure; an amount below zero takes "
        "away, and the rows of a figure come to it. A figure that is made of others names them instead, and they are listed as well. "
        "The service's address figures/(figure)/trace leads on to the sheet and cell of each line."
    ),
    empty="An empty cell means that the row has no such source: a decision or a return, never both.",
    columns=(*OF_FIGURE, Column(key="amount", heading="Adds to the figure", kind=Kind.PENCE), *OF_SOURCE),
)


def source_rows(parts: Parts, shown: Shown, at: AsAt) -> Iterator[Row]:
    """The rows of the sheet. Raises ValueError where a figure is not what its sources come to."""
    ahead, listed = list(shown.pence), set(shown.pence)
    for figure in ahead:
        measure, scope = figure[0], shown.scope(figure[1])
        front = of_figure(measure, scope, at)
        found, others = 0, _others(parts, measure, scope)
        for (part, of), pence in (others or {}).items():
            found += pence
            yield (*front, pence, *_other(part, of, at))
            if (part, str(of)) not in listed:
                listed.add((part, str(of)))
                ahead.append((part, str(of)))
        for each in () if others is not None else parts.of(measure, scope):
            found += each.pence
            yield (*front, each.pence, *of_source(each))
        if figure in shown.pence and found != shown.pence[figure]:
            raise ValueError(
                f"the figure {measure}:{scope} is {show(shown.pence[figure])}, but its sources come to {show(found)}"
            )


def _others(parts: Parts, measure: Measure, scope: Scope) -> dict[tuple[Measure, Scope], int] | None:
    """The figures that a figure is made of: other measures, or of the plan those of its lines. None: it stands by itself."""
    if sums := sum_of(measure, of_category=scope.category is not None):
        return {(part, scope): sign * parts.pence(part, scope) for part, sign in sums.items()}
    if scope.of == "plan" and scope.category is None:
        return {(measure, of_line): pence for of_line, pence in parts.by_line(measure, scope).items()}
    return None


def of_figure(measure: Measure, scope: Scope, at: AsAt) -> tuple[str | None, ...]:
    """A figure in the cells of OF_FIGURE."""
    return (
        figure_id(measure, scope, at),
        measure.label,
        of_words(scope),
        scope.time.replace("to-", "to the end of "),
        scope.budget_kind.label,
        scope.category.label if scope.category else None,
    )


def of_words(scope: Scope) -> str:
    """What a figure is of, for people: LOCAL-INQUIRIES, award LI-OLDHAM-01."""
    whole = scope.name if scope.of == "line" else f"{scope.of} {scope.name}".strip()
    within = [code for code in (scope.programme, scope.funding_line, scope.recipient) if code]
    return f"{whole}, {', '.join(within)}" if within else whole


def of_source(part: Part) -> Row:
    """A part in the cells of OF_SOURCE."""
    return _of_entry(part.ground) if part.ground.entry else _of_fact(part.ground.fact)


def _of_entry(ground: Ground) -> Row:
    entry = ground.entry
    if entry is None:
        return (None,) * len(OF_SOURCE)
    kind = entry.kind.replace("_", " ").capitalize()
    cells = entry.evidence.partition("#")[2]
    returned = f"{entry.award}/{entry.period}, version {entry.version}" if entry.period else None
    return (
        entry.number,
        f"{kind} (reverses entry {entry.reverses})" if entry.reverses else kind,
        entry.source,
        entry.target,
        entry.effective_on,
        entry.decision_no,
        returned,
        cells or None,
        entry.sha256,
    )


def _of_fact(fact: Fact | None) -> Row:
    if fact is None:
        return (None,) * len(OF_SOURCE)
    cell = f"{fact.sheet}!{fact.cell}" if fact.sheet and fact.cell else None
    decision = fact.decision[0] if fact.decision else None
    returned = _words(fact.source) if fact.source else None
    return (None, fact.what, None, None, None, decision, returned, cell, fact.source.sha256 if fact.source else None)


def _words(source: OfReturn) -> str:
    return f"{source.award}/{source.period}, version {source.version}"


def _other(measure: Measure, scope: Scope, at: AsAt) -> Iterable[str | None]:
    return (None, f"The figure {figure_id(measure, scope, at)}", *(None,) * (len(OF_SOURCE) - 2))

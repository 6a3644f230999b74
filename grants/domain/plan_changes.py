"""What a plan's file changes: against the file that was loaded before it, and against the plan as decisions have left it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final, TypeVar

from grants.domain.decisions import AddLine, Allocate, AmendLine, AmendMilestone, DecisionTerms, LineFacts, Reduce
from grants.domain.money import show
from grants.domain.plan import FundingLine, HistoryEvent, Milestone, Plan, Programme

Item = TypeVar("Item", Programme, FundingLine, Milestone, HistoryEvent)

EMPTY: Final = Plan((), (), (), ())
AMENDABLE: Final = ("title", "purpose", "announced_pence", "year", "year_basis", "do_not_publish", "source")
"""The facts of a funding line that a decision can change."""
_MOVABLE: Final = ("forecast", "actual", "rag", "comment")
"""The facts of a milestone that a decision can change."""


@dataclass(frozen=True)
class Standing:
    """The plan as it stands.

    `given_pence`: what the plan's file has given each funding line, proposals that are open counted; a line that is missing
    never had money from the source, nor a proposal of it. `asked_for`: the lines that are proposed and not there yet.
    """

    plan: Plan = EMPTY
    given_pence: Mapping[str, int] = field(default_factory=dict)
    asked_for: frozenset[str] = frozenset()


@dataclass
class Changes:
    """What is to be added at once, what is to be proposed (with the code of what it is about), and what people must be told."""

    programmes: list[Programme] = field(default_factory=list)
    opening: list[FundingLine] = field(default_factory=list)
    milestones: list[Milestone] = field(default_factory=list)
    history: list[HistoryEvent] = field(default_factory=list)
    proposals: list[tuple[str, DecisionTerms]] = field(default_factory=list)
    reports: list[str] = field(default_factory=list)


def changes(plan: Plan, last: Plan | None, standing: Standing) -> Changes:
    """What loading the file comes to; `last` is the file that was loaded before, None for the first.

    A fact is proposed where the file has changed it and the plan says something else: what a decision has changed since
    stays. Money is compared with what the file has given a line, so that virements and later allocations stay too.
    """
    found = Changes()
    now, before = standing.plan, last or EMPTY
    _programmes(found, plan, now)
    old_lines, lines = _by_code(before.funding_lines), _by_code(now.funding_lines)
    for line in plan.funding_lines:
        if line.code in lines:
            _line(found, line, old_lines.get(line.code), lines[line.code], standing)
        elif last is None:
            found.opening.append(line)
        else:
            _new_line(found, line, old_lines.get(line.code), standing)
    old_milestones, milestones = _by_code(before.milestones), _by_code(now.milestones)
    for milestone in plan.milestones:
        if milestone.code in milestones:
            _milestone(found, milestone, old_milestones.get(milestone.code), milestones[milestone.code])
        else:
            found.milestones.append(milestone)
    _history(found, plan, now)
    for name in ("programmes", "funding_lines", "milestones", "history"):
        _missing(found, name, getattr(plan, name), getattr(now, name))
    return found


def _by_code(items: Iterable[Item]) -> dict[str, Item]:
    return {item.code: item for item in items}


def _differing(names: Iterable[str], item: Item, other: Item) -> list[str]:
    return [name for name in names if getattr(item, name) != getattr(other, name)]


def _programmes(found: Changes, plan: Plan, now: Plan) -> None:
    known = _by_code(now.programmes)
    for programme in plan.programmes:
        if programme.code not in known:
            found.programmes.append(programme)
        elif programme != known[programme.code]:
            found.reports.append(
                f"Programme {programme.code} differs from the file. A programme's words are not changed."
            )


def _history(found: Changes, plan: Plan, now: Plan) -> None:
    known = _by_code(now.history)
    lines = _by_code((*now.funding_lines, *found.opening)).keys() | {None}
    for event in plan.history:
        if event.code not in known and event.funding_line in lines:
            found.history.append(event)
        elif event.code not in known:
            found.reports.append(
                f"History {event.code} waits for funding line {event.funding_line}. Load the file again then."
            )
        elif event != known[event.code]:
            found.reports.append(
                f"History {event.code} differs from the file. What has happened is not changed: add another event instead."
            )


_NAMES: Final = {
    "programmes": "Programme",
    "funding_lines": "Funding line",
    "milestones": "Milestone",
    "history": "History",
}


def _missing(found: Changes, name: str, listed: Iterable[Item], standing: Iterable[Item]) -> None:
    codes = {item.code for item in listed}
    found.reports += [
        f"{_NAMES[name]} {item.code} is not in the file. Nothing is removed."
        for item in standing
        if item.code not in codes
    ]


def _line(found: Changes, line: FundingLine, old: FundingLine | None, now: FundingLine, standing: Standing) -> None:
    fixed = _differing(("programme", "budget_kind"), line, now)
    if fixed:
        words = " and its ".join(name.replace("_", " ") for name in fixed)
        found.reports.append(f"Funding line {line.code}: its {words} cannot be changed. Add another line instead.")
    changed = [
        name for name in _differing(AMENDABLE, line, now) if old is None or getattr(old, name) != getattr(line, name)
    ]
    if changed:
        facts = LineFacts(**{name: getattr(line, name) for name in changed})
        found.proposals.append((line.code, AmendLine(line.code, facts)))
    given = standing.given_pence.get(line.code)
    if given is None or (old is not None and old.announced_pence != line.announced_pence):
        year = line.year if "year" in changed else now.year
        _money(found, line.announced_pence - (given or 0), replace(now, year=year))


def _money(found: Changes, pence: int, line: FundingLine) -> None:
    if pence:
        kind = Allocate if pence > 0 else Reduce
        found.proposals.append((line.code, kind(line.code, line.year, abs(pence), line.budget_kind)))


def _new_line(found: Changes, line: FundingLine, old: FundingLine | None, standing: Standing) -> None:
    if line.code in standing.asked_for:
        found.reports.append(
            f"Funding line {line.code} is proposed and not decided. Load the file again after that: {show(line.announced_pence)} is "
            "proposed for it then."
        )
    elif old == line:
        found.reports.append(f"Funding line {line.code} was proposed and declined. It is not proposed again.")
    else:
        terms = AddLine(
            code=line.code,
            programme=line.programme,
            title=line.title,
            purpose=line.purpose,
            announced_pence=line.announced_pence,
            year=line.year,
            year_basis=line.year_basis,
            source=line.source,
            budget_kind=line.budget_kind,
            do_not_publish=line.do_not_publish,
        )
        found.proposals.append((line.code, terms))


def _milestone(found: Changes, milestone: Milestone, old: Milestone | None, now: Milestone) -> None:
    if _differing(("programme", "title", "baseline"), milestone, now):
        found.reports.append(
            f"Milestone {milestone.code} differs from the file. Its title and its baseline are not changed: add another one instead."
        )
    changed = [
        name
        for name in _differing(_MOVABLE, milestone, now)
        if old is None or getattr(old, name) != getattr(milestone, name)
    ]
    if changed:
        facts = {name: getattr(milestone if name in changed else now, name) for name in _MOVABLE}
        found.proposals.append((milestone.code, AmendMilestone(milestone.code, **facts)))


def held_back(plan: Plan, last: Plan | None, codes: frozenset[str]) -> Plan:
    """The file as it is remembered: what could not be proposed stays as the file before said, and so is tried again."""
    before = last or EMPTY
    return replace(
        plan,
        funding_lines=_kept(plan.funding_lines, before.funding_lines, codes),
        milestones=_kept(plan.milestones, before.milestones, codes),
    )


def _kept(items: Iterable[Item], before: Iterable[Item], codes: frozenset[str]) -> tuple[Item, ...]:
    old = _by_code(before)
    return tuple(kept for item in items if (kept := old.get(item.code) if item.code in codes else item) is not None)

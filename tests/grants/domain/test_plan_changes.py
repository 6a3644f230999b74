"""What a changed plan's file comes to: nothing for the same file, and only what the file itself changed."""

from dataclasses import replace
from datetime import date

from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET

from grants.domain.decisions import AddLine, Allocate, AmendLine, AmendMilestone, Reduce
from grants.domain.plan import BudgetKind, FundingLine, HistoryEvent, Milestone, Plan, Programme, Rag, YearBasis
from grants.domain.plan_changes import EMPTY, Changes, Standing, changes, held_back

WORDS = st.sampled_from(["one", "two", "three"])
DAYS = st.none() | st.dates(date(2025, 1, 1), date(2025, 1, 5))
LINE_CODES = ["L1", "L2", "L3"]


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    lines = draw(st.lists(st.sampled_from(LINE_CODES), unique=True))
    milestones = draw(st.lists(st.sampled_from(["M1", "M2"]), unique=True))
    return Plan(
        (Programme("P1", "Programme", date(2025, 1, 16), "Statement"),),
        tuple(
            FundingLine(
                code,
                "P1",
                draw(WORDS),
                draw(WORDS),
                draw(st.integers(0, 5)),
                draw(st.sampled_from(["2024-25", "2025-26"])),
                draw(st.sampled_from(YearBasis)),
                BudgetKind.RDEL_PROGRAMME,
                draw(st.none() | WORDS),
                "Statement",
            )
            for code in lines
        ),
        tuple(
            Milestone(code, "P1", "Milestone", None, draw(DAYS), draw(DAYS), draw(st.sampled_from(Rag)), draw(WORDS))
            for code in milestones
        ),
        (HistoryEvent("H1", "P1", date(2025, 1, 16), "It was announced.", "Statement"),),
    )


def at_once(plan: Plan, given: dict[str, int] | None = None) -> Standing:
    """The plan as it stands when everything in a file was approved."""
    default = {line.code: line.announced_pence for line in plan.funding_lines}
    return Standing(plan, default if given is None else given)


def approved(standing: Standing, found: Changes) -> Standing:
    """The plan as it stands when what was found is added and approved."""
    lines = {line.code: line for line in standing.plan.funding_lines}
    milestones = {item.code: item for item in (*standing.plan.milestones, *found.milestones)}
    given_pence = dict(standing.given_pence)
    lines |= {line.code: line for line in found.opening}
    given_pence |= {line.code: line.announced_pence for line in found.opening}
    for code, terms in found.proposals:
        match terms:
            case AddLine():
                facts = {name: getattr(terms, name) for name in FundingLine.__dataclass_fields__}
                lines[code] = FundingLine(**facts)
            case AmendLine():
                named = {name: getattr(terms.facts, name) for name in terms.facts.__struct_fields__}
                changed = {name: value for name, value in named.items() if value is not UNSET}
                lines[code] = replace(lines[code], **changed)
            case Allocate():
                given_pence[code] = given_pence.get(code, 0) + terms.pence
            case Reduce():
                given_pence[code] = given_pence.get(code, 0) - terms.pence
            case AmendMilestone():
                facts = {name: getattr(terms, name) for name in ("forecast", "actual", "rag", "comment")}
                milestones[code] = replace(milestones[code], **facts)
    plan = replace(
        standing.plan,
        programmes=(*standing.plan.programmes, *found.programmes),
        funding_lines=tuple(lines.values()),
        milestones=tuple(milestones.values()),
        history=(*standing.plan.history, *found.history),
    )
    return Standing(plan, given_pence)


def movable(plan: Plan) -> dict[str, FundingLine | Milestone]:
    lines: dict[str, FundingLine | Milestone] = {line.code: line for line in plan.funding_lines}
    return lines | {milestone.code: milestone for milestone in plan.milestones}


def quiet(found: Changes) -> bool:
    return not (found.programmes or found.opening or found.milestones or found.history or found.proposals)


@given(plans())
def test_the_first_file_opens_everything_and_again_nothing(plan: Plan) -> None:
    first = changes(plan, None, Standing())
    assert tuple(first.opening) == plan.funding_lines
    assert not first.proposals
    again = changes(plan, plan, approved(Standing(), first))
    assert quiet(again)
    assert not again.reports


@given(plans(), plans())
def test_a_file_loaded_until_nothing_is_left_leaves_the_plan_as_it_says(old: Plan, new: Plan) -> None:
    standing, last = at_once(old), old
    for _ in range(3):
        standing, last = approved(standing, changes(new, last, standing)), new
    assert quiet(changes(new, new, standing))
    lines = {line.code: line for line in standing.plan.funding_lines}
    milestones = {item.code: item for item in standing.plan.milestones}
    for line in new.funding_lines:
        assert lines[line.code] == line
        assert standing.given_pence.get(line.code, 0) == line.announced_pence
    for milestone in new.milestones:
        assert milestones[milestone.code] == milestone
    assert set(lines) >= {line.code for line in old.funding_lines}


@given(plans(), plans())
def test_a_file_that_has_not_changed_leaves_decisions_alone(file: Plan, decided: Plan) -> None:
    lines = {line.code: line for line in decided.funding_lines}
    stands = replace(
        file,
        funding_lines=tuple(
            replace(line, title=lines[line.code].title, year=lines[line.code].year) if line.code in lines else line
            for line in file.funding_lines
        ),
    )
    assert quiet(changes(file, file, at_once(stands)))


@given(plans(), plans())
def test_what_is_left_out_is_told_and_kept(old: Plan, new: Plan) -> None:
    found = changes(new, old, at_once(old))
    gone = movable(old).keys() - movable(new).keys()
    assert sum("is not in the file" in told for told in found.reports) == len(gone)
    assert not any(code in gone for code, _ in found.proposals)


@given(plans(), plans(), st.sets(st.sampled_from([*LINE_CODES, "M1", "M2"])))
def test_what_is_held_back_is_tried_again(old: Plan, new: Plan, codes: set[str]) -> None:
    kept = held_back(new, old, frozenset(codes))
    before = movable(old)
    for code, item in movable(kept).items():
        assert item == (before[code] if code in codes else movable(new)[code])
    standing = at_once(old)
    again = [proposal for proposal in changes(new, kept, standing).proposals if proposal[0] in codes]
    assert again == [proposal for proposal in changes(new, old, standing).proposals if proposal[0] in codes]


def test_an_empty_plan_is_no_change() -> None:
    assert quiet(changes(EMPTY, None, Standing()))

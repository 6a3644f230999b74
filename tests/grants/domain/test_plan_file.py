"""The plan's file: the real one says what was announced, and every mistake is told, with its place."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import grants
from grants.domain.errors import Invalid
from grants.domain.money import MAX_PENCE, show
from grants.domain.plan import BudgetKind, YearBasis
from grants.domain.plan_file import read_plan

REAL = (Path(grants.__file__).parent / "data" / "plan.toml").read_text()

SMALL = """
[[programme]]
code = "P1"
title = "Programme"
announced_on = 2025-01-16
source = "Statement"

[[funding_line]]
code = "L1"
programme = "P1"
title = "Line"
purpose = ""
announced = "£1,234.50"
year = "2025-26"
year_basis = "assumed"
budget_kind = "rdel_programme"
source = "Statement"

[[milestone]]
code = "M1"
programme = "P1"
title = "Milestone"

[[history]]
code = "H1"
programme = "P1"
on = "2025-08"
text = "It happened."
source = "Statement"
"""


def mistakes(text: str) -> list[str]:
    with pytest.raises(Invalid) as caught:
        read_plan(text)
    assert caught.value.code == "plan_file"
    problems = caught.value.facts["problems"]
    assert isinstance(problems, tuple)
    assert caught.value.message == " ".join(problems)
    return list(problems)


def test_the_real_plan_says_what_was_announced() -> None:
    plan = read_plan(REAL)
    announced = {line.code: (line.programme, line.announced_pence) for line in plan.funding_lines}
    assert announced == {
        "INVESTIGATIONS": ("ACTION-PLAN", 250_000_000),
        "LOCAL-INQUIRIES": ("ACTION-PLAN", 500_000_000),
        "AUDIT-PANEL": ("ACTION-PLAN", 250_000_000),
        "UNDERCOVER": ("WIDER-CSA", 1_100_000_000),
        "CAID": ("WIDER-CSA", 500_000_000),
        "TOEX": ("WIDER-CSA", 650_000_000),
    }
    stated = {line.code: line.year for line in plan.funding_lines if line.year_basis is YearBasis.STATED}
    assert stated == {"TOEX": "2024-25"}
    assert {line.year for line in plan.funding_lines if line.code != "TOEX"} == {"2025-26"}
    assert {line.code for line in plan.funding_lines if line.do_not_publish} == {"UNDERCOVER", "CAID"}
    assert {line.budget_kind for line in plan.funding_lines} == {BudgetKind.RDEL_PROGRAMME}
    assert all("16 January 2025" in line.source for line in plan.funding_lines)
    assert [milestone.code for milestone in plan.milestones] == [
        "IICSA-TIMETABLE",
        "NATIONAL-AUDIT",
        "PILOT-AREAS",
        "ETHNICITY-DATA",
    ]
    assert sorted({event.on for event in plan.history}) == [
        date(2025, 1, 16),
        date(2025, 4, 8),
        date(2025, 6, 16),
        date(2025, 8, 1),
        date(2025, 12, 9),
    ]
    assert [event.code for event in plan.history if event.month_only] == ["2025-08-TOEX"]
    assert all(event.source for event in plan.history)


@pytest.mark.parametrize(
    ("typed", "instead", "place"),
    [
        ('announced = "£1,234.50"', "announced = 1234.50", "funding_line 1 (L1), announced:"),
        ('announced = "£1,234.50"', 'announced = "-£5"', "funding_line 1 (L1), announced:"),
        ('announced = "£1,234.50"', 'announced = "£1.005"', "funding_line 1 (L1), announced:"),
        ('announced = "£1,234.50"', 'announced = "£1,000,000,000.01"', "funding_line 1 (L1), announced:"),
        ('announced = "£1,234.50"', 'anounced = "£5"', "funding_line 1 (L1), anounced:"),
        ('year = "2025-26"', 'year = "2025-27"', "funding_line 1 (L1), year:"),
        ('year = "2025-26"', 'year = "2025-26-Q1"', "funding_line 1 (L1), year:"),
        ('year = "2025-26"', "year = 2025", "funding_line 1 (L1), year:"),
        ('"assumed"', '"guessed"', "funding_line 1 (L1), year_basis:"),
        ('"rdel_programme"', '["rdel_programme"]', "funding_line 1 (L1), budget_kind:"),
        ('title = "Line"', 'title = " "', "funding_line 1 (L1), title:"),
        ('title = "Line"', r'title = "nul \u0000"', "funding_line 1 (L1), title:"),
        ('code = "L1"\nprogramme = "P1"', 'code = "L1"\nprogramme = "P2"', "funding_line 1 (L1), programme:"),
        ('code = "L1"', 'code = "l1"', "funding_line 1, code:"),
        ("2025-01-16", '"2025-01-16"', "programme 1 (P1), announced_on:"),
        ("2025-01-16", "2025-01-16T00:00:00", "programme 1 (P1), announced_on:"),
        ('on = "2025-08"', 'on = "2025-13"', "history 1 (H1), on:"),
        ('on = "2025-08"', 'on = "0000-01"', "history 1 (H1), on:"),
        ('text = "It happened."', 'text = "Yes."\nfunding_line = "L2"', "history 1 (H1), funding_line:"),
        ('text = "It happened."', 'text = "Yes."\namount = 5', "history 1 (H1), amount:"),
        ('title = "Milestone"', 'title = "Milestone"\nrag = "blue"', "milestone 1 (M1), rag:"),
        ("[[milestone]]", "[milestone]", "milestone:"),
        ("[[milestone]]", "[[mile]]", "mile:"),
    ],
)
def test_a_mistake_is_told_with_its_place(typed: str, instead: str, place: str) -> None:
    assert typed in SMALL
    found = mistakes(SMALL.replace(typed, instead, 1))
    assert any(problem.startswith(place) for problem in found), found
    assert all(problem.endswith(".") for problem in found)


def test_one_wrong_code_raises_no_chain() -> None:
    found = mistakes(SMALL.replace('title = "Programme"', ""))
    assert found == ["programme 1 (P1), title: it is missing; write words, at most 2,000 characters."]


def test_every_mistake_is_told_at_once() -> None:
    found = mistakes(SMALL.replace('year = "2025-26"', "year = 1").replace('"£1,234.50"', "5").replace("H1", "h1"))
    assert [problem.split(":")[0] for problem in found] == [
        "funding_line 1 (L1), announced",
        "funding_line 1 (L1), year",
        "history 1, code",
    ]


def test_a_code_used_twice_is_told() -> None:
    twice = SMALL + SMALL[SMALL.index("[[milestone]]") : SMALL.index("[[history]]")]
    assert mistakes(twice) == ["milestone 2 (M1), code: it is used twice; give each milestone a code of its own."]


def test_what_is_no_toml_says_where() -> None:
    (problem,) = mistakes("[[programme]]\ncode = P1\n")
    assert problem.startswith("The plan's file is not TOML: ")
    assert "line 2" in problem


def test_bytes_are_read_as_editors_save_them() -> None:
    assert read_plan(SMALL.encode()) == read_plan(b"\xef\xbb\xbf" + SMALL.encode()) == read_plan(SMALL)
    with pytest.raises(Invalid) as caught:
        read_plan(b"\xff\xd8\xff\xe0 a picture")
    assert caught.value.message == "The plan's file is not text. Save it as plain text in UTF-8."


def test_an_empty_file_is_no_plan() -> None:
    assert mistakes("") == ["programme: the plan needs at least one."]


TOML_VALUES = st.one_of(
    st.integers(-(2**40), 2**40).map(str),
    st.sampled_from(["true", "nan", "[]", "{}", "2025-01-16", "12:00:00", "1979-05-27T07:32:00Z", '""', '"\\u0000"']),
    st.text(st.characters(codec="ascii", exclude_characters='\\"\n\r', min_codepoint=32), max_size=12).map(
        lambda text: f'"{text}"'
    ),
)
KEYS = [line.split(" = ")[0] for line in SMALL.splitlines() if " = " in line]


@given(st.integers(0, len(KEYS) - 1), TOML_VALUES)
@example(0, '"\x7f"')
def test_no_value_anywhere_does_more_than_be_told(place: int, value: str) -> None:
    lines = SMALL.splitlines()
    at = [number for number, line in enumerate(lines) if " = " in line][place]
    lines[at] = f"{KEYS[place]} = {value}"
    text = "\n".join(lines)
    try:
        read_plan(text)
    except Invalid:
        assert mistakes(text)


@given(st.integers(0, MAX_PENCE), st.dates(date(2000, 4, 1), date(2098, 3, 31)), st.sampled_from(BudgetKind))
def test_amounts_days_and_kinds_come_through_whole(pence: int, day: date, kind: BudgetKind) -> None:
    text = (
        SMALL.replace("£1,234.50", show(pence)).replace("2025-01-16", day.isoformat()).replace("rdel_programme", kind)
    )
    plan = read_plan(text)
    assert plan.funding_lines[0].announced_pence == pence
    assert plan.programmes[0].announced_on == day
    assert plan.funding_lines[0].budget_kind is kind
    assert read_plan(text) == plan


@given(st.dictionaries(st.sampled_from(["baseline", "forecast", "actual"]), st.dates()))
def test_a_milestone_has_the_dates_that_are_known(dates: dict[str, Any]) -> None:
    extra = "".join(f"\n{name} = {day.isoformat()}" for name, day in dates.items())
    milestone = read_plan(SMALL.replace('title = "Milestone"', f'title = "Milestone"{extra}')).milestones[0]
    assert {"baseline": milestone.baseline, "forecast": milestone.forecast, "actual": milestone.actual} == {
        "baseline": None,
        "forecast": None,
        "actual": None,
    } | dates

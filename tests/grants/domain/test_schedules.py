"""Schedules' rules: every period once, on the day that the rule says, whatever the clocks do."""

import itertools
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grants.domain.errors import Invalid, RuleBroken
from grants.domain.periods import LONDON, add_working_days, is_working_day, london_day, parse_period
from grants.domain.rule_times import MAX_AT_ONCE, check_period, check_start, due_until, next_due
from grants.domain.schedules import Every, Filters, Offer, Rule, check_filters, check_formats

RULES = st.builds(
    Rule,
    every=st.sampled_from(Every),
    working_day=st.integers(0, 20),
    hour=st.integers(0, 23),
    minute=st.integers(0, 59),
)
DAYS = st.dates(date(2015, 1, 1), date(2040, 12, 31))


def _end_of(rule: Rule, code: str) -> date:
    if rule.every is Every.DAY:
        return date.fromisoformat(code)
    if rule.every is Every.WEEK:
        return date.fromisoformat(code) + timedelta(days=6)
    return parse_period(code).last


def _noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC)


@given(RULES, DAYS, st.integers(0, 800))
def test_each_period_falls_due_once_and_on_the_working_day_that_the_rule_names(
    rule: Rule, start: date, days: int
) -> None:
    dues = list(due_until(rule, start, _noon(start + timedelta(days=days))))
    assert len({due.period for due in dues}) == len(dues)
    assert dues == sorted(dues, key=lambda due: due.at)
    for due in dues:
        end = _end_of(rule, due.period)
        day = london_day(due.at)
        assert start <= day
        assert day == (add_working_days(end, rule.working_day) if rule.working_day else end + timedelta(days=1))


@given(RULES, DAYS, st.integers(0, 400), st.integers(0, 400))
def test_waking_in_between_neither_adds_nor_drops_a_period(rule: Rule, start: date, first: int, second: int) -> None:
    early, late = sorted((_noon(start + timedelta(days=first)), _noon(start + timedelta(days=second))))
    at_once = [due.period for due in due_until(rule, start, late)]
    before = [due.period for due in due_until(rule, start, early)]
    assert at_once[: len(before)] == before


@given(RULES, DAYS)
def test_the_next_five_are_those_that_then_fall_due(rule: Rule, start: date) -> None:
    now = _noon(start)
    coming = next_due(rule, start, now)
    assert len(coming) == 5
    assert all(due.at > now for due in coming)
    assert [due for due in due_until(rule, start, coming[-1].at) if due.at > now][:5] == coming


@given(RULES, DAYS)
def test_no_period_between_two_dues_is_left_out(rule: Rule, start: date) -> None:
    codes = [due.period for due in next_due(rule, start, _noon(start), 30)]
    ends = [_end_of(rule, code) for code in codes]
    steps = {Every.DAY: 1, Every.WEEK: 7, Every.MONTH: 31, Every.QUARTER: 92, Every.YEAR: 366}
    for before, after in itertools.pairwise(ends):
        between = [before + timedelta(days=n) for n in range(1, (after - before).days)]
        if rule.every is Every.DAY and rule.working_day:
            assert not any(is_working_day(day) for day in between)
        else:
            assert len(between) < steps[Every(rule.way)]


@pytest.mark.parametrize(("around", "hour"), [(date(2025, 10, 26), 0), (date(2025, 3, 30), 1)])
def test_a_daily_run_at_half_past_one_happens_once_on_both_clock_changes(around: date, hour: int) -> None:
    rule = Rule(Every.DAY, working_day=0, hour=1, minute=30)
    start = around - timedelta(days=2)
    seen: list[str] = []
    now = datetime(start.year, start.month, start.day, tzinfo=UTC)
    while now < _noon(around + timedelta(days=2)):  # a wake every ten minutes through the change
        seen += [due.period for due in due_until(rule, start, now) if due.period not in seen]
        now += timedelta(minutes=10)
    expected = [(start + timedelta(days=n)).isoformat() for n in range(-1, 4)]
    assert seen == expected
    of_the_change = next(due for due in due_until(rule, start, now) if london_day(due.at) == around)
    assert of_the_change.at == datetime(around.year, around.month, around.day, hour, 30, tzinfo=UTC)


def test_the_third_working_day_after_a_quarter_steps_over_easter_and_is_london_time() -> None:
    rule = Rule(Every.QUARTER, working_day=3, hour=9, minute=30)
    due = next(iter(due_until(rule, date(2026, 4, 1), datetime(2026, 5, 1, tzinfo=UTC))))
    assert due.period == "2025-26-Q4"
    assert due.at.astimezone(LONDON) == datetime(2026, 4, 7, 9, 30, tzinfo=LONDON)  # 3 and 6 April are bank holidays


def test_a_period_that_ended_before_the_start_but_falls_due_after_it_is_made() -> None:
    rule = Rule(Every.YEAR, working_day=20)
    dues = list(due_until(rule, date(2025, 4, 20), datetime(2025, 6, 1, tzinfo=UTC)))
    assert [due.period for due in dues] == ["2024-25"]


@pytest.mark.parametrize(
    ("rule", "code"),
    [
        (Rule(Every.DAY, working_day=1), "2025-10-25"),  # a Saturday
        (Rule(Every.DAY), "20251024"),
        (Rule(Every.DAY), "yesterday"),
        (Rule(Every.WEEK), "2025-10-21"),  # a Tuesday
        (Rule(Every.MONTH), "2025-26-Q1"),
        (Rule(Every.QUARTER), "2025-26"),
        (Rule(Every.QUARTER), "2025-27-Q1"),
        (Rule(Every.YEAR), "2025-26-P01"),
    ],
)
def test_a_code_that_is_no_period_of_the_rule_is_refused(rule: Rule, code: str) -> None:
    with pytest.raises(Invalid):
        check_period(rule, code, datetime(2027, 1, 1, tzinfo=UTC))


def test_a_period_can_be_reported_from_the_day_after_it_ends() -> None:
    rule = Rule(Every.QUARTER, working_day=5)
    check_period(rule, "2025-26-Q2", datetime(2025, 9, 30, 23, 0, tzinfo=UTC))  # midnight in London
    with pytest.raises(RuleBroken, match="30 September 2025"):
        check_period(rule, "2025-26-Q2", datetime(2025, 9, 30, 22, 59, tzinfo=UTC))


def test_a_start_that_floods_or_never_comes_is_refused() -> None:
    now = datetime(2026, 11, 22, tzinfo=UTC)
    daily = Rule(Every.DAY, working_day=0, hour=0)
    latest = list(due_until(daily, date(2026, 11, 22) - timedelta(days=MAX_AT_ONCE - 1), now))
    assert len(latest) == MAX_AT_ONCE
    check_start(daily, date(2026, 11, 22) - timedelta(days=MAX_AT_ONCE - 1), now)
    for bad in (
        date(2026, 11, 22) - timedelta(days=MAX_AT_ONCE),
        date(1999, 1, 1),
        date(2033, 1, 1),
        date(9999, 12, 31),
    ):
        with pytest.raises(RuleBroken):
            check_start(daily, bad, now)


def test_filters_and_formats_that_a_report_does_not_know_are_refused() -> None:
    offer = Offer("allocation-position", "", "", "", frozenset({"programme", "period"}), whole_years=True)
    check_filters(offer, Filters(programme="TOEX", period="2025-26"))
    for bad in (Filters(recipient="GB-LAE-OLD"), Filters(period="2025-26-Q1"), Filters(period="soon")):
        with pytest.raises(Invalid):
            check_filters(offer, bad)
    check_formats(("csv", "xlsx"))
    for formats in ((), ("csv", "csv"), ("pdf",)):
        with pytest.raises(Invalid):
            check_formats(formats)

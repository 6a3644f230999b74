"""Rules of weekdays, dates and cron lines against a reckoning minute by minute, through both changes of the clocks."""

import calendar
import itertools
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grants.domain.errors import Invalid, RuleBroken, TallystickError
from grants.domain.periods import LONDON
from grants.domain.rule_times import check_change, check_period, due_until, next_due, settled_rule
from grants.domain.schedules import OWN, OWN_YEAR, Again, Every, Filters, Rule, Weekday, of_run

NOW = datetime(2025, 10, 20, 12, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
Named = Callable[[datetime], bool]
"""Whether a rule names a wall-clock time."""


@st.composite
def rules(draw: st.DrawFn) -> tuple[Rule, Named]:
    """A rule, and the same said in another way."""
    hour, minute = draw(st.integers(0, 3)), draw(st.sampled_from((0, 30, 59)))
    way = draw(st.sampled_from(("weekdays", "on", "cron", "cron")))
    if way == "weekdays":
        days = draw(st.sets(st.sampled_from(Weekday), min_size=1))
        names = [weekday.value for weekday in days]
        rule = Rule(weekdays=tuple(days), hour=hour, minute=minute)
        return rule, lambda wall: f"{wall:%A}".lower() in names and (wall.hour, wall.minute) == (hour, minute)
    if way == "on":
        on = draw(st.dates(date(2000, 1, 1), date(2015, 12, 31)))
        again = draw(st.sampled_from(Again))
        rule = Rule(on=on, again=again, hour=hour, minute=minute)

        def dated(wall: datetime) -> bool:
            last = calendar.monthrange(wall.year, wall.month)[1]
            right = again is Again.MONTH or wall.month == on.month
            return right and wall.day == min(on.day, last) and (wall.hour, wall.minute) == (hour, minute)

        return rule, dated
    hours = draw(st.sets(st.integers(0, 4), min_size=1) | st.just(set(range(24))))
    dom = draw(st.none() | st.sets(st.integers(1, 31), min_size=1))
    dow = draw(st.none() | st.sets(st.integers(0, 6), min_size=1))
    line = f"{minute} {_field(hours)} {_field(dom)} * {_field(dow)}"

    def on_line(wall: datetime) -> bool:
        in_month, in_week = dom is None or wall.day in dom, dow is None or wall.isoweekday() % 7 in dow
        day = in_month and in_week if None in (dom, dow) else in_month or in_week
        return day and wall.hour in hours and wall.minute == minute

    return Rule(cron=line), on_line


def _field(numbers: set[int] | None) -> str:
    return "*" if numbers is None else ",".join(map(str, sorted(numbers)))


def _reckoned(named: Named, start: date, until: datetime) -> list[datetime]:
    """Every minute is looked at: a wall-clock time counts where it comes first; one that is skipped, an hour later, unless
    the rule names that time too.
    """
    found, seen = [], set[datetime]()
    now = datetime(start.year, start.month, start.day, tzinfo=LONDON).astimezone(UTC)
    while now <= until:
        wall = now.astimezone(LONDON).replace(tzinfo=None)
        if wall not in seen and (named(wall) or (_is_skipped(wall - HOUR) and named(wall - HOUR))):
            found.append(now)
        seen.add(wall)
        now += MINUTE
    return found


def _is_skipped(wall: datetime) -> bool:
    return wall.replace(tzinfo=LONDON).astimezone(UTC).astimezone(LONDON).replace(tzinfo=None) != wall


@settings(max_examples=40)
@given(rules(), st.integers(2016, 2040), st.sampled_from((3, 10)), st.integers(0, 3))
def test_nothing_is_skipped_or_doubled_at_either_change_of_the_clocks(
    both: tuple[Rule, Named], year: int, month: int, before: int
) -> None:
    rule, named = both
    change = max(day for day in range(25, 32) if date(year, month, day).weekday() == 6)
    start = date(year, month, change) - timedelta(days=before)
    until = datetime(year, month, change, 12, tzinfo=UTC) + timedelta(days=1)
    dues = list(due_until(rule, start, until))
    assert [due.at for due in dues] == _reckoned(named, start, until)
    assert len({due.period for due in dues}) == len(dues)
    for due in dues:
        check_period(rule, due.period, until)


@settings(max_examples=40)
@given(rules(), st.dates(date(2016, 1, 1), date(2040, 1, 1)))
def test_over_years_instants_grow_periods_are_unique_and_the_next_five_are_those_that_come(
    both: tuple[Rule, Named], start: date
) -> None:
    rule, _ = both
    now = datetime(start.year, start.month, start.day, 12, tzinfo=UTC)
    dues = next_due(rule, start, now, 400)
    assert all(one.at < other.at for one, other in itertools.pairwise(dues))
    assert len({due.period for due in dues}) == len(dues)
    assert dues[:5] == next_due(rule, start, now)
    middle = dues[len(dues) // 2].at
    assert [due for due in dues if due.at > middle][:5] == next_due(rule, start, middle)


def test_an_hourly_line_runs_23_and_24_times_on_the_days_of_the_changes() -> None:
    rule = Rule(cron="30 * * * *")
    for day, times, gone in ((date(2026, 3, 29), 23, "2026-03-29T01:30"), (date(2025, 10, 26), 24, None)):
        end = datetime(day.year, day.month, day.day, tzinfo=LONDON) + timedelta(days=1)
        periods = [due.period for due in due_until(rule, day, end)]
        assert len(periods) == times
        if gone is not None:
            assert gone not in periods
            with pytest.raises(Invalid):
                check_period(rule, gone, end)


def test_a_daily_line_in_the_hour_that_is_skipped_runs_an_hour_later() -> None:
    [due] = due_until(Rule(cron="30 1 * * *"), date(2026, 3, 29), datetime(2026, 3, 29, 12, tzinfo=UTC))
    assert (due.at, due.period) == (datetime(2026, 3, 29, 1, 30, tzinfo=UTC), "2026-03-29T01:30")


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"every": Every.DAY, "cron": "0 9 * * *"},
        {"weekdays": (Weekday.MONDAY, Weekday.MONDAY)},
        {"weekdays": (Weekday.MONDAY,), "working_day": 1},
        {"weekdays": (Weekday.MONDAY,), "again": Again.MONTH},
        {"cron": "0 9 * * *", "hour": 9},
        {"cron": "*/30 9 * * *"},
        {"cron": "0,59 9 * * *"},
        {"cron": "* * * * *"},
        {"cron": "0 9 * *"},
        {"cron": "0 0 9 * * *"},
        {"cron": "@daily"},
        {"cron": "0 24 * * *"},
        {"cron": "0 9 30 2 *"},
        {"cron": "0 9 * * */0"},
        {"cron": ""},
        {"cron": "0 9 0 * *"},
        {"cron": "0 9 ٣ * *"},
        {"cron": "0 9 * 2 MON#5"},
        {"on": date(2025, 10, 19)},
        {"on": date(2025, 10, 20), "hour": 9},
        {"on": date(2031, 1, 1)},
        {"on": date(9999, 12, 31)},
        {"on": date(9999, 12, 31), "again": Again.YEAR},
    ],
)
def test_a_rule_that_says_too_much_too_little_or_nothing_that_comes_is_refused(said: dict[str, Any]) -> None:
    with pytest.raises((Invalid, RuleBroken)) as refused:
        settled_rule(Rule(**said), NOW)
    assert refused.value.code in ("rule", "cron")
    assert refused.value.message.endswith(".")


@given(
    st.text(max_size=40)
    | st.lists(st.text("0123456789*/,-#LWMONFRIJAN", max_size=6), min_size=5, max_size=5).map(" ".join)
)
def test_whatever_is_typed_as_a_cron_line_is_a_rule_or_is_refused(line: str) -> None:
    try:
        rule = settled_rule(Rule(cron=line), NOW)
    except TallystickError:
        return
    assert len(next_due(rule, NOW.date(), NOW)) == 5


def test_what_a_rule_leaves_out_is_filled_in_where_it_means_something() -> None:
    assert settled_rule(Rule(Every.MONTH), NOW) == Rule(Every.MONTH, 1, 7, 0)
    assert settled_rule(Rule(weekdays=(Weekday.FRIDAY,)), NOW) == Rule(weekdays=(Weekday.FRIDAY,), hour=7, minute=0)
    assert settled_rule(Rule(cron="5 9 * * *"), NOW) == Rule(cron="5 9 * * *")


def test_a_day_that_a_month_has_not_is_its_last() -> None:
    monthly = Rule(on=date(2026, 1, 31), again=Again.MONTH)
    assert [due.period for due in next_due(monthly, NOW.date(), NOW, 3)] == ["2026-01-31", "2026-02-28", "2026-03-31"]
    leap = Rule(on=date(2024, 2, 29), again=Again.YEAR)
    assert [due.period for due in next_due(leap, NOW.date(), NOW, 3)] == ["2026-02-28", "2027-02-28", "2028-02-29"]
    once = Rule(on=date(2026, 1, 5), hour=9)
    assert [due.period for due in next_due(once, NOW.date(), NOW)] == ["2026-01-05"]


@pytest.mark.parametrize(
    ("rule", "code"),
    [
        (Rule(weekdays=(Weekday.TUESDAY,)), "2025-10-13"),
        (Rule(weekdays=(Weekday.TUESDAY,)), "20251014"),
        (Rule(weekdays=(Weekday.TUESDAY,)), "2025-26-Q1"),
        (Rule(on=date(2025, 1, 1), again=Again.YEAR), "2025-01-02"),
        (Rule(cron="30 8 * * *"), "2025-10-13"),
        (Rule(cron="30 8 * * *"), "2025-10-13T08:31"),
        (Rule(cron="30 8 * * *"), "2025-10-13T08:30+00:00"),
        (Rule(cron="30 8 * * *"), "2025-10-32T08:30"),
        (Rule(cron="30 8 * * *"), "1066-10-14T08:30"),
    ],
)
def test_a_code_that_the_rule_does_not_name_is_refused(rule: Rule, code: str) -> None:
    with pytest.raises(Invalid):
        check_period(rule, code, NOW)


def test_a_time_to_come_is_not_made_before_it() -> None:
    rule = Rule(weekdays=(Weekday.MONDAY,), hour=13)
    check_period(rule, "2025-10-13", NOW)
    with pytest.raises(RuleBroken, match="20 October 2025 at 13:00"):
        check_period(rule, "2025-10-20", NOW - HOUR)
    check_period(rule, "2025-10-20", NOW)


def test_a_rule_is_not_changed_into_one_in_which_the_same_day_names_something_else() -> None:
    on_days = Rule(weekdays=(Weekday.MONDAY,))
    for one, other in ((on_days, Rule(Every.DAY)), (Rule(Every.WEEK), on_days), (Rule(Every.DAY), Rule(Every.WEEK))):
        with pytest.raises(RuleBroken):
            check_change(one, other)
    for other in (Rule(weekdays=(Weekday.FRIDAY,)), Rule(cron="0 9 * * *"), Rule(Every.MONTH)):
        check_change(on_days, other)


def test_a_run_covers_its_own_period_where_its_schedule_says_so() -> None:
    fixed = Filters(programme="TOEX", period="2024-25")
    assert of_run(fixed, "2025-26-Q2") == fixed
    assert of_run(Filters(), "2025-10-27") == Filters()
    assert of_run(Filters(period=OWN), "2025-26-Q2") == Filters(period="2025-26-Q2")
    assert of_run(Filters(programme="TOEX", period=OWN_YEAR), "2025-26-P07") == Filters(
        programme="TOEX", period="2025-26"
    )
    with pytest.raises(Invalid):
        of_run(Filters(period=OWN), "2025-10-27")

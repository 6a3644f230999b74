"""Checks of milestones: each of the award's stands there, dated, rated, and explained where it is red or late."""

from collections.abc import Iterator
from datetime import date

from grants.domain.plan import Rag
from grants.domain.returns import Problem
from importers.checks.facts import Facts
from importers.checks.places import in_column, unreadable
from importers.documents import Milestones
from importers.messages import problem


def milestones_readable(facts: Facts) -> Iterator[Problem]:
    """Titles are there, dates are days of the calendar, ratings are known, no text is too long."""
    if facts.milestones is not None:
        yield from unreadable(facts.milestones.sheet, facts.milestones.rows, facts.milestones.typed)


def milestones_complete(facts: Facts) -> Iterator[Problem]:
    """Each milestone of the award has one row."""
    milestones = facts.milestones
    if milestones is None:
        return
    titles = [_key(title or "") for title in milestones.title.values]
    again = [at for at, title in enumerate(titles) if title and title in titles[:at]]
    yield from in_column("milestone_repeated", milestones.sheet, milestones.rows, milestones.title, again)
    if "" in titles:
        return  # a title that cannot be read may be any
    for agreed in facts.agreed_milestones:
        if _key(agreed.title) not in titles:
            yield problem("milestone_missing", milestones.sheet, "", title=agreed.title)


def milestones_dated(facts: Facts) -> Iterator[Problem]:
    """What is not done has a forecast date that has not passed; what is done was done on a day that has."""
    milestones = facts.milestones
    if milestones is None:
        return
    forecasts, sheet, rows = milestones.forecast, milestones.sheet, milestones.rows
    unread = {at for positions in forecasts.faults.values() for at in positions}
    undated = [at for at in _unfinished(milestones) if forecasts.values[at] is None and at not in unread]
    yield from in_column("milestone_undated", sheet, rows, forecasts, undated)
    yield from in_column("forecast_in_past", sheet, rows, forecasts, _overtaken(facts, milestones))
    today = facts.today
    if today is not None:
        early = [at for at, day in enumerate(milestones.actual.values) if day is not None and day > today]
        yield from in_column("not_yet", sheet, rows, milestones.actual, early, heading="actual date")


def milestones_rated(facts: Facts) -> Iterator[Problem]:
    """What is not done is rated green, amber or red."""
    milestones = facts.milestones
    if milestones is None:
        return
    unread = {at for positions in milestones.rag.faults.values() for at in positions}
    unrated = [at for at in _unfinished(milestones) if milestones.rag.values[at] is None and at not in unread]
    yield from in_column("blank", milestones.sheet, milestones.rows, milestones.rag, unrated, heading="RAG rating")


def milestones_explained(facts: Facts) -> Iterator[Problem]:
    """What is rated red, or comes later than its baseline, has a comment."""
    milestones = facts.milestones
    if milestones is None:
        return
    baselines = facts.baselines
    overtaken = set(_overtaken(facts, milestones))
    silent = []
    for at, comment in enumerate(milestones.comment.values):
        day = milestones.actual.values[at] or milestones.forecast.values[at]
        baseline = baselines[at]
        late = day is not None and baseline is not None and day > baseline and at not in overtaken
        if comment == "" and (late or milestones.rag.values[at] is Rag.RED):
            silent.append(at)
    yield from in_column("milestone_unexplained", milestones.sheet, milestones.rows, milestones.comment, silent)


def _unfinished(milestones: Milestones) -> list[int]:
    """The positions of milestones that nobody says are done; one whose actual date cannot be read may be."""
    unread = {at for positions in milestones.actual.faults.values() for at in positions}
    return [at for at, day in enumerate(milestones.actual.values) if day is None and at not in unread]


def _overtaken(facts: Facts, milestones: Milestones) -> list[int]:
    def passed(day: date | None) -> bool:
        return day is not None and facts.today is not None and day < facts.today

    return [at for at in _unfinished(milestones) if passed(milestones.forecast.values[at])]


def _key(title: str) -> str:
    return " ".join(title.casefold().split())

"""Schedules before they are saved, and changed afterwards."""

from dataclasses import replace
from datetime import date
from itertools import islice
from typing import Annotated
from uuid import UUID

from msgspec import Meta, Struct

from grants.actions.report_views import DueView, ScheduleView, schedule
from grants.actions.reports import (
    Formats,
    NewSchedule,
    Offers,
    Receivers,
    Title,
    add_missing,
    checked,
    managed,
    offered,
    receiving,
    settled_filters,
)
from grants.domain.access import Deed
from grants.domain.periods import london_day
from grants.domain.rule_times import MAX_AT_ONCE, check_change, check_start, due_until, next_due, settled_rule
from grants.domain.schedules import Filters, Rule, check_formats
from grants.store import reports as stored
from grants.store.journal import record
from grants.store.reports import ScheduleRow
from grants.store.transaction import Tx, View


class Preview(Struct, frozen=True):
    """What a schedule would come to, if it were saved now: its rule with what it leaves out, and the next five runs.

    `at_once`: how many periods are due since its start already, and would be made at once.
    """

    rule: Rule
    filters: Filters
    starts_on: date
    at_once: Annotated[int, Meta(ge=0, examples=[2])]
    next: list[DueView]


class ScheduleChange(Struct, frozen=True, forbid_unknown_fields=True):
    """What changes of a schedule; what is left out stays. Runs that there are already stay as they are."""

    title: Title | None = None
    rule: Rule | None = None
    filters: Filters | None = None
    formats: Formats | None = None
    starts_on: date | None = None
    receivers: Receivers | None = None


async def preview(view: View, offers: Offers, new: NewSchedule) -> Preview:
    """What a schedule would come to. Raises as adding it does, and keeps nothing."""
    settled, starts_on = await checked(view, offers, new)
    await receiving(view, offers[new.report], settled.filters, new.receivers, is_example=False)
    behind = len(list(islice(due_until(settled.rule, starts_on, view.now), MAX_AT_ONCE)))
    coming = [DueView(due.period, due.at) for due in next_due(settled.rule, starts_on, view.now)]
    return Preview(settled.rule, settled.filters, starts_on, behind, coming)


async def change_schedule(tx: Tx, offers: Offers, schedule_id: UUID, change: ScheduleChange) -> ScheduleView:
    """Changes a schedule. What has fallen due by its old rule is still made.

    Another rule holds from today, or from `starts_on`; the same length of periods on another day or hour makes up for those
    that would have been due. Raises as adding one does.
    """
    found = await managed(tx, schedule_id)
    changed = await _changed(tx, offers, found, change)
    before = {name: getattr(found, name) for name in _CHANGING if getattr(found, name) != getattr(changed, name)}
    if before:
        if found.state == "active":
            await add_missing(tx, found, await stored.known_periods(tx.db))
        people = None
        if before.keys() & {"receivers", "filters"}:
            people = await receiving(
                tx, offers[found.report], changed.filters, changed.receivers, is_example=found.is_example
            )
        await stored.change_schedule(tx, changed, people)
        after = {name: getattr(changed, name) for name in before}
        if "receivers" in before:  # the record names people by their numbers alone
            before["receivers"], after["receivers"] = len(found.receivers), people
        await record(tx, Deed.MANAGE_SCHEDULES, "report_schedule", str(found.id), before=before, after=after)
    return await schedule(tx, schedule_id)


_CHANGING = ("title", "rule", "filters", "formats", "starts_on", "receivers")


async def _changed(tx: Tx, offers: Offers, found: ScheduleRow, change: ScheduleChange) -> ScheduleRow:
    offer = offered(offers, found.report)
    rule, starts_on = found.rule, change.starts_on or found.starts_on
    if change.rule is not None:
        rule = settled_rule(change.rule, tx.now)
        check_change(found.rule, rule)
    if change.starts_on is None and rule != found.rule and (rule.every is None or rule.way != found.rule.way):
        starts_on = max(found.starts_on, london_day(tx.now))
    if starts_on != found.starts_on:
        check_start(rule, starts_on, tx.now)
    filters = found.filters if change.filters is None else change.filters
    if filters != found.filters or rule != found.rule:
        filters = await settled_filters(tx, offer, filters, rule, starts_on)
    if change.formats is not None:
        check_formats(change.formats, offer.formats)
    return replace(
        found,
        title=found.title if change.title is None else change.title.strip(),
        rule=rule,
        filters=filters,
        formats=change.formats or found.formats,
        starts_on=starts_on,
        receivers=found.receivers if change.receivers is None else tuple(sorted(_addresses(change.receivers))),
    )


def _addresses(given: Receivers) -> set[str]:
    return {address.strip().lower() for address in given}

"""Report schedules and runs, as people ask for them: define, pause, resume, make now."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

from msgspec import Meta, Struct, to_builtins
from msgspec.structs import replace

from grants.actions.report_scope import NOT_FOUND, check_over, settled, with_seed
from grants.actions.report_views import RunView, ScheduleView, run, schedule
from grants.domain.access import MAY, Deed, require, require_genuine
from grants.domain.errors import Conflict, Invalid, NotFound
from grants.domain.periods import london_day
from grants.domain.rule_times import check_period, check_start, due_until, first_due, settled_rule
from grants.domain.schedules import Filters, Offer, Rule, check_formats, check_own, of_run
from grants.store import ledger, report_notices
from grants.store import reports as stored
from grants.store.journal import record
from grants.store.ledger import AsAt
from grants.store.report_places import place_before
from grants.store.reports import ScheduleRow
from grants.store.tables import ReportRun, ReportSchedule
from grants.store.transaction import Tx, View

Offers = Mapping[str, Offer]
"""The reports that can be made, by name."""

Formats = Annotated[tuple[str, ...], Meta(min_length=1, max_length=5, examples=[["xlsx", "csv"]])]
ReportName = Annotated[str, Meta(max_length=80, examples=["allocation-position"])]
Title = Annotated[
    str, Meta(min_length=2, max_length=200, pattern=r"^[^\r\n]*\S[^\r\n]*$", examples=["Position, each quarter"])
]
Receivers = Annotated[
    tuple[Annotated[str, Meta(min_length=3, max_length=254)], ...],
    Meta(max_length=50, description="Email addresses of people who may see the report: who is told when it is there."),
]
BY_HAND = "by hand"


class NewSchedule(Struct, frozen=True, forbid_unknown_fields=True):
    """A schedule to add. It starts today unless `starts_on` says otherwise; periods due since an earlier day are made at once."""

    report: ReportName
    title: Title
    rule: Rule
    filters: Filters = Filters()
    formats: Formats = ("xlsx", "csv")
    starts_on: date | None = None
    receivers: Receivers = ()


class NewRun(Struct, frozen=True, forbid_unknown_fields=True):
    """A report to make now, or as it was at an entry number; its figures compared with those at an earlier one, `since`."""

    report: ReportName
    filters: Filters = Filters()
    formats: Formats = ("xlsx",)
    as_at: Annotated[int, Meta(ge=0, examples=[812])] | None = None
    since: Annotated[int, Meta(ge=0, examples=[640])] | None = None


async def add_schedule(tx: Tx, offers: Offers, new: NewSchedule, *, is_example: bool = False) -> ScheduleView:
    """Adds a schedule. Raises NotFound for an unknown report or filter, Invalid, RuleBroken, NotAllowed."""
    new, starts_on = await checked(tx, offers, new)
    row = ReportSchedule(
        report=new.report,
        title=new.title,
        filters=_plain(new.filters),
        formats=list(new.formats),
        rule=_plain(new.rule),
        starts_on=starts_on,
        receivers=await receiving(tx, offers[new.report], new.filters, new.receivers, is_example=is_example),
        state="active",
        created_by=tx.actor.id,
        created_at=tx.now,
        is_example=is_example or tx.actor.is_example,
    )
    await stored.add_schedule(tx, row)
    after = {"report": new.report, "filters": new.filters, "formats": new.formats, "rule": new.rule}
    after |= {"starts_on": starts_on, "receivers": row.receivers}
    await record(tx, Deed.MANAGE_SCHEDULES, "report_schedule", str(row.id), after=after)
    return await schedule(tx, row.id)


async def checked(view: View, offers: Offers, new: NewSchedule) -> tuple[NewSchedule, date]:
    """A schedule as it would be kept, and when it starts. Raises NotFound for an unknown report or filter, Invalid, RuleBroken,
    NotAllowed.
    """
    require(view.actor, Deed.MANAGE_SCHEDULES)
    offer = offered(offers, new.report)
    rule = settled_rule(new.rule, view.now)
    starts_on = new.starts_on or london_day(view.now)
    check_start(rule, starts_on, view.now)
    filters = await settled_filters(view, offer, new.filters, rule, starts_on)
    check_formats(new.formats, offer.formats)
    return replace(new, rule=rule, filters=filters, title=new.title.strip()), starts_on


async def receiving(
    view: View, offer: Offer, filters: Filters, addresses: Sequence[str], *, is_example: bool
) -> list[UUID]:
    """The people of some addresses. Raises Invalid for one that is nobody's, or of somebody who may not see the reports."""
    wanted = [address.strip().lower() for address in addresses]
    roles, sight = MAY[Deed.SEE_REPORTS], MAY[offer.sight] if offer.sight else None
    found = await report_notices.by_address(view.db, wanted)
    with_examples = is_example or view.actor.is_example
    told = await report_notices.held_over(
        view.db, list(found.values()), filters.programme, roles, sight, with_examples=with_examples
    )
    for number, address in enumerate(wanted, 1):
        if found.get(address) not in told:
            raise Invalid("receivers", f"Receiver {number} is nobody who may see these reports. Check the address.")
    return sorted(set(told), key=str)


async def settled_filters(view: View, offer: Offer, filters: Filters, rule: Rule, starts_on: date) -> Filters:
    """A schedule's filters with the programme that they come to. Raises as `settled` does, for the first run's own period too."""
    check_own(offer, filters, rule)
    first = of_run(filters, first_due(rule, starts_on).period)
    return replace(
        await settled(view, Deed.MANAGE_SCHEDULES, offer, first),
        period=filters.period,
        sample=with_seed(offer, filters).sample,
    )


async def pause(tx: Tx, schedule_id: UUID) -> ScheduleView:
    """Stops a schedule. What has fallen due by now is still made; what falls due while it is paused is not."""
    found = await managed(tx, schedule_id)
    if found.state == "active":
        await add_missing(tx, found, await stored.known_periods(tx.db))
        await _set_state(tx, found, "paused", found.starts_on)
    return await schedule(tx, schedule_id)


async def resume(tx: Tx, schedule_id: UUID) -> ScheduleView:
    """Starts a paused schedule again, from today. A period that was passed over can be made with `run_now`."""
    found = await managed(tx, schedule_id)
    if found.state == "paused":
        await _set_state(tx, found, "active", max(found.starts_on, london_day(tx.now)))
    return await schedule(tx, schedule_id)


async def _set_state(tx: Tx, found: ScheduleRow, state: str, starts_on: date) -> None:
    await stored.set_schedule(tx, found.id, state, starts_on)
    before, after = {"state": found.state}, {"state": state, "starts_on": starts_on}
    await record(tx, Deed.MANAGE_SCHEDULES, "report_schedule", str(found.id), before=before, after=after)


async def run_now(tx: Tx, schedule_id: UUID, period: str) -> RunView:
    """Makes a schedule's report for a period that has ended, without waiting; a failed one is tried again.

    Raises Conflict where it is made or being made: each period has one report.
    """
    found = await managed(tx, schedule_id, Deed.MAKE_REPORT)
    check_period(found.rule, period, tx.now)
    earlier = await stored.run_for_period(tx, schedule_id, period)
    if earlier is not None:
        if earlier.state not in ("failed", "due"):
            raise Conflict("exists", "This schedule has a run for that period already.", run=str(earlier.id))
        await stored.try_again(tx, earlier.id)
        await record(tx, Deed.MAKE_REPORT, "report_run", str(earlier.id), after={"tried_again": True})
        return await run(tx, earlier.id)
    new = NewRun(found.report, found.filters, found.formats)
    return await _ask(tx, new, of_run(found.filters, period), found, period)


async def ask_as_it_stood(tx: Tx, schedule_id: UUID, period: str, entry_no: int) -> RunView:
    """Asks for a schedule's report of a period that has none yet, as it would have come out at an earlier entry."""
    found = await managed(tx, schedule_id, Deed.MAKE_REPORT)
    new = NewRun(found.report, found.filters, found.formats, as_at=entry_no)
    return await _ask(tx, new, of_run(found.filters, period), found, period)


async def ask_for_run(tx: Tx, offers: Offers, new: NewRun) -> RunView:
    """Asks for a report by hand: it is made in the background, as the record stands now or at `as_at`."""
    require(tx.actor, Deed.MAKE_REPORT)
    offer = offered(offers, new.report)
    filters = with_seed(offer, await settled(tx, Deed.MAKE_REPORT, offer, new.filters))
    check_formats(new.formats, offer.formats)
    return await _ask(tx, new, filters)


async def _ask(tx: Tx, new: NewRun, filters: Filters, of: ScheduleRow | None = None, period: str = BY_HAND) -> RunView:
    asked = await ledger.as_at(tx.db, new.as_at) if new.as_at is not None else None
    row = ReportRun(
        schedule_id=of.id if of else None,
        period=period,
        report=new.report,
        filters=_plain(filters),
        formats=list(new.formats),
        state="due",
        attempts=0,
        fence=0,
        not_before=tx.now,
        rows_done=0,
        requested_by=tx.actor.id,
        requested_at=tx.now,
        is_example=bool(of and of.is_example) or tx.actor.is_example,
    )
    after = {"report": new.report, "filters": filters, "formats": new.formats, "period": period}
    at = await place_now(tx, "report_run", str(row.id), after)
    at = asked or at
    row.entry_no, row.journal_no = at.entry_no, at.journal_no
    if of is not None:
        since = await place_before(tx.db, of.id, at)
    else:
        since = None if new.since is None else await ledger.as_at(tx.db, new.since)
    if since is not None:
        check_since(at, since)
        row.since_entry_no, row.since_journal_no = since.entry_no, since.journal_no
    await stored.add_run(tx, row)
    return await run(tx, row.id)


def check_since(at: AsAt, since: AsAt) -> None:
    """Raises Invalid where a report would be compared with a later place than its own."""
    if since.entry_no > at.entry_no or since.journal_no > at.journal_no:
        raise Invalid("since", "A report is compared with an earlier place than its own. Use an earlier entry number.")


async def place_now(tx: Tx, subject_kind: str, subject: str, after: Mapping[str, object]) -> AsAt:
    """Notes in the journal that a report is made, and gives the place in the record from which it is.

    The record's own number ends what counts: while this deed holds the journal, no other can post.
    """
    journal_no = await record(tx, Deed.MAKE_REPORT, subject_kind, subject, after=after)
    return AsAt((await ledger.head(tx.db)).entry_no, journal_no)


Looked = dict[UUID, tuple[ScheduleRow, datetime]]
"""Until when each schedule was looked at, and how it stood then: what had fallen due of it has been added."""


async def add_due_runs(tx: Tx, looked: Looked) -> Looked:
    """Adds the runs that have fallen due of every active schedule, however long nobody was awake.

    `looked` is what an earlier call gave, once it was committed: an hourly schedule has thousands of runs a year, and is not
    looked at from its beginning each time. One that was changed since is.
    """
    require(tx.actor, Deed.MAKE_REPORT)
    active = await stored.schedules(tx.db, None, None, active=True)
    since = {found.id: looked[found.id][1] for found in active if looked.get(found.id, (None,))[0] == found}
    oldest = min(since.values(), default=None) if len(since) == len(active) else None
    known = await stored.known_periods(tx.db, None if oldest is None else oldest - timedelta(days=1))
    for found in active:
        await add_missing(tx, found, known, since.get(found.id))
    return {found.id: (found, tx.now) for found in active}


async def add_missing(
    tx: Tx, found: ScheduleRow, known: Mapping[UUID, set[str]], since: datetime | None = None
) -> None:
    """Adds a schedule's runs that have fallen due and are not known; all that had by `since` are there."""
    have = known.get(found.id, set())
    first = found.starts_on if since is None else max(found.starts_on, london_day(since))
    missing = [(due.period, due.at) for due in due_until(found.rule, first, tx.now) if due.period not in have]
    if missing:
        await stored.add_due(tx, found, missing)


def offered(offers: Offers, name: str) -> Offer:
    """The report of a name. Raises NotFound."""
    if name not in offers:
        raise NotFound("report", f"There is no report with that name. There are: {', '.join(sorted(offers))}.")
    return offers[name]


async def managed(tx: Tx, schedule_id: UUID, deed: Deed = Deed.MANAGE_SCHEDULES) -> ScheduleRow:
    """A schedule that the actor may do the deed on, which nobody else changes meanwhile. Raises NotFound, NotAllowed."""
    await schedule(tx, schedule_id)
    found = await stored.lock_schedule(tx, schedule_id)
    if found is None:
        raise NotFound("not_found", NOT_FOUND)
    check_over(tx.actor, deed, found.filters.programme)
    require_genuine(tx.actor, found.is_example)
    return found


def _plain(value: Struct) -> dict[str, Any]:
    plain: dict[str, Any] = to_builtins(value)
    return plain

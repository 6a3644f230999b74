"""Making the reports that are due: claim a run, make its files, keep them with their hashes, or say why not and try again."""

import asyncio
import tempfile
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import asyncpg
import structlog

from grants.actions.people import SCHEDULER
from grants.actions.reports import Looked, add_due_runs, place_now
from grants.domain.access import Deed
from grants.domain.checkpoints import Signer
from grants.domain.errors import TallystickError
from grants.domain.notices import GIVEN_UP, Notice
from grants.domain.publishing import UNNAMED, Publisher
from grants.store import report_claims as claims
from grants.store import report_notices
from grants.store.journal import record
from grants.store.report_claims import LEASE, Claim
from grants.store.transaction import Gate
from reports.catalogue import by_name
from reports.making import DEFAULT_CONTACT, MadeFiles, Order, make
from reports.report import Report

FIRST_DELAY: Final = timedelta(seconds=30)
LONGEST_DELAY: Final = timedelta(hours=1)
HEARTBEAT_SECONDS: Final = 2.0
_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Pace:
    """How long a claim holds without a word, how often its holder gives one, and how long a run that failed waits at first.

    A heartbeat must be much shorter than the lease.
    """

    lease: timedelta = LEASE
    heartbeat_seconds: float = HEARTBEAT_SECONDS
    first_delay: timedelta = FIRST_DELAY


USUAL: Final = Pace()


class ClaimLost(Exception):
    """The lease ended and somebody else has claimed the run: nothing of this attempt may be kept."""


@dataclass
class _Progress:
    rows: int = 0

    def __call__(self, rows: int) -> None:
        self.rows = rows


@dataclass(frozen=True)
class _Press:
    """What all reports of a wake are made with."""

    catalogue: Mapping[str, Report]
    signer: Signer
    contact: str
    publisher: Publisher
    pace: Pace


async def wake(
    gate: Gate,
    signer: Signer,
    *,
    contact: str = DEFAULT_CONTACT,
    publisher: Publisher = UNNAMED,
    reports: Mapping[str, Report] | None = None,
    pace: Pace = USUAL,
    looked: Looked | None = None,
) -> int:
    """Makes everything that is due and that nobody else is making; gives the number of finished runs.

    Any number of processes may be awake at once: each period of a schedule comes to one set of files. `signer` signs the
    checkpoints on their covers. `looked` is kept from wake to wake, so that each looks only at what is new.
    """
    looked = {} if looked is None else looked
    press = _Press(by_name() if reports is None else reports, signer, contact, publisher, pace)
    async with gate.deed(SCHEDULER) as tx:
        for given_up in await claims.give_up(tx):
            await report_notices.queue(tx, Notice.REPORT_FAILED, given_up, GIVEN_UP)
        now_looked = await add_due_runs(tx, looked)
    looked.clear()
    looked.update(now_looked)
    done = 0
    while (claimed := await _claim(gate, pace)) is not None:
        done += await _attempt(gate, claimed, press)
    return done


async def _claim(gate: Gate, pace: Pace = USUAL) -> Claim | None:
    """The first claim on a run settles its place in the record; later attempts are made from the same."""
    async with gate.deed(SCHEDULER) as tx:
        claimed = await claims.claim(tx, pace.lease)
        if claimed is None or claimed.run.at is not None:
            return claimed
        after = {"report": claimed.run.report, "period": claimed.run.period, "filters": claimed.run.filters}
        at = await place_now(tx, "report_run", str(claimed.run.id), after)
        return await claims.settle_place(tx, claimed, at)


async def _attempt(gate: Gate, claimed: Claim, press: _Press) -> bool:
    progress = _Progress()
    try:
        with tempfile.TemporaryDirectory(prefix="tallystick-report-") as folder:
            work = _make(gate, claimed, press, Path(folder), progress)
            made = await _while_beating(gate, claimed, progress, work, press.pace)
            await _keep(gate, claimed, made)
    except ClaimLost:
        _log.warning("report_claim_lost", run=str(claimed.run.id), attempt=claimed.attempt)
        return False
    except Exception as error:  # noqa: BLE001 – whatever stops one report must not stop the others
        await _fail(gate, claimed, error, press.pace)
        return False
    return True


async def _make(gate: Gate, claimed: Claim, press: _Press, folder: Path, progress: _Progress) -> MadeFiles:
    run = claimed.run
    if run.report not in press.catalogue or run.at is None:
        raise TallystickError("report", f"This version of the service has no report named {run.report}.")
    order = Order(
        press.catalogue[run.report],
        run.filters,
        run.at,
        run.formats,
        press.signer,
        press.contact,
        press.publisher,
        run.since,
    )
    async with gate.reading(SCHEDULER) as view:
        return await make(view.db, order, folder, progress)


async def _while_beating(
    gate: Gate, claimed: Claim, progress: _Progress, work: Coroutine[Any, Any, MadeFiles], pace: Pace
) -> MadeFiles:
    """Does the work while its lease is renewed. Raises ClaimLost, and ends the work, where the lease was lost."""
    tasks = asyncio.create_task(work), asyncio.create_task(_beat(gate, claimed, progress, pace))
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        if tasks[1].done():
            raise ClaimLost
        return tasks[0].result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _beat(gate: Gate, claimed: Claim, progress: _Progress, pace: Pace) -> None:
    """Says how far the work is, each time in a small transaction of its own. It ends where somebody else has the run."""
    kept = True
    while kept:
        await asyncio.sleep(pace.heartbeat_seconds)
        try:
            async with gate.deed(SCHEDULER) as tx:
                kept = await claims.renew(tx, claimed, progress.rows, pace.lease)
        except Exception as error:  # noqa: BLE001 – the lease outlasts a database that is away for a moment
            _log.warning("report_lease_not_renewed", run=str(claimed.run.id), error=type(error).__name__)


async def _keep(gate: Gate, claimed: Claim, made: MadeFiles) -> None:
    """File, hash, place, journal record and notice in one transaction; nothing where the fence is no longer ours."""
    run = claimed.run
    async with gate.deed(SCHEDULER) as tx:
        if not await claims.finish(tx, claimed, made.rows, is_example=made.is_example):
            raise ClaimLost
        for name, path in made.files.items():
            label = run.period.replace(":", "") if run.schedule_id else f"entry-{run.entry_no}"
            with path.open("rb") as content:
                await claims.add_file(tx, run.id, made.file_row(name, f"{run.report}-{label}.{name}"), content)
        after: dict[str, Any] = {"entry_no": run.entry_no, "journal_no": run.journal_no}
        after |= {} if run.since is None else {"since": [run.since.entry_no, run.since.journal_no]}
        after |= {"rows": made.rows, "sha256": made.sha256}
        await record(tx, Deed.MAKE_REPORT, "report_run", str(run.id), after=after)
        await report_notices.queue(tx, Notice.REPORT_READY, run.id)


async def _fail(gate: Gate, claimed: Claim, error: Exception, pace: Pace = USUAL) -> None:
    """Notes the failure, and has administrators told: of the first, and of the last. Where even that fails, the lease ends by itself and the run is tried again."""
    _log.warning("report_failed", run=str(claimed.run.id), attempt=claimed.attempt, error=type(error).__name__)
    which = GIVEN_UP if claimed.attempt >= claims.MAX_ATTEMPTS else ""
    again = min(pace.first_delay * 4 ** (claimed.attempt - 1), LONGEST_DELAY)
    try:
        async with gate.deed(SCHEDULER) as tx:
            if await claims.fail(tx, claimed, reason_for(error), tx.now + again):
                await report_notices.queue(tx, Notice.REPORT_FAILED, claimed.run.id, which)
    except Exception as trouble:  # noqa: BLE001
        _log.warning("report_failure_not_kept", run=str(claimed.run.id), error=type(trouble).__name__)


def reason_for(error: BaseException) -> str:
    """Why a report failed, in a sentence for people. An error's own text is left out where it could quote a recipient."""
    if isinstance(error, TallystickError):
        return error.message
    if isinstance(error, asyncpg.PostgresError):
        return f"The database refused (PostgreSQL's code {error.sqlstate}). It will be tried again."
    if isinstance(error, OSError):
        return (
            f"The files could not be written or the database not be reached: {error.strerror or type(error).__name__}."
        )
    return f"The report could not be made: {type(error).__name__}. Tell whoever looks after the service."

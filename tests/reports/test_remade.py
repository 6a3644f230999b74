"""Every report in every format is the same bytes again: in another process, elsewhere, later."""

import asyncio
import json
import os
import sys
from pathlib import Path

from msgspec.structs import replace

from grants.domain.decisions import AmendLine, LineFacts, Vary
from grants.store import ledger
from reports.catalogue import all_reports
from tests.database import Database, looking
from tests.grants.actions.cast import decide, opened
from tests.grants.actions.stage import TERMS
from tests.reports.ledger import AWARD, LINE, Line, Record
from tests.reports.remaking import remade

ELSEWHERE = (
    {"PYTHONHASHSEED": "1", "TZ": "Pacific/Kiritimati", "LC_ALL": "C"},
    {"PYTHONHASHSEED": "2", "TZ": "America/St_Johns", "LC_ALL": "de_DE.UTF-8"},
)


async def _elsewhere(dsn: str, folder: Path, numbers: list[int], **environment: str) -> dict[str, str]:
    folder.mkdir()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.reports.remaking", dsn, str(folder), *map(str, numbers)),
        env={**os.environ, **environment},
        stdout=asyncio.subprocess.PIPE,
    )
    said, _ = await process.communicate()
    assert process.returncode == 0
    found: dict[str, str] = json.loads(said)
    return found


async def test_the_same_report_from_the_same_place_is_the_same_bytes(fresh_database: Database, tmp_path: Path) -> None:
    async with opened(fresh_database) as gate:
        record = await Record.set_up(gate)
        async with looking(gate) as db:
            since = await ledger.head(db)
        await record.accept("2025-26-Q1", [Line(100_00, payee="=1+1", description="ß – “£”")], {"2025-26-Q3": 9_00})
        returned = await record.submit("2025-26-Q2", [Line(1_00)])
        async with looking(gate) as db:
            at = await ledger.head(db)
        here = await remade(
            fresh_database.service_dsn,
            tmp_path,
            (at.entry_no, at.journal_no),
            (since.entry_no, since.journal_no),
        )
        assert len(here) == sum(len(report.offer.formats) for report in all_reports())
        await record.certify(returned)
        facts = LineFacts(title="Another title", do_not_publish="Now it is sensitive", announced_pence=1)
        for later in (AmendLine(LINE, facts), Vary(AWARD, replace(TERMS, purpose="Another purpose"))):
            await decide(gate, record.stage.lead, record.stage.approver, later)
        numbers = [at.entry_no, at.journal_no, since.entry_no, since.journal_no]
        there = await asyncio.gather(
            *(
                _elsewhere(fresh_database.service_dsn, tmp_path / str(place), numbers, **environment)
                for place, environment in enumerate(ELSEWHERE)
            )
        )
        assert there == [here, here]

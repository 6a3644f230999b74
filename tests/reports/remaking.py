"""A process that makes every report in every format from one place in the record, and prints what each file hashes to."""

import asyncio
import json
import locale
import sys
import time
from contextlib import suppress
from pathlib import Path

from grants.actions.people import OPERATOR
from grants.store.transaction import Gate
from reports.by_hand import make_report
from reports.catalogue import all_reports
from tests.reports.waking import SIGNER


async def remade(dsn: str, folder: Path, at: tuple[int, int], since: tuple[int, int]) -> dict[str, str]:
    """SHA-256 by report and format."""
    gate = await Gate.open(dsn, connections=2)
    found = {}
    try:
        for report in all_reports():
            for of_format in report.offer.formats:
                made = await make_report(
                    gate,
                    OPERATOR,
                    report.name,
                    output=folder / f"report.{of_format}",
                    signer=SIGNER,
                    format=of_format,
                    entry_no=at[0],
                    journal_no=at[1],
                    since=since,
                )
                found[f"{report.name}.{of_format}"] = made.sha256
    finally:
        await gate.close()
    return found


if __name__ == "__main__":
    with suppress(locale.Error):
        locale.setlocale(locale.LC_ALL, "")
    time.tzset()
    dsn, folder, *numbers = sys.argv[1:]
    place = [int(number) for number in numbers]
    made = asyncio.run(remade(dsn, Path(folder), (place[0], place[1]), (place[2], place[3])))
    sys.stdout.write(json.dumps(made))

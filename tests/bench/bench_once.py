"""Exactly once: how many reports there are too many, and too few, where processes and the database are killed meanwhile."""

from pathlib import Path

from tests.bench.figures import Figure, counted
from tests.reports.upheaval import Trial, Upheaval, tally


async def bench_once(folder: Path, trial: Trial) -> list[Figure]:
    """One trial, in the folder. Raises TimeoutError where not every report is made in the trial's time."""
    upheaval = Upheaval(trial, folder)
    async with upheaval.begun() as gate:
        await upheaval.to_the_end()
        found = await tally(trial, gate)
    name = f"exactly once, {trial.periods} periods, {trial.kills} kills"
    return [
        counted(f"{name}: duplicates", found.duplicates, trial.periods, "periods"),
        counted(f"{name}: missing", found.missing, trial.periods, "periods"),
    ]

"""The command that removes what has outlived its years."""

import sys
from typing import Annotated

import msgspec
import typer

from grants import installation
from grants.actions.people import OPERATOR
from grants.actions.retention import PERSON_YEARS, Removals, apply_retention
from grants.settings import Settings
from grants.store.transaction import Gate


def retention(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be removed, and remove nothing.")] = False,
    person_years: Annotated[
        int, typer.Option(min=PERSON_YEARS, max=99, help="Years for which people are known after they left.")
    ] = PERSON_YEARS,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON on standard output.")] = False,
) -> None:
    """Remove personal data that has outlived its years. Amounts stay, and the proof still holds."""

    async def work(gate: Gate) -> Removals:
        return await apply_retention(gate, OPERATOR, years=person_years, dry_run=dry_run)

    removals = installation.with_gate(Settings(), work)
    if as_json:
        print(msgspec.json.encode(removals).decode())
        return
    verb = "Would remove" if dry_run else "Removed"
    for award in removals.awards:
        print(f"{verb} what is personal in award {award.award}, whose years were over on {award.years_over_on}.")
    for person in removals.people:
        print(f"{verb} the name and address of person {person.person}.")
    if not removals.awards and not removals.people:
        print("Nothing has outlived its years.", file=sys.stderr)

"""Commands about reports: what there is, a report by hand, and where a figure comes from."""

import json
import re
import sys
from pathlib import Path
from typing import Annotated, Final

import msgspec
import typer

from grants import installation
from grants.actions.people import OPERATOR
from grants.actions.report_views import ScheduleView, schedules
from grants.domain.errors import Invalid
from grants.domain.money import show
from grants.domain.periods import show_instant
from grants.domain.samples import parse_sample
from grants.domain.schedules import Filters
from grants.settings import Settings
from grants.store.transaction import Gate
from grants.upkeep import signer
from reports.trace_views import Trace, TraceEntry, TraceFact, TraceLine

report = typer.Typer(no_args_is_help=True, help="Reports by hand.")
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON on standard output.")]
_PLACE: Final = re.compile(r"(\d{1,15})(?:\.(\d{1,15}))?", re.ASCII)
_PAGE: Final = 200


@report.command("list")
def report_list(as_json: AsJson = False) -> None:
    """List the reports."""
    from reports.catalogue import all_reports

    found = [(each.name, each.title, each.purpose) for each in all_reports()]
    if as_json:
        print(json.dumps([dict(zip(("name", "title", "purpose"), row, strict=True)) for row in found], indent=2))
    else:
        for name, title, purpose in found:
            print(f"{name:<25} {title}: {purpose}")


@report.command("schedules")
def report_schedules(as_json: AsJson = False) -> None:
    """List the report schedules, and when each comes next."""

    async def work(gate: Gate) -> list[ScheduleView]:
        found: list[ScheduleView] = []
        async with gate.reading(OPERATOR) as view:
            while len(more := await schedules(view, _PAGE, found[-1].id if found else None)) > _PAGE:
                found += more[:_PAGE]
        return found + more

    found = installation.with_gate(Settings(), work)
    if as_json:
        print(msgspec.json.format(msgspec.json.encode(found), indent=2).decode())
        return
    for each in found:
        comes = f"next {show_instant(each.next[0].at)}" if each.next else each.state
        print(f"{each.id}  {each.report:<25} {comes:<32} {each.title}")


@report.command("make")
def report_make(
    name: Annotated[str, typer.Argument(help="A report's name, from report list.")],
    output: Annotated[Path, typer.Option(help="Where to write it.")],
    as_at: Annotated[
        str | None, typer.Option(metavar="ENTRY[.RECORD]", help="A place in the record; left out: now.")
    ] = None,
    since: Annotated[
        str | None, typer.Option(metavar="ENTRY[.RECORD]", help="The earlier place that figures are compared with.")
    ] = None,
    format: Annotated[str, typer.Option(help="xlsx, ods or csv, or json where a report has it.")] = "xlsx",  # noqa: A002  the option's name in the contract
    programme: Annotated[str | None, typer.Option(help="Of this programme only.")] = None,
    funding_line: Annotated[str | None, typer.Option(help="Of this funding line only.")] = None,
    recipient: Annotated[str | None, typer.Option(help="Of this recipient only.")] = None,
    period: Annotated[str | None, typer.Option(help="Of this period only.")] = None,
    sample: Annotated[
        str | None,
        typer.Option(metavar="METHOD:SIZE[:POPULATION[:SEED]]", help="Of an audit sample: monetary:60:lines."),
    ] = None,
) -> None:
    """Make a report by hand: the same report, format, filters and places give the same bytes."""
    from reports.by_hand import Made, make_report

    settings, place = Settings(), _place("--as-at", as_at)
    filters = Filters(programme, funding_line, recipient, period, parse_sample(sample) if sample else None)

    async def work(gate: Gate) -> Made:
        return await make_report(
            gate,
            OPERATOR,
            name,
            entry_no=place and place[0],
            journal_no=place and place[1],
            since=_place("--since", since),
            filters=filters,
            format=format,
            output=output,
            signer=signer(settings),
            contact=settings.contact,
            publisher=settings.publisher,
        )

    made = installation.with_gate(settings, work)
    where = f"entry {made.entry_no}, record {made.journal_no}"
    print(f"Wrote {output}: {where}, SHA-256 {made.sha256}", file=sys.stderr)


def _place(option: str, text: str | None) -> tuple[int, int | None] | None:
    if text is None:
        return None
    match = _PLACE.fullmatch(text)
    if match is None:
        raise Invalid(
            "place", f"Use an entry number after {option}, like 812, or 812.1690 with that of a journal record."
        )
    return int(match[1]), int(match[2]) if match[2] else None


def trace(
    figure: Annotated[str, typer.Argument(help="A figure's identifier, as a report gives it.")], as_json: AsJson = False
) -> None:
    """Where a figure comes from: its entries, decisions and returns, and the sheet and cell of each line."""
    from reports.trace import trace as trace_of

    async def work(gate: Gate) -> list[Trace]:
        async with gate.reading(OPERATOR) as view:
            pages = [await trace_of(view, figure, _PAGE)]
            while pages[-1].next:
                pages.append(await trace_of(view, figure, _PAGE, pages[-1].next))
        return pages

    pages = installation.with_gate(Settings(), work)
    whole = msgspec.structs.replace(
        pages[0],
        entries=[entry for page in pages for entry in page.entries],
        facts=[fact for page in pages for fact in page.facts],
        lines=[line for page in pages for line in page.lines],
        next=None,
    )
    if as_json:
        print(msgspec.json.format(msgspec.json.encode(whole), indent=2).decode())
        return
    print(f"{whole.figure}: {show(whole.pence)}\n{whole.meaning}")
    for fact in whole.facts:
        print(f"{show(fact.pence):>18}  {_fact(fact)}")
    for entry in whole.entries:
        print(f"{show(entry.pence):>18}  {_entry(entry)}")
        for line in entry.lines:
            print(f"{show(line.pence):>36}  {_line(line)}")
    for line in whole.lines:
        print(f"{show(line.pence):>18}  {_line(line)}")


def _entry(entry: TraceEntry) -> str:
    decided = f", decision {entry.decision.number}" if entry.decision else ""
    returned = (
        f", return {entry.source.award}/{entry.source.period} version {entry.source.version}" if entry.source else ""
    )
    return f"entry {entry.number}, {entry.kind.replace('_', ' ')}{decided}{returned} ({entry.figure})"


def _fact(fact: TraceFact) -> str:
    decided = f", decision {fact.decision.number}" if fact.decision else ""
    cell = f", {fact.sheet}!{fact.cell}" if fact.cell else ""
    return f"{fact.what}{decided}{cell}{f', workbook {fact.source.sha256}' if fact.source else ''}"


def _line(line: TraceLine) -> str:
    return f"{line.sheet}!{line.cell} of workbook {line.source.sha256}"

"""The command tallystick. Errors are one plain sentence on standard error; --json goes to standard output alone."""

import socket
import sys
import traceback
from pathlib import Path
from typing import Annotated, NoReturn

import asyncpg
import msgspec
import typer
from pydantic import ValidationError
from sqlalchemy.exc import SQLAlchemyError

from grants import (
    check_command,
    installation,
    journal_commands,
    outbox_commands,
    people_commands,
    register_commands,
    report_commands,
    retention_commands,
)
from grants.domain.checkpoints import NotSigned
from grants.domain.errors import TallystickError
from grants.settings import Settings
from grants.store.backup_file import BackupError
from grants.store.embedded import EmbeddedError
from grants.store.migrate import NO_ROLE, MigrationFailed, upgrade
from grants.store.transaction import Gate

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help="Public grants in one ledger.",
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
plan_app = typer.Typer(no_args_is_help=True, help="The plan in, the positions out.")
for name, group in (
    ("plan", plan_app),
    ("report", report_commands.report),
    ("user", people_commands.user),
    ("token", people_commands.token),
    ("journal", journal_commands.journal),
    ("awards", register_commands.awards),
    ("payments", register_commands.payments),
    ("outbox", outbox_commands.outbox),
):
    app.add_typer(group, name=name)
for command in (
    check_command.check,
    journal_commands.checkpoint,
    journal_commands.key,
    report_commands.trace,
    retention_commands.retention,
):
    app.command()(command)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON on standard output.")]


def main() -> None:
    """Runs a command; whatever goes wrong is one sentence and exit code 1, never a traceback."""
    try:
        app()
    except TallystickError as error:
        _end(error.message)
    except ValidationError as error:
        names = ", ".join("TALLYSTICK_" + "_".join(map(str, fault["loc"])).upper() for fault in error.errors())
        _end(f"These settings are not right: {names}.")
    except (EmbeddedError, MigrationFailed, BackupError, NotSigned) as error:
        _end(str(error))
    except asyncpg.InsufficientPrivilegeError:
        _end(NO_ROLE)
    except (asyncpg.PostgresError, SQLAlchemyError, ConnectionError, TimeoutError) as error:
        _end(f"The database does not answer ({type(error).__name__}). Check TALLYSTICK_DATABASE_URL.")
    except socket.gaierror:
        _end("The database's host is not known. Check TALLYSTICK_DATABASE_URL.")
    except OSError as error:
        _end(f"{error.strerror or 'It could not be read or written'}: {error.filename or 'a file'}.")
    except KeyboardInterrupt:
        _end("Stopped.", 130)
    except Exception as error:  # noqa: BLE001  an operator gets a sentence; its text may hold what a recipient typed
        place = traceback.extract_tb(error.__traceback__)[-1]
        _end(f"A fault of ours: {type(error).__name__} at {place.filename}:{place.lineno}. Please report it.")


def _end(sentence: str, code: int = 1) -> NoReturn:
    print(sentence, file=sys.stderr)
    raise SystemExit(code)


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535)] = 8000,
    workers: Annotated[int, typer.Option(min=1, max=64, help="Processes that answer requests.")] = 1,
    example: Annotated[bool, typer.Option("--example", help="Load the plan and clearly marked example data.")] = False,
) -> None:
    """Serve."""
    from grants.serving import serve as run

    settings = Settings()
    run(settings, host, port, workers, example=example or settings.example)


@app.command()
def migrate() -> None:
    """Bring the database to the newest schema."""
    settings = Settings()
    if settings.migration_url:
        upgrade(settings.migration_url)
    else:
        with installation.database(settings):
            pass
    print("The database has the newest schema.", file=sys.stderr)


@app.command()
def backup(file: Annotated[Path, typer.Argument(help="A new file.")]) -> None:
    """Put everything into one file. The service may go on meanwhile."""
    from grants import upkeep

    made = upkeep.back_up(Settings(), file)
    print(f"Wrote {file}: {made.rows:,} rows, to entry {made.entry_no} and record {made.journal_no}.", file=sys.stderr)


@app.command()
def restore(file: Annotated[Path, typer.Argument(help="A file that backup wrote.")]) -> None:
    """Bring everything back from one file, into an empty database."""
    from grants import upkeep

    made = upkeep.restore(Settings(), file)
    print(f"Restored {made.rows:,} rows, to entry {made.entry_no} and record {made.journal_no}.", file=sys.stderr)


@app.command()
def verify(
    checkpoint: Annotated[
        Path | None, typer.Option(help="A checkpoint that was kept outside, or a folder of them.")
    ] = None,
    key: Annotated[
        str | None, typer.Option(help="The public key it was signed with; left out: this service's.")
    ] = None,
    report: Annotated[Path | None, typer.Option(help="A report to prove.")] = None,
) -> None:
    """Prove the journal, the ledger and a report. Exit code 0: all holds; 1: it does not, and where."""
    from grants import upkeep

    found = upkeep.prove(Settings(), checkpoint, key, report)
    for fault in found.faults:
        print(fault)
    if found.report is not None:
        print(found.report)
    if not found.holds:
        _end("1 fault." if found.fault_count == 1 else f"{found.fault_count:,} faults.")
    print(
        f"Holds: {found.records:,} records, {found.entries:,} entries, {found.rows:,} rows, {found.workbooks:,} workbooks, "
        f"{found.accepted_returns:,} accepted returns, {found.evidence_files:,} evidence files, {found.report_files:,} report files, "
        f"{found.register_files:,} register files.",
        file=sys.stderr,
    )


@app.command()
def health(url: Annotated[str, typer.Option(help="The service's address.")] = "http://127.0.0.1:8000") -> None:
    """Ask a running service whether it is ready; exit code 1 where it is not."""
    import urllib.error
    import urllib.request

    try:
        with urllib.request.urlopen(f"{url}/health/ready", timeout=4) as answer:
            answer.read()
    except (urllib.error.URLError, OSError):
        _end(f"Nothing at {url} says that it is ready.")


@plan_app.command("load")
def plan_load(file: Annotated[Path, typer.Argument(help="A plan like grants/data/plan.toml.")]) -> None:
    """Load the plan. Run again it changes nothing; a changed file becomes proposals, never edits."""
    from grants.actions.people import OPERATOR
    from grants.actions.plan import PlanLoad, load_plan
    from grants.actions.recipients import load_recipients
    from grants.domain.plan_file import read_plan

    plan = read_plan(file.read_bytes())

    async def work(gate: Gate) -> PlanLoad:
        async with gate.deed(OPERATOR) as tx:
            await load_recipients(tx)
            return await load_plan(tx, plan)

    done = installation.with_gate(Settings(), work)
    told = [
        *done.created,
        *(f"Proposed: {change}" for change in done.proposed),
        *(f"Not done: {change}" for change in done.reported),
    ]
    for line in told or ["The plan is loaded already; nothing has changed."]:
        print(line, file=sys.stderr)


@plan_app.command("show")
def plan_show(
    as_json: AsJson = False, as_at: Annotated[int | None, typer.Option(min=0, help="An entry number.")] = None
) -> None:
    """Show the plan and its positions."""
    from grants.actions.people import OPERATOR
    from grants.actions.plan_view import PlanView, plan_json
    from grants.printing import plan_table

    body = installation.with_gate(Settings(), lambda gate: plan_json(gate, OPERATOR, as_at))
    print(body.decode() if as_json else plan_table(msgspec.json.decode(body, type=PlanView)))


@app.command()
def template(
    award: Annotated[str, typer.Option(help="An award's reference.")],
    period: Annotated[str, typer.Option(help="A quarter like 2025-26-Q2.")],
    output: Annotated[Path, typer.Option(help="Where to write the workbook.")],
) -> None:
    """Write a prefilled return."""
    from grants.actions.people import OPERATOR
    from grants.actions.submissions import context_for_template
    from grants.domain.returns import ReturnContext
    from importers.template import build_template

    async def work(gate: Gate) -> ReturnContext:
        async with gate.reading(OPERATOR) as view:
            return await context_for_template(view, award, period)

    output.write_bytes(build_template(installation.with_gate(Settings(), work)))
    print(f"Wrote {output}.", file=sys.stderr)

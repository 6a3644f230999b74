"""The commands that load registers of awards and match payment files, and give their templates."""

import json
import sys
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from msgspec import to_builtins

from grants import installation
from grants.actions.register_loads import RegisterCheck, RegisterLoadView
from grants.domain.registers import Outcome, ReadRegister, RegisterKind, RowResult
from grants.settings import Settings
from grants.store.transaction import Gate

awards = typer.Typer(no_args_is_help=True, help="Awards by the register.")
payments = typer.Typer(no_args_is_help=True, help="Payments by the finance system's file.")

NO_REGISTER = 2
_QUIET = (Outcome.PROPOSED, Outcome.WAITING, Outcome.UNCHANGED)
OnlyCheck = Annotated[bool, typer.Option("--check", help="Say what would be done, and do nothing.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON on standard output.")]
Output = Annotated[Path, typer.Option(help="Where to write the workbook.")]


@awards.command("load")
def load_awards(
    file: Annotated[Path, typer.Argument(help="A register of awards: XLSX, ODS or CSV.")],
    check: OnlyCheck = False,
    as_json: AsJson = False,
) -> None:
    """Propose what a register of awards asks for; a second person decides. Exit code 0: done; 1: problems, one a line, and nothing
    was proposed; 2: not readable as a register.
    """
    _run(file, RegisterKind.AWARDS, check=check, as_json=as_json)


@payments.command("match")
def match_payments(
    file: Annotated[Path, typer.Argument(help="Payments of the finance system: XLSX, ODS or CSV.")],
    check: OnlyCheck = False,
    as_json: AsJson = False,
) -> None:
    """Propose the payments that match exactly what is expected. Exit code 0: all matched or there already; 1: problems, or payments
    that did not match, one a line; 2: not readable as payments.
    """
    _run(file, RegisterKind.PAYMENTS, check=check, as_json=as_json)


@awards.command("template")
def awards_template(output: Output) -> None:
    """Write the workbook of a register of awards."""
    _write(output, RegisterKind.AWARDS)


@payments.command("template")
def payments_template(output: Output) -> None:
    """Write the workbook of payments."""
    _write(output, RegisterKind.PAYMENTS)


def _write(output: Path, kind: RegisterKind) -> None:
    from importers.registers.templates import register_template

    output.write_bytes(register_template(kind))
    print(f"Wrote {output}.", file=sys.stderr)


def _run(path: Path, kind: RegisterKind, *, check: bool, as_json: bool) -> NoReturn:
    from importers.answer import Refused
    from importers.registers.offline import read_path

    try:
        content, read = read_path(path, kind)
    except OSError as error:
        print(f"{error.filename or path} cannot be opened: {error.strerror or 'it is no file'}.", file=sys.stderr)
        raise SystemExit(NO_REGISTER) from None
    if isinstance(read, Refused):
        if as_json:
            _print_json({"read": False, "problems": [to_builtins(read)]})
        else:
            print(f"{read.place}: {read.message}" if read.place else read.message)
        raise SystemExit(NO_REGISTER)
    found, rows = installation.with_gate(Settings(), lambda gate: _ask(gate, path.name, content, read, check=check))
    if as_json:
        _print_json({"read": True, **to_builtins(found), "rows": to_builtins(rows)})
    else:
        _tell(found, rows)
    unmatched = any(row.outcome not in _QUIET for row in rows)
    raise SystemExit(1 if found.problems or unmatched else 0)


async def _ask(
    gate: Gate, name: str, content: bytes, read: ReadRegister, *, check: bool
) -> tuple[RegisterCheck | RegisterLoadView, list[RowResult]]:
    from grants.actions import register_loads
    from grants.actions.people import OPERATOR
    from grants.actions.submissions import Upload

    async with gate.deed(OPERATOR) as tx:
        if check:
            checked = await register_loads.check(tx, read)
            return checked, checked.rows
        kept = await register_loads.load(tx, Upload(name, content), read)
        rows: list[RowResult] = []
        after: str | None = None
        while True:
            page = await register_loads.load_rows(tx, kept.id, None, after, 200)
            rows += page.items
            if (after := page.next) is None:
                return kept, rows


def _tell(found: RegisterCheck | RegisterLoadView, rows: list[RowResult]) -> None:
    for problem in found.problems:
        print(f"{problem.place}: {problem.message}")
    for row in rows:
        if row.outcome is not Outcome.UNCHANGED:
            print(
                f"{row.sheet}!{row.cell}: {row.reference}: {row.outcome.replace('_', ' ').capitalize()}. {row.message}"
            )
    for notice in found.notices:
        print(
            f"{notice.sheet}!{notice.cell}: Note: {notice.message}"
            if notice.cell
            else f"{notice.sheet}: Note: {notice.message}"
        )
    same = sum(row.outcome is Outcome.UNCHANGED for row in rows)
    said = f"{len(rows):,} read, {same:,} there already."
    print("Nothing was done: correct the problems." if found.problems else said, file=sys.stderr)


def _print_json(told: Any) -> None:
    print(json.dumps(told, indent=2, ensure_ascii=False))

"""The command that checks a return, and matches an extract of a finance system, without sending anything."""

import json
import sys
from pathlib import Path
from typing import Annotated, Any, NoReturn

import msgspec
import typer

from grants import installation
from grants.domain.matchings import Matching
from grants.domain.returns import ReturnContext
from grants.settings import Settings
from grants.store.transaction import Gate
from importers.limits import Limits

NOT_A_RETURN = 2


def check(
    file: Annotated[Path, typer.Argument(help="A filled-in return, or an extract of a finance system.")],
    award: Annotated[str | None, typer.Option(help="Check it against this award.")] = None,
    period: Annotated[str | None, typer.Option(help="And this period, like 2025-26-Q2.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON on standard output.")] = False,
    match: Annotated[bool, typer.Option("--match", help="Say what an extract's columns are taken for.")] = False,
    save_match: Annotated[Path | None, typer.Option(help="Write the matching here, to correct and to use.")] = None,
    use_match: Annotated[Path | None, typer.Option(help="Read the extract by this matching.")] = None,
) -> None:
    """Check a return without submitting it. Exit code 0: clean; 1: problems, one a line; 2: not readable as a return.

    With --match: 0 where the extract decides everything by itself, 1 where there is something to decide.
    """
    from importers.offline import check_file, exit_code, report_json, report_lines

    if (award is None) != (period is None):
        raise typer.BadParameter("Name both the award and the period, or neither.")
    if save_match and use_match:
        raise typer.BadParameter("Write a matching, or use one; not both.")
    context = _context(award, period) if award is not None and period is not None else None
    try:
        if save_match or (match and not use_match):
            _match(file, context, save_match, as_json=as_json)
        answer = check_file(file, context, _limits(), _read(use_match) if use_match else None)
    except OSError as error:
        _end(f"{error.filename or file} cannot be opened: {error.strerror or 'it is no file'}.")
    if as_json:
        _print_json(report_json(answer))
    else:
        for line in report_lines(answer):
            print(line)
    raise SystemExit(exit_code(answer))


def _limits() -> Limits:
    return Limits(**Settings().reading_limits())


def _context(award: str, period: str) -> ReturnContext:
    from grants.actions.people import OPERATOR
    from grants.actions.submissions import context_for_check

    async def work(gate: Gate) -> ReturnContext:
        async with gate.reading(OPERATOR) as view:
            return await context_for_check(view, award, period)

    return installation.with_gate(Settings(), work)


def _match(file: Path, context: ReturnContext | None, save: Path | None, *, as_json: bool) -> NoReturn:
    from importers.matching.suggestion import Suggestion
    from importers.matching.telling import suggestion_lines
    from importers.offline import report_json, report_lines, suggest_file

    answer = suggest_file(file, context, _limits())
    if not isinstance(answer, Suggestion):
        if as_json:
            _print_json(report_json(answer))
        else:
            print("\n".join(report_lines(answer)))
        raise SystemExit(NOT_A_RETURN)
    if save is not None:
        save.write_bytes(msgspec.json.format(msgspec.json.encode(answer.matching), indent=2) + b"\n")
        print(f"Wrote {save}.", file=sys.stderr)
    if as_json:
        _print_json(msgspec.to_builtins(answer, str_keys=True))
    else:
        print("\n".join(suggestion_lines(answer)))
    raise SystemExit(1 if answer.questions else 0)


def _read(path: Path) -> Matching:
    try:
        return msgspec.json.decode(path.read_bytes(), type=Matching)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        said = str(error) if isinstance(error, msgspec.ValidationError) else "It is no JSON."
        _end(f"{path} is not a matching. {said}")


def _print_json(told: Any) -> None:
    print(json.dumps(told, indent=2, ensure_ascii=False))


def _end(sentence: str) -> NoReturn:
    print(sentence, file=sys.stderr)
    raise SystemExit(NOT_A_RETURN)

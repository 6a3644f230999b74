"""Checks a return on somebody's own computer: the same reader, the same answer, nothing submitted."""

import asyncio
from pathlib import Path
from typing import Any, Final

from msgspec import to_builtins

from grants.domain.matchings import Matching
from grants.domain.return_documents import Documents
from grants.domain.returns import ReturnContext
from importers.answer import CheckAnswer, Checked, CheckRequest, MatchRequest, Refused
from importers.limits import Limits
from importers.matching.suggestion import Suggestion
from importers.messages import refuse
from importers.sandbox import Reader

CLEAN: Final = 0
PROBLEMS: Final = 1
NOT_A_RETURN: Final = 2
FOR_ANOTHER: Final = frozenset({"wrong_award", "wrong_recipient", "wrong_period"})
"""A return that can be read, and that is not the one asked for: the cell that says so is its problem."""


def check_file(
    path: Path, context: ReturnContext | None = None, limits: Limits | None = None, matching: Matching | None = None
) -> CheckAnswer:
    """Checks one file. Without a context, only the checks that need no award are made. `matching` is for an extract.

    Raises OSError where the file cannot be opened. Not for use inside an event loop.
    """
    limits = limits or Limits()
    if path.stat().st_size > limits.file_bytes:
        return refuse("file_too_large", limit=limits.file_bytes).refused
    request = CheckRequest(path.read_bytes(), path.name, context, matching=matching)

    async def ask() -> CheckAnswer:
        async with Reader(limits, at_once=1) as reader:
            return await reader.check(request)

    return asyncio.run(ask())


def suggest_file(
    path: Path, context: ReturnContext | None = None, limits: Limits | None = None
) -> Suggestion | Refused:
    """What an extract's columns are taken for, for the award and period of the context, if any. Raises as `check_file` does."""
    limits = limits or Limits()
    if path.stat().st_size > limits.file_bytes:
        return refuse("file_too_large", limit=limits.file_bytes).refused
    request = MatchRequest(path.read_bytes(), context)

    async def ask() -> Suggestion | Refused:
        async with Reader(limits, at_once=1) as reader:
            return await reader.suggest(request)

    return asyncio.run(ask())


def report_lines(answer: CheckAnswer) -> list[str]:
    """One line a problem: `Spend!G17: what to do`, errors first; a warning says that it is one, and so does a note,
    which needs no answer. None where all is well."""
    if isinstance(answer, Refused):
        return [f"{answer.place}: {answer.message}" if answer.place else answer.message]
    return [
        *(f"{error.place}: {error.message}" for error in answer.errors),
        *(f"{warning.place}: Warning: {warning.message}" for warning in answer.warnings),
        *(f"{told.place}: Note: {told.message}" for told in answer.notices),
    ]


def exit_code(answer: CheckAnswer) -> int:
    """0 clean, 1 problems (warnings are problems too: they ask for a reason), 2 not readable as a return."""
    if isinstance(answer, Checked):
        return PROBLEMS if answer.problems else CLEAN
    return PROBLEMS if answer.code in FOR_ANOTHER else NOT_A_RETURN


def report_json(answer: CheckAnswer) -> dict[str, Any]:
    """The same answer for programs: whether the file was read, what the return comes to, and each problem with its place.

    `basis`, `milestones`, `assets` and `declarations` are known of a file without errors, as over the API.
    """
    if isinstance(answer, Refused):
        found = {name: value for name, value in to_builtins(answer).items() if name != "type"}
        return {"read": False, "problems": [{"severity": "error", **found}]}
    return {
        "read": True,
        "header": to_builtins(answer.header),
        "lines": answer.line_count,
        "total_pence": sum(total.pence for total in answer.totals),
        "totals": to_builtins(answer.totals),
        "forecasts": to_builtins(answer.forecasts),
        "problems": to_builtins(answer.problems),
        "notices": to_builtins(answer.notices),
        **to_builtins(answer.documents or Documents()),
    }

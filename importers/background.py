"""The desk where uploads are taken in: checked while the sender waits, or in the background when it takes longer."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial
from typing import Any
from uuid import UUID

import structlog
from msgspec import structs, to_builtins

from grants.actions import submissions
from grants.actions.people import OPERATOR, SCHEDULER
from grants.actions.return_views import ReturnView
from grants.actions.submissions import LEASE_KEPT, Upload
from grants.domain.access import Actor
from grants.domain.errors import Invalid, RuleBroken
from grants.domain.matchings import Answers
from grants.domain.registers import ReadRegister, RegisterKind
from grants.domain.returns import Problem, ReturnContext
from grants.domain.surroundings import Comparison, Surroundings
from grants.store.people import actor_by_id
from grants.store.transaction import Gate, Tx
from importers.answer import (
    LINE_COLUMNS,
    AnnotateRequest,
    CheckAnswer,
    Checked,
    CheckRequest,
    CompareRequest,
    MatchRequest,
    Notice,
    Refused,
    SurroundingsRequest,
)
from importers.matching.suggestion import Suggestion
from importers.registers.asking import RegisterRequest
from importers.sandbox import Reader

_log = structlog.get_logger("tallystick.importers")
Once = Callable[[Callable[[Tx], Awaitable[ReturnView]]], Awaitable[ReturnView]]


class Desk:
    """Takes uploads in. One for each process of the service; `wait` is how long a sender waits, in seconds."""

    def __init__(self, gate: Gate, reader: Reader, wait: float) -> None:
        self._gate = gate
        self._reader = reader
        self._wait = wait
        self._tasks: set[asyncio.Task[None]] = set()

    async def take(
        self,
        actor: Actor,
        upload: Upload,
        context: ReturnContext,
        once: Once,
        *,
        prepared_by: str = "",
        at_once: bool = False,
    ) -> ReturnView:
        """The return with its new version; still `checking` where the check takes longer than senders wait.

        `prepared_by` counts for a file that does not say so itself; without it, it is the sender. `at_once` does not wait at all. Raises RuleBroken, with the problem, for a file that is no return for this
        award and period; nothing is kept then.
        """
        asked = CheckRequest(upload.content, upload.filename, context, prepared_by or actor.name)
        check = asyncio.create_task(self._reader.check(asked), name="check an upload")
        if not at_once:
            await asyncio.wait({check}, timeout=self._wait)
        if check.done():
            checked = taken(await check)
            return await once(partial(_submit, context=context, upload=upload, checked=checked))
        try:
            view = await once(partial(_begin, context=context, upload=upload, prepared_by=asked.prepared_by))
        except BaseException:
            check.cancel()
            raise
        self._spawn(self._finish(actor, view.id, view.version, check))
        return view

    async def annotated(self, content: bytes, problems: tuple[Problem, ...], notices: tuple[Notice, ...] = ()) -> bytes:
        """The file as an XLSX with its problems marked in it. Raises RuleBroken where it cannot be read."""
        answer = await self._reader.annotate(AnnotateRequest(content, problems, notices))
        if isinstance(answer, Refused):
            raise _refusal(answer)
        return answer.content

    async def suggestion(self, content: bytes, context: ReturnContext, answers: Answers | None = None) -> Suggestion:
        """What an extract's columns are taken for, or how it reads by somebody's answers.

        Raises RuleBroken where there is no table of transactions in it.
        """
        answer = await self._reader.suggest(MatchRequest(content, context, answers))
        if isinstance(answer, Refused):
            raise _refusal(answer)
        return answer

    async def register(self, content: bytes, kind: RegisterKind) -> ReadRegister:
        """What a register or a payment file tells. Raises RuleBroken where it is none."""
        answer = await self._reader.register(RegisterRequest(content, kind))
        if isinstance(answer, Refused):
            raise _refusal(answer)
        return answer

    async def surroundings(self, content: bytes, sheet: str, cell: str) -> Surroundings:
        """A cell of a kept workbook with the cells around it. Raises RuleBroken where it cannot be read, or has no such cell."""
        answer = await self._reader.surroundings(SurroundingsRequest(content, sheet, cell))
        if isinstance(answer, Refused):
            raise _refusal(answer)
        return answer

    async def compared(self, given: bytes, kept: bytes) -> Comparison:
        """What differs between a file that somebody gives and the one that was kept. Raises RuleBroken where either cannot be read."""
        answer = await self._reader.compare(CompareRequest(given, kept))
        if isinstance(answer, Refused):
            raise _refusal(answer)
        return answer

    def _spawn(self, work: Any) -> None:
        task = asyncio.create_task(work, name="finish an upload")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _finish(self, actor: Actor, return_id: Any, number: int, check: Awaitable[CheckAnswer]) -> None:
        try:
            answer = await self._leased(return_id, number, asyncio.ensure_future(check))
            if isinstance(answer, Checked):
                try:
                    async with self._gate.deed(actor) as tx:
                        await submissions.finish(tx, return_id, number, as_checked(answer))
                    return
                except Invalid as error:  # the next check of the file would end in the same way
                    answer = Refused(error.code, error.message)
            async with self._gate.deed(actor) as tx:
                refusal = submissions.problem_of_refusal(**structs.asdict(answer))
                await submissions.give_up(tx, return_id, number, refusal)
        except Exception as error:  # noqa: BLE001  the version stays `checking`, and its lease lets another take it over
            _log.error("check_not_kept", error=type(error).__name__)

    async def _leased(self, return_id: Any, number: int, check: "asyncio.Future[CheckAnswer]") -> CheckAnswer:
        """The answer to a check; nobody takes it over while it waits for its turn or is being made."""
        try:
            while not (await asyncio.wait({check}, timeout=LEASE_KEPT.total_seconds()))[0]:
                async with self._gate.deed(SCHEDULER) as tx:
                    await submissions.keep_lease(tx, return_id, number)
            return await check
        finally:
            check.cancel()

    async def resume(self) -> None:
        """Takes over the uploads whose check was cut off, one after the other; for an uploader who has left, as the scheduler."""
        while True:
            async with self._gate.deed(SCHEDULER) as tx:
                waiting = await submissions.take_over(tx)
                register = await tx.acting_as(OPERATOR)  # the scheduler does not see what roles people hold
                uploader = await actor_by_id(register.db, waiting.uploader) if waiting else None
                if waiting and uploader:
                    context = await submissions.as_uploader(register, waiting.context, uploader)
                    waiting = replace(waiting, context=context)
            if waiting is None:
                return
            name = waiting.prepared_by or (uploader.name if uploader else "")
            check = self._reader.check(CheckRequest(waiting.content, waiting.filename, waiting.context, name))
            await self._finish(uploader or SCHEDULER, waiting.return_id, waiting.number, check)

    async def stop(self) -> None:
        """Waits for checks under way; those that take too long are taken over after the next start."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=5)


def taken(answer: CheckAnswer) -> submissions.Checked:
    """What a check came to. Raises RuleBroken for a refusal, with the problem as the contract's doors give it."""
    if isinstance(answer, Refused):
        raise _refusal(answer)
    return as_checked(answer)


def _refusal(answer: Refused) -> RuleBroken:
    facts = {name: value for name, value in to_builtins(answer).items() if name != "type"}
    return RuleBroken(answer.code, answer.message, problems=[{**facts, "severity": "error"}])


def as_checked(answer: Checked) -> submissions.Checked:
    """The reader's answer in the words of the action that keeps it."""
    return submissions.Checked(
        problems=answer.problems,
        totals=answer.totals,
        forecasts=answer.forecasts,
        header={
            **to_builtins(answer.header),
            "reasons": to_builtins(answer.reasons),
            "notices": to_builtins(answer.notices),
        },
        lines=answer.lines_copy,
        line_columns=LINE_COLUMNS,
        line_count=answer.line_count,
        parser_version=answer.parser_version,
        template_version=answer.template_version,
        documents=answer.documents,
        matching_id=UUID(answer.matching_id) if answer.matching_id else None,
    )


async def _submit(tx: Tx, context: ReturnContext, upload: Upload, checked: submissions.Checked) -> ReturnView:
    return await submissions.submit(tx, context.award, context.period, upload, checked)


async def _begin(tx: Tx, context: ReturnContext, upload: Upload, prepared_by: str) -> ReturnView:
    return await submissions.begin(tx, context.award, context.period, upload, prepared_by)

"""What a copy of an upload with its problems marked is made from: the file as it came, and all that the check found."""

from uuid import UUID

import msgspec
from msgspec import Struct

from grants.actions.return_views import NoticeView, WorkbookFile, seen, workbook
from grants.domain.errors import Conflict
from grants.domain.returns import Problem, ReturnState, Severity
from grants.store.transaction import View

_PROBLEMS = """
SELECT b.code, b.severity, b.sheet, b.cell, b.message, b.value
FROM return_problem b JOIN return_version v ON v.id = b.version_id
WHERE v.return_id = $1 AND v.number = $2 ORDER BY b.number
"""


class CheckedFile(Struct, frozen=True):
    """An upload with its problems, in reading order, and what was told of how it was read."""

    file: WorkbookFile
    problems: tuple[Problem, ...]
    notices: tuple[NoticeView, ...] = ()


async def checked_file(view: View, return_id: UUID, version: int | None) -> CheckedFile:
    """An upload and its problems; None: the newest. Raises NotFound, and Conflict while it is still being checked."""
    found = await seen(view, return_id)
    number = version or found.version
    file = await workbook(view, return_id, number)
    state, told = await view.db.fetchrow(
        "SELECT state, (header -> 'notices')::text FROM return_version WHERE return_id = $1 AND number = $2",
        return_id,
        number,
    )
    if state == ReturnState.CHECKING:
        raise Conflict(
            "return_state", "This workbook is being checked. Wait until that has ended, then ask again.", state=state
        )
    rows = await view.db.fetch(_PROBLEMS, return_id, number)
    problems = (Problem(**{**dict(row), "severity": Severity(row["severity"])}) for row in rows)
    notices = msgspec.json.decode(told, type=tuple[NoticeView, ...]) if told else ()
    return CheckedFile(file, tuple(problems), notices)

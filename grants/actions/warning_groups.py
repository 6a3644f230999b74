"""The warnings of a return as people answer them: those that say the same together."""

from uuid import UUID

from msgspec import Struct

from grants.actions.return_views import newest_version
from grants.store.transaction import View


class Warned(Struct, frozen=True):
    """One warning: where it is, what was typed, and the reason that was given, empty without one."""

    number: int
    place: str
    value: str
    reason: str


class WarningGroup(Struct, frozen=True):
    """Warnings with the same message, in reading order."""

    code: str
    message: str
    warnings: list[Warned]

    @property
    def reason(self) -> str:
        """The reason that all of them have; empty where they differ."""
        reasons = {one.reason for one in self.warnings}
        return reasons.pop() if len(reasons) == 1 else ""

    @property
    def unexplained(self) -> int:
        """How many have no reason yet."""
        return sum(not one.reason for one in self.warnings)


async def warning_groups(view: View, return_id: UUID) -> list[WarningGroup]:
    """The newest version's warnings by what they say, in the order of their first. Raises NotFound."""
    version_id, _ = await newest_version(view, return_id)
    rows = await view.db.fetch(
        "SELECT number, code, message, CASE WHEN cell = '' THEN sheet ELSE sheet || '!' || cell END AS place, value, coalesce(reason, '') AS reason "
        "FROM return_problem WHERE version_id = $1 AND severity = 'warning' ORDER BY number",
        version_id,
    )
    found: dict[tuple[str, str], list[Warned]] = {}
    for row in rows:
        one = Warned(row["number"], row["place"], row["value"], row["reason"])
        found.setdefault((row["code"], row["message"]), []).append(one)
    return [WarningGroup(code, message, warnings) for (code, message), warnings in found.items()]

"""What is wrong in a return's newest upload, as lists that people sort, narrow and page: errors and warnings are never mixed."""

from uuid import UUID

from msgspec import Struct

from grants.actions.return_views import newest_version
from grants.domain.returns import Severity
from grants.store.listing_query import Listed, Wanted
from grants.store.lists import problems as stored
from grants.store.transaction import View


class ProblemLine(Struct, frozen=True):
    """One problem. `letters` are its column's; `cell` is empty where a whole sheet is meant, `sheet` where the whole file is."""

    number: int
    code: str
    sheet: str
    cell: str
    letters: str
    value: str
    message: str
    reason: str

    @property
    def place(self) -> str:
        """Where it is, in words."""
        if self.cell and self.sheet:
            return f"{self.sheet}!{self.cell}"
        return self.cell or self.sheet or "The whole file"


class ProblemGroup(Struct, frozen=True):
    """Problems of one sheet with the same message; `first_cells` are up to twenty of its `cells`."""

    number: int
    code: str
    sheet: str
    message: str
    cells: int
    first_cells: list[str]


class ProblemChoices(Struct, frozen=True):
    """What problems may be narrowed to: the sheets, columns and codes that there are."""

    sheets: list[str]
    letters: list[str]
    codes: list[str]


async def problems_listed(view: View, return_id: UUID, severity: Severity, wanted: Wanted) -> Listed[ProblemLine]:
    """One page of the newest version's errors, or of its warnings. Raises NotFound."""
    version_id, _ = await newest_version(view, return_id)
    found = await stored.problems(view.db, wanted, version_id, severity)
    return found.with_rows(
        ProblemLine(**{name: row[name] for name in ProblemLine.__struct_fields__}) for row in found.rows
    )


async def problem_groups_listed(
    view: View, return_id: UUID, severity: Severity, wanted: Wanted
) -> Listed[ProblemGroup]:
    """As problems_listed, those of a sheet that say the same together. Raises NotFound."""
    version_id, _ = await newest_version(view, return_id)
    found = await stored.groups(view.db, wanted, version_id, severity)
    return found.with_rows(
        ProblemGroup(**{name: row[name] for name in ProblemGroup.__struct_fields__}) for row in found.rows
    )


async def problem_choices(view: View, return_id: UUID, severity: Severity) -> ProblemChoices:
    """What those lists may be narrowed to. Raises NotFound."""
    version_id, _ = await newest_version(view, return_id)
    found = await stored.choices(view.db, version_id, severity)
    sheets, letters, codes = (
        (list(dict.fromkeys(column)) for column in zip(*found, strict=True)) if found else ([], [], [])
    )
    return ProblemChoices(sheets, sorted(letters, key=lambda one: (len(one), one)), codes)

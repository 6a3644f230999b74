"""The recipient's own workbook back, each problem marked at its cell and all of them listed on a first sheet.

The file is a stranger's: call `annotate` inside the reader's process, never in the service's own. It is edited part by part,
so that formulas, their values, drop-downs, protection, pictures and charts stay as they came; only what reaches outside the
workbook does not go out again (importers.annotation.inert).
"""

import contextlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from msgspec import structs

from grants.domain.returns import Problem
from importers.annotation.book import Book
from importers.annotation.inert import make_inert
from importers.annotation.listing import ALTERED, BROKEN, HOLDS, MARKED, VALUES_ONLY, add_listing, left_out_of
from importers.annotation.looks import Looks
from importers.annotation.markup import Unmarkable
from importers.annotation.notes import put_notes, settle_notes
from importers.annotation.package import Package
from importers.annotation.places import marks_by_sheet
from importers.annotation.scan import Live, TakenOut
from importers.annotation.sheet import MarkedSheet, deselected
from importers.annotation.values_copy import values_copy
from importers.answer import NotAReturn, Notice
from importers.archive import Archive
from importers.cells import Workbook
from importers.limits import Limits
from importers.ods import is_ods
from importers.workbook import read_workbook


def annotate(
    workbook: bytes, problems: Sequence[Problem], limits: Limits | None = None, notices: Sequence[Notice] = ()
) -> bytes:
    """An XLSX of the workbook with its problems, and how it was read. Pure: the same gives the same bytes.

    An ODS, a CSV, and an XLSX that lacks what a mark is made of or holds what must not go out, comes back as a copy of its
    values. Raises NotAReturn for a file that cannot be read.
    """
    limits = limits or Limits()
    book = read_workbook(workbook, (), limits)
    names = book.names
    try:
        if book.dialect is not None:
            raise Unmarkable
        archive = Archive(workbook, limits)
        if is_ods(archive):
            raise Unmarkable
        return _marked(archive, _Told(problems, notices, MARKED), limits)
    except (Unmarkable, NotAReturn) as reason:
        if isinstance(reason, NotAReturn) and reason.refused.code != "damaged":
            raise
        # What was read as a return has a copy, even if a part that no line stands in is broken.
        why = [HOLDS.format(what=reason)] if isinstance(reason, Live) else []
        return _as_values(workbook, names, _Told(problems, notices, VALUES_ONLY, why), limits)


def annotated_name(filename: str) -> str:
    """What the copy of a file is called: return.ods becomes return-problems.xlsx."""
    stem, dot, _ = filename.rpartition(".")
    return f"{stem if dot and stem else filename}-problems.xlsx"


@dataclass(frozen=True)
class _Told:
    """What a copy tells. `how` it is marked; `why` it is not the file itself, in sentences."""

    problems: Sequence[Problem]
    notices: Sequence[Notice]
    how: str
    why: Sequence[str] = ()


def _marked(archive: Archive, told: _Told, limits: Limits) -> bytes:
    package = Package(archive)
    taken = make_inert(package)
    book = Book(package)
    looks = Looks(package.read(book.styles))
    all_marks = marks_by_sheet(told.problems, limits)
    for name, path in book.sheets.items():
        if marks := all_marks.get(name):
            sheet = MarkedSheet(package.read(path), marks.rows, looks.marked)
            put_notes(package, path, sheet, marks.notes)
            package.write(path, sheet.edits.result())
        else:
            settle_notes(package, path)
        package.write(path, deselected(package.read(path)))
    left_out = [*told.why, *left_out_of(taken, book.sheets)]
    how = ALTERED if taken != TakenOut() else told.how
    book.put_first(add_listing(package, looks, told.problems, book.sheets, how, left_out, told.notices))
    package.write(book.styles, looks.result())
    return package.packed()


def _as_values(workbook: bytes, names: Sequence[str], told: "_Told", limits: Limits) -> bytes:
    book, broken = _readable(workbook, names, {problem.sheet for problem in told.problems}, limits)
    copy, renamed = values_copy(book)
    problems = [structs.replace(one, sheet=renamed.get(one.sheet, one.sheet)) for one in told.problems]
    notices = [structs.replace(one, sheet=renamed.get(one.sheet, one.sheet)) for one in told.notices]
    # Made here from what the limits let through: in XLSX it may be larger than it came.
    roomy = replace(limits, inflated_bytes=limits.memory_bytes, zip_parts=10 * limits.zip_parts)
    why = [*told.why, *(BROKEN.format(sheet=name) for name in broken)]
    return _marked(Archive(copy, roomy), _Told(problems, notices, told.how, why), limits)


def _readable(
    workbook: bytes, names: Sequence[str], wanted: Collection[str], limits: Limits
) -> tuple[Workbook, list[str]]:
    """The sheets that can be read, and the names of the others. Raises NotAReturn where none can, or not all that are wanted."""
    try:
        return read_workbook(workbook, tuple(names), limits), []
    except NotAReturn as error:
        if error.refused.code != "damaged":
            raise
        found: list[Workbook] = []
        for name in names:
            with contextlib.suppress(NotAReturn):
                found.append(read_workbook(workbook, (name,), limits))
        sheets = {name: sheet for book in found for name, sheet in book.sheets.items()}
        if not sheets or not sheets.keys() >= set(wanted).intersection(names):
            raise
        return structs.replace(found[0], sheets=sheets), [name for name in names if name not in sheets]

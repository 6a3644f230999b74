"""A return out of an extract: by the matching that somebody confirmed for such a table, or the answer that one is needed."""

import hashlib

from grants.domain.matchings import Matching, Remembered, undecided
from grants.domain.periods import parse_period
from importers.answer import CheckRequest, MatchRequest, NotAReturn
from importers.cells import CSV, Sheet, Workbook
from importers.checks.facts import Facts
from importers.forecast import Forecast
from importers.header import header_of
from importers.headings import find_headings
from importers.layouts import CURRENT, HEADINGS_WITHIN
from importers.limits import Limits
from importers.matching.apply import apply
from importers.matching.shape import Extract, keys_of, likeliest, with_headings
from importers.matching.suggest import suggest
from importers.matching.suggestion import Suggestion
from importers.matching.words import own_names
from importers.messages import refuse
from importers.workbook import read_workbook


def uses_template(book: Workbook) -> bool:
    """Whether a file is meant to be the template: it has a sheet that no extract has, or both headings that none has."""
    if book.dialect is None and any(name in book.sheets for name in (CURRENT.return_sheet, CURRENT.forecast_sheet)):
        return True
    sheet = book.sheets.get(CSV if book.dialect else CURRENT.spend_sheet)
    if sheet is None:
        return False
    category, kind = own_names("category"), own_names("budget_kind")
    rows = map(keys_of, sheet.rows[:HEADINGS_WITHIN])
    return any(not category.isdisjoint(keys) and not kind.isdisjoint(keys) for keys in rows) or _has_headings(sheet)


def _has_headings(sheet: Sheet) -> bool:
    """Whether all that a line needs has a column, if only by a heading with a slip of the pen in it."""
    try:
        return bool(find_headings(sheet, CURRENT.spend, CURRENT.spend_heading_row))
    except NotAReturn:
        return False


def read_extract(request: CheckRequest, book: Workbook, limits: Limits) -> Facts | None:
    """The return, where a matching is known for a table of the file; None where none is.

    Raises NotAReturn: `matching_does_not_fit`, `two_tables`, `matching_undecided`.
    """
    remembered = request.context.matchings if request.context else ()
    if request.matching is not None:
        remembered = (Remembered("", request.matching),)
    whole = _whole(request.data, book, limits)
    for one in remembered:
        tables = with_headings(whole, one.matching.headings, one.matching.sheet)
        if len(tables) > 1:
            raise refuse("two_tables", sheet=tables[1].sheet.name, first=tables[0].sheet.name)
        if tables:
            return facts_by(request, whole, tables[0], one.matching, one.id)
    if request.matching is not None:
        raise refuse("matching_does_not_fit")
    return None


def ask_for_matching(data: bytes, book: Workbook, limits: Limits) -> None:
    """Raises NotAReturn `needs_matching` for a file that has a table of transactions in it, and nothing for any other."""
    found = likeliest(_whole(data, book, limits))
    if found is not None:
        table, _ = found
        raise refuse("needs_matching", sheet=table.sheet.name, cell=f"A{table.row}", row=table.row)


def suggest_for(request: MatchRequest, limits: Limits) -> Suggestion:
    """What is suggested for a file. Raises NotAReturn: `uses_template`, `no_table`, or as reading does."""
    book = read_workbook(request.data, CURRENT.sheets, limits)
    if uses_template(book):
        raise refuse("uses_template")
    whole = _whole(request.data, book, limits)
    found = likeliest(whole)
    if found is None:
        raise refuse("no_table")
    return suggest(whole, *found, request.context, request.answers)


def _whole(data: bytes, book: Workbook, limits: Limits) -> Workbook:
    """The workbook with all its sheets, whatever they are called."""
    return book if book.dialect is not None else read_workbook(data, book.names, limits)


def facts_by(request: CheckRequest, book: Workbook, table: Extract, matching: Matching, matching_id: str = "") -> Facts:
    """A table as a return, by its matching. Raises NotAReturn `matching_undecided`."""
    context, layout, sheet = request.context, CURRENT, table.sheet
    _check_decided(matching, sheet.name)
    fields = header_of(sheet.name, layout, context, request.prepared_by)
    period = parse_period(context.period) if context else None
    budget = [line for line in context.budget if line.year == period.year.code] if context and period else None
    spend, extracted = apply(table, matching, layout, budget, period, book.habits, matching_id)
    return Facts(
        layout=layout,
        fields=fields,
        header=fields.header(),
        period=period,
        spend=spend,
        forecast=Forecast(sheet.name, {}, sent=False),
        context=context,
        dialect=book.dialect,
        hidden=sheet.hidden,
        hidden_sheets=(sheet.name,) if sheet.hidden.sheet else (),
        digest=hashlib.sha256(request.data).hexdigest(),
        extracted=extracted,
    )


def _check_decided(matching: Matching, sheet: str) -> None:
    if asked := undecided(matching):
        raise refuse("matching_undecided", sheet=sheet, asked=" ".join(asked))

"""What a person is told of how their file was read, beside its problems: nothing here needs an answer."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Final

from importers.answer import Notice
from importers.checks.facts import Facts
from importers.messages import notice
from importers.totals import Verdict

_MOST: Final = 100
_SEPARATORS: Final = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "vertical bars"}


def notices(facts: Facts) -> tuple[Notice, ...]:
    """All that there is to tell, in reading order within each kind."""
    kinds = (_format, _extract, _headings, _left_out, _hidden)
    return tuple(islice((one for kind in kinds for one in kind(facts)), _MOST))


def _format(facts: Facts) -> Iterator[Notice]:
    sheet = facts.spend.sheet
    if facts.dialect is not None:
        between = _SEPARATORS.get(facts.dialect.delimiter, "its own separator")
        yield notice("read_as_csv", sheet, "", encoding=facts.dialect.encoding, separator=between)
        if facts.context is None:
            yield notice("no_award", sheet, "")


def _extract(facts: Facts) -> Iterator[Notice]:
    if facts.extracted is not None:
        yield from facts.extracted.notices
        if facts.context is None and facts.dialect is None:
            yield notice("no_award", facts.spend.sheet, "")


def _headings(facts: Facts) -> Iterator[Notice]:
    more = [(one.sheet, one.renamed) for one in (facts.milestones, facts.assets) if one is not None]
    for sheet, renamed in (
        (facts.spend.sheet, facts.spend.table.renamed),
        (facts.forecast.sheet, facts.forecast.renamed),
        *more,
    ):
        for one in renamed:
            yield notice("heading_renamed", sheet, one.cell, one.typed, heading=one.heading)
    table = facts.spend.table
    for letter in table.unread:
        yield notice("column_not_read", table.sheet, f"{letter}{table.heading_row}")


def _left_out(facts: Facts) -> Iterator[Notice]:
    table = facts.spend.table
    letter = table.letters["net"]
    codes = {Verdict.RIGHT: "total_left_out", Verdict.UNKNOWN: "total_not_checked"}
    for judged in facts.totals_judged:
        if judged.verdict in codes:
            yield notice(codes[judged.verdict], table.sheet, f"{letter}{judged.total.row}")
    for row in table.repeated_rows:
        yield notice("headings_repeated", table.sheet, f"{table.letters['category']}{row}")


def _hidden(facts: Facts) -> Iterator[Notice]:
    for name in facts.hidden_sheets:
        yield notice("hidden_sheet", name, "")
    table, hidden = facts.spend.table, facts.hidden
    rows = [row for row in table.rows if row in hidden.rows] if hidden.rows else []
    if rows:
        code = "filtered_rows" if hidden.filtered else "hidden_rows"
        letter = table.letters["net"]
        yield notice(code, table.sheet, f"{letter}{rows[0]}", count=len(rows), rows=in_words(rows))
    letters = [read.letter for read in facts.spend.typed if read.letter and read.number in hidden.columns]
    if letters:
        yield notice("hidden_columns", table.sheet, f"{letters[0]}{table.heading_row}", columns=_listed(letters))


def in_words(rows: Sequence[int]) -> str:
    """7, 9 to 12; no more than a few of them."""
    runs: list[list[int]] = []
    for row in rows:
        if runs and row == runs[-1][-1] + 1:
            runs[-1] = [runs[-1][0], row]
        else:
            runs.append([row])
    shown = [str(run[0]) if len(run) == 1 else f"{run[0]} to {run[-1]}" for run in runs[:5]]
    return _listed(shown) if len(runs) <= 5 else f"{', '.join(shown)} and others"


def _listed(words: Iterable[str]) -> str:
    *others, last = words
    return f"{', '.join(others)} and {last}" if others else last

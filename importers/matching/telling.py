"""A suggestion in lines of words, for a terminal."""

from collections.abc import Iterator

from grants.domain.money import show
from importers.matching.suggestion import SuggestedCode, Suggestion

_SEPARATOR = " · "


def suggestion_lines(found: Suggestion) -> list[str]:
    """What the table was taken for, line by line; the questions last."""
    return list(_lines(found))


def _lines(found: Suggestion) -> Iterator[str]:
    total = f", {show(found.total_pence)} in all" if found.total_pence is not None else ""
    yield f"{found.sheet}: headings in row {found.heading_row}, {found.lines:,} lines{total}."
    yield "Columns:"
    for column in found.columns:
        if column.field is not None:
            yield f"  {column.letters} is the {column.field.value} ({column.sure}): {column.why}"
        elif column.heading:
            yield f'  {column.letters} "{column.heading}" is not read.'
    for decision in found.decisions:
        yield f"{decision.about}: {decision.value or 'to be decided'} ({decision.sure}): {decision.why}"
    if found.codes:
        yield "Codes:"
        yield from map(_code, found.codes)
    yield "As it would be read:"
    for sample in found.samples:
        yield f"  row {sample.row}: {_SEPARATOR.join(f'{field.value} {text}' for field, text in sample.reads.items())}"
    for row in found.left_out:
        yield f"Row {row.row} is left out ({row.label}): {row.why}"
    if found.questions:
        yield "To be decided:"
        yield from (f"  {question}" for question in found.questions)


def _code(one: SuggestedCode) -> str:
    amount = f", {show(one.pence)}" if one.pence is not None else ""
    meant = f"{one.meaning.category.label} ({one.meaning.budget_kind})" if one.meaning and one.meaning.category else "?"
    return f"  {one.code or '(blank)'} ({one.lines:,} lines{amount}): {meant} ({one.sure}). {one.why}"

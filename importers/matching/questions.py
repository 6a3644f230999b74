"""What a table does not say of itself, as questions to whoever sends it."""

from collections.abc import Iterator, Sequence

from grants.domain.matchings import Field, Matching, OutsidePeriod, undecided
from importers.cells import column_letters
from importers.matching.choosing import Choices
from importers.matching.rows import Sorted
from importers.matching.shape import Extract
from importers.matching.suggestion import SuggestedCode, Sure
from importers.matching.words import GROSS, VAT
from importers.totals import filled


def questions_of(
    extract: Extract,
    matching: Matching,
    choices: Choices,
    rows: Sorted,
    codes: Sequence[SuggestedCode],
    outside: int,
) -> tuple[str, ...]:
    """All that has to be answered before the matching can be used, then all that should be looked at."""
    return (
        *undecided(matching),
        *_unsure(choices),
        *_codes(codes),
        *_vat(extract, matching),
        *_blanks(extract, matching, rows),
        *_outside(outside if matching.outside_period is OutsidePeriod.PROBLEM else 0),
    )


def _unsure(choices: Choices) -> Iterator[str]:
    for field, choice in choices.items():
        if choice.sure is Sure.UNSURE:
            yield f"Is column {choice.letters} the {field.value}? {choice.why}"


def _codes(codes: Sequence[SuggestedCode]) -> Iterator[str]:
    unknown = [one.code or "(blank)" for one in codes if one.sure is Sure.UNSURE]
    if unknown:
        some = ", ".join(unknown[:10]) + (f" and {len(unknown) - 10} others" if len(unknown) > 10 else "")
        yield f"Say which cost category each of these codes is, or that it is not claimed (codes): {some}."


def _vat(extract: Extract, matching: Matching) -> Iterator[str]:
    if Field.VAT in matching.columns:
        return
    for number, heading in enumerate(extract.headings, start=1):
        letters = column_letters(number)
        if letters in matching.columns.values():
            if GROSS.fullmatch(heading):
                yield f"Column {letters} has VAT in it. Only VAT that cannot be recovered is spend: is there a net column?"
        elif VAT.fullmatch(heading):
            yield f"Column {letters} is VAT, and was left out. If it cannot be recovered, name it (columns.vat)."


def _blanks(extract: Extract, matching: Matching, rows: Sorted) -> Iterator[str]:
    for field in (Field.REFERENCE, Field.DESCRIPTION, Field.PAYEE):
        if field in matching.columns and not getattr(matching.constants, field.value):
            cells = extract.column(matching.columns[field])
            blank = sum(not filled(cells[line]) for line in rows.lines)
            if blank:
                yield f"{_lines(blank)} no {field.value}. Say what to put there (constants.{field.value})."


def _outside(outside: int) -> Iterator[str]:
    if outside:
        yield (
            f"{_lines(outside)} a date outside the period. Say what they are (outside_period): accrual, leave_out, "
            "or problem to be told of each."
        )


def _lines(number: int) -> str:
    return "1 line has" if number == 1 else f"{number:,} lines have"

"""Which column is what, by its heading and by what it holds; with why, and how sure that is."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from grants.domain.matchings import Field
from importers.cells import column_letters
from importers.choices import read_side, read_yes_no
from importers.columns import Fault
from importers.matching.contents import Contents
from importers.matching.shape import Extract
from importers.matching.suggestion import Sure
from importers.matching.words import CODE_NAMES, GROSS, NAMES, NOT_SPEND


@dataclass(frozen=True, slots=True)
class Choice:
    """A column for a field, counted from 1."""

    number: int
    sure: Sure
    why: str

    @property
    def letters(self) -> str:
        """The column's letters."""
        return column_letters(self.number)


Choices = dict[Field, Choice]

_HOLDS: Final[Mapping[Field, tuple[Callable[[Contents], bool], str]]] = {
    Field.SPENT_ON: (lambda one: one.may_hold_days, "dates"),
    Field.NET: (lambda one: one.filled > 0 and one.may_hold_amounts, "amounts"),
    Field.DEBIT: (lambda one: one.may_hold_amounts, "amounts"),
    Field.CREDIT: (lambda one: one.may_hold_amounts, "amounts"),
    Field.MARKER: (lambda one: one.filled > 0 and one.sides >= 0.9 * one.filled, "marks of debit and credit"),
    Field.VAT: (lambda one: one.may_hold_amounts, "amounts"),
    Field.BUDGET_KIND: (lambda one: _all_read(one, read_side), "resource or capital"),
    Field.ACCRUAL: (lambda one: _all_read(one, read_yes_no), "yes or no"),
    Field.CODE: (lambda one: one.filled > 0 and not one.holds_days and not one.parts, "codes"),
    Field.PAYEE: (lambda one: one.texts * 2 > one.filled, "names"),
    Field.DESCRIPTION: (lambda one: one.filled > 0 and not one.holds_days and not one.parts, "words"),
    Field.REFERENCE: (lambda one: one.filled > 0 and not one.holds_days and not one.parts, "references"),
    Field.EVIDENCE: (lambda one: one.filled > 0 and not one.holds_days and not one.parts, "references"),
}
_BY_CONTENT: Final[Mapping[Field, Callable[[Contents], bool]]] = {
    Field.SPENT_ON: lambda one: one.holds_days,
    Field.NET: lambda one: one.holds_amounts,
    Field.CODE: lambda one: one.holds_codes and len(one.distinct) > 1,
    Field.DESCRIPTION: lambda one: one.texts >= 0.9 * one.filled and one.longest > 12 and not one.holds_codes,
}
"""What can be told without a heading, where one column alone is like it."""


def _all_read(one: Contents, read: Callable[..., object]) -> bool:
    return one.filled > 0 and not any(isinstance(read(cell), Fault) for cell, _ in one.distinct)


def choose(extract: Extract, contents: Sequence[Contents]) -> Choices:
    """The columns, each field's by its heading first; what no heading tells, by content where one column alone fits."""
    chosen: Choices = {}
    for field in (Field.SPENT_ON, Field.DEBIT, Field.CREDIT):
        _by_heading(field, extract, contents, chosen)
    if not (Field.DEBIT in chosen and Field.CREDIT in chosen):
        chosen.pop(Field.DEBIT, None)
        chosen.pop(Field.CREDIT, None)
        _by_heading(Field.NET, extract, contents, chosen)
        _marker(extract, contents, chosen)
    two = Field.DEBIT in chosen
    for field in (Field.BUDGET_KIND, Field.ACCRUAL, Field.CODE, Field.PAYEE, Field.DESCRIPTION, Field.REFERENCE):
        _by_heading(field, extract, contents, chosen)
    for field in (Field.EVIDENCE, *(() if two else (Field.VAT,))):
        _by_heading(field, extract, contents, chosen)
    for field in _BY_CONTENT:
        if field not in chosen and not (field is Field.NET and two):
            _by_content(field, extract, contents, chosen)
    return chosen


def _free(chosen: Choices, contents: Sequence[Contents]) -> list[tuple[int, Contents]]:
    taken = {choice.number for choice in chosen.values()}
    return [(number, one) for number, one in enumerate(contents, start=1) if number not in taken]


def _by_heading(field: Field, extract: Extract, contents: Sequence[Contents], chosen: Choices) -> None:
    names = NAMES[field]
    fits, what = _HOLDS[field]
    named = sorted(
        (names.index(extract.headings[number - 1]), number)
        for number, one in _free(chosen, contents)
        if extract.headings[number - 1] in names and fits(one)
    )
    if not named:
        return
    rivals = [column_letters(number) for _, number in named[1:]]
    number = named[0][1]
    one = contents[number - 1]
    why = f'Headed "{_said(extract, number)}"' + (f", and it holds {what}." if one.filled else ", and it is blank.")
    if rivals:
        why += f" It could also be column {' or '.join(rivals)}."
    chosen[field] = Choice(number, Sure.LIKELY if rivals else Sure.SURE, why)


def _marker(extract: Extract, contents: Sequence[Contents], chosen: Choices) -> None:
    """A column of nothing but Dr and Cr is one whatever it is called."""
    _by_heading(Field.MARKER, extract, contents, chosen)
    if Field.MARKER in chosen:
        return
    alike = [number for number, one in _free(chosen, contents) if one.holds_sides]
    if len(alike) == 1:
        chosen[Field.MARKER] = Choice(alike[0], Sure.LIKELY, "It holds nothing but marks of debit and credit.")


def _by_content(field: Field, extract: Extract, contents: Sequence[Contents], chosen: Choices) -> None:
    fits = _BY_CONTENT[field]
    alike = [
        number
        for number, one in _free(chosen, contents)
        if fits(one) and one.filled and not _is_another(field, extract.headings[number - 1])
    ]
    if len(alike) == 1:
        what = _HOLDS[field][1]
        why = f'No heading says so ("{_said(extract, alike[0])}"), but it is the only other column that holds {what}.'
        chosen[field] = Choice(alike[0], Sure.UNSURE, why)


def _is_another(field: Field, heading: str) -> bool:
    if field is Field.NET:
        return bool(NOT_SPEND.fullmatch(heading) or GROSS.fullmatch(heading))
    return heading in CODE_NAMES or any(heading in names for other, names in NAMES.items() if other is not field)


def _said(extract: Extract, number: int) -> str:
    return str(extract.heading(number)).strip()[:80]

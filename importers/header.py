"""The sheet that says which return this is: its fields, found by their labels."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from grants.domain.errors import Invalid
from grants.domain.periods import Period, parse_period
from grants.domain.returns import ReturnContext
from importers.answer import Header
from importers.cells import ERROR_VALUES, Sheet, shown
from importers.layouts import LAYOUTS, Field, Layout, heading_key
from importers.messages import one_of, refuse

_LABELS_WITHIN: Final = 60
_NAME_SHOWN: Final = 100


@dataclass(slots=True)
class Read:
    """The fields of a return by key, and the cell of each; none where they were not read from cells."""

    sheet: str
    values: dict[str, str]
    cells: dict[str, str] = field(default_factory=dict)

    def header(self) -> Header:
        """The fields as one value; what is declared is none of it."""
        return Header(**{key: value for key, value in self.values.items() if key in Header.__struct_fields__})


def read_header(sheet: Sheet, current: Layout) -> Read:
    """Raises NotAReturn: `missing_field`, or `wrong_version` where the template is not one that is known."""
    labels = {
        heading_key(row[0]): number for number, row in reversed(list(enumerate(sheet.rows[:_LABELS_WITHIN], start=1)))
    }
    told = _read_fields(sheet, labels, (current.field("template_version"),))
    version = told.values["template_version"].removesuffix(".0")
    if version not in LAYOUTS or _has_more(labels, LAYOUTS[version], current):
        raise _refuse(told, "wrong_version", "template_version", current.version)
    read = _read_fields(sheet, labels, LAYOUTS[version].fields)
    read.values["template_version"] = version
    return read


def _has_more(labels: Mapping[str, int], told: Layout, current: Layout) -> bool:
    """Whether a sheet that calls itself an older version has what only the current one asks."""
    return any(heading_key(more.label) in labels for more in current.fields if more not in told.fields)


def _read_fields(sheet: Sheet, labels: Mapping[str, int], fields: Iterable[Field]) -> Read:
    read = Read(sheet.name, {})
    for field_ in fields:
        row = labels.get(heading_key(field_.label))
        if row is None:
            raise refuse("missing_field", sheet=sheet.name, label=field_.label, row=field_.row)
        value = shown(sheet.at(row, 2)).strip()
        read.values[field_.key] = "" if value in ERROR_VALUES else value
        read.cells[field_.key] = f"B{row}"
    return read


def header_of(sheet: str, layout: Layout, context: ReturnContext | None, prepared_by: str) -> Read:
    """The fields of a return whose file has no sheet for them: they are the award's and the period's that it was sent to."""
    values = dict.fromkeys((field_.key for field_ in layout.fields), "")
    values |= {"template_version": layout.version, "prepared_by": " ".join(prepared_by.split())[:200]}
    if context is not None:
        period = parse_period(context.period)
        values |= {
            "award": context.award,
            "recipient_id": context.recipient_id,
            "recipient_name": context.recipient_name,
            "delivery_body": context.delivery_body,
            "year": period.year.code,
            "period": period.code,
            "kind": kind_of(period),
        }
    return Read(sheet, values)


def kind_of(period: Period) -> str:
    """What kind of return is usual for a period."""
    return "Quarterly" if period.quarter else "Monthly" if period.month else "Yearly"


def check_identity(read: Read, context: ReturnContext | None) -> Period:
    """The period that the return is for. Raises NotAReturn where the return is for something else than `context`.

    A recipient whom the sender does not act for comes before all else: a foreign file is held against nothing of ours.
    """
    if context is not None:
        _check_sender(read, context)
    try:
        period = parse_period(read.values["period"])
    except Invalid as error:
        raise _refuse(read, "not_a_period", "period", "") from error
    if context is None:
        return period
    if read.values["award"] != context.award:
        raise _refuse(read, "wrong_award", "award", context.award)
    if read.values["recipient_id"] != context.recipient_id:
        raise _refuse(read, "wrong_recipient", "recipient_id", context.recipient_name)
    if period.code != context.period:
        raise _refuse(read, "wrong_period", "period", parse_period(context.period).label)
    return period


def _check_sender(read: Read, context: ReturnContext) -> None:
    """Names whom the file is for in its own words: what our register says of others is nothing to the sender."""
    theirs, own = read.values["recipient_id"], dict(context.acts_for)
    if not own or not theirs or theirs in own:
        return
    name = " ".join(read.values["recipient_name"].split())[:_NAME_SHOWN]
    named = name if name and name not in own.values() else theirs[:_NAME_SHOWN]
    cell = read.cells["recipient_id"]
    raise refuse(
        "not_your_recipient", sheet=read.sheet, cell=cell, value=theirs, yours=one_of(own.values()), theirs=named
    )


def _refuse(read: Read, code: str, key: str, expected: str) -> Exception:
    return refuse(code, sheet=read.sheet, cell=read.cells[key], value=read.values[key], expected=expected)

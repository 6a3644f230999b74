"""The plan's file: TOML text to a Plan, or every mistake in it, each in one sentence that says where it is."""

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final

import msgspec

from grants.domain.decisions import LineCode
from grants.domain.errors import Invalid
from grants.domain.money import from_text
from grants.domain.periods import parse_year
from grants.domain.plan import BudgetKind, FundingLine, HistoryEvent, Milestone, Plan, Programme, Rag, YearBasis

_MONTH: Final = re.compile(r"(\d{4})-(0[1-9]|1[0-2])", re.ASCII)


@dataclass(frozen=True)
class _Item:
    """One item of the file: where it stands, for people, and its values."""

    place: str
    values: dict[str, Any]


@dataclass(frozen=True)
class _Key:
    """One key of an item: how its value is read, what to write where it cannot be, and the field that it stands for."""

    read: Callable[[Any], Any]
    write: str
    needed: bool = True
    stands_for: str = ""


def _code(value: object) -> str:
    return msgspec.convert(value, LineCode)


def _words(value: object) -> str:
    if not isinstance(value, str) or not value.strip() or len(value) > 2000 or "\0" in value:
        raise ValueError
    return value.strip()


def _words_or_none(value: object) -> str:
    return "" if value == "" else _words(value)


def _day(value: object) -> date:
    if not isinstance(value, date) or isinstance(value, datetime):
        raise ValueError
    return value


def _day_or_month(value: object) -> tuple[date, bool]:
    """The day, or the first day of a month, and whether it is a month."""
    match = _MONTH.fullmatch(value) if isinstance(value, str) else None
    return (date(int(match[1]), int(match[2]), 1), True) if match else (_day(value), False)


def _pounds(value: object) -> int:
    pence = from_text(_words(value))
    if pence < 0:
        raise ValueError
    return pence


def _year(value: object) -> str:
    return parse_year(_words(value)).code


def _one_of(values: type[StrEnum], *, needed: bool = True) -> _Key:
    names = ", ".join(f'"{value}"' for value in values)
    return _Key(values, f"write one of {names}", needed=needed)


_CODE: Final = _Key(_code, 'write a code of capital letters, digits and hyphens, like "TOEX"')
_TEXT: Final = _Key(_words, "write words, at most 2,000 characters")
_DATE: Final = _Key(_day, "write a date, like 2025-01-16, without quotation marks", needed=False)
_AMOUNT: Final = _Key(_pounds, 'write an amount in pounds as text, like "£2,500,000"', stands_for="announced_pence")

_TABLES: Final[dict[str, dict[str, _Key]]] = {
    "programme": {
        "code": _CODE,
        "title": _TEXT,
        "announced_on": _Key(_day, _DATE.write),
        "source": _TEXT,
    },
    "funding_line": {
        "code": _CODE,
        "programme": _CODE,
        "title": _TEXT,
        "purpose": _Key(
            _words_or_none, "write words, at most 2,000 characters, or nothing between the quotation marks"
        ),
        "announced": _AMOUNT,
        "year": _Key(_year, 'write a financial year, like "2025-26"'),
        "year_basis": _one_of(YearBasis),
        "budget_kind": _one_of(BudgetKind),
        "do_not_publish": _Key(_words, "write the reason in words, or leave the key out", needed=False),
        "source": _TEXT,
    },
    "milestone": {
        "code": _CODE,
        "programme": _CODE,
        "title": _TEXT,
        "baseline": _DATE,
        "forecast": _DATE,
        "actual": _DATE,
        "rag": _one_of(Rag, needed=False),
        "comment": _Key(_words_or_none, _TEXT.write, needed=False),
    },
    "history": {
        "code": _CODE,
        "programme": _CODE,
        "on": _Key(_day_or_month, 'write a date, like 2025-01-16, or a month as text, like "2025-08"'),
        "text": _TEXT,
        "source": _TEXT,
        "amount": _Key(_pounds, _AMOUNT.write, needed=False, stands_for="amount_pence"),
        "funding_line": _Key(_code, _CODE.write, needed=False),
    },
}


def read_plan(content: str | bytes) -> Plan:
    """The plan that a file describes, as its text or its bytes.

    Raises Invalid `plan_file`: its message has a sentence for every mistake, and so has the list `facts["problems"]`.
    """
    try:
        document = tomllib.loads(content if isinstance(content, str) else content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise _wrong(["The plan's file is not text. Save it as plain text in UTF-8."]) from error
    except tomllib.TOMLDecodeError as error:
        raise _wrong([f"The plan's file is not TOML: {error}."]) from error
    mistakes = [f"{key}: a plan has no such thing. Use {', '.join(_TABLES)}." for key in document if key not in _TABLES]
    raw = {name: _items(name, document.get(name, []), mistakes) for name in _TABLES}
    if not raw["programme"]:
        mistakes.append("programme: the plan needs at least one.")
    read = {name: [_read(item, _TABLES[name], mistakes) for item in items] for name, items in raw.items()}
    mistakes += _across(raw)
    if mistakes:
        raise _wrong(mistakes)
    return Plan(
        programmes=tuple(Programme(**values) for values in read["programme"]),
        funding_lines=tuple(FundingLine(**{"do_not_publish": None} | values) for values in read["funding_line"]),
        milestones=tuple(Milestone(**{"baseline": None} | values) for values in read["milestone"]),
        history=tuple(_history_event(values) for values in read["history"]),
    )


def _wrong(mistakes: list[str]) -> Invalid:
    return Invalid("plan_file", " ".join(mistakes), problems=tuple(mistakes))


def _history_event(values: dict[str, Any]) -> HistoryEvent:
    day, month_only = values.pop("on")
    return HistoryEvent(**values, on=day, month_only=month_only)


def _items(name: str, found: object, mistakes: list[str]) -> list[_Item]:
    if not isinstance(found, list) or not all(isinstance(item, dict) for item in found):
        mistakes.append(f"{name}: begin each one with [[{name}]] on a line of its own.")
        return []
    return [
        _Item(f"{name} {number} ({item['code']})" if _is_code(item.get("code")) else f"{name} {number}", item)
        for number, item in enumerate(found, start=1)
    ]


def _is_code(value: object) -> bool:
    try:
        return bool(_code(value))
    except msgspec.ValidationError:
        return False


def _read(item: _Item, keys: Mapping[str, _Key], mistakes: list[str]) -> dict[str, Any]:
    """The item's values; what is wrong with it is added to the mistakes."""
    mistakes += [
        f"{item.place}, {name}: there is no such key here. Use {', '.join(keys)}."
        for name in item.values
        if name not in keys
    ]
    values = {}
    for name, key in keys.items():
        if name not in item.values:
            if key.needed:
                mistakes.append(f"{item.place}, {name}: it is missing; {key.write}.")
            continue
        try:
            values[key.stands_for or name] = key.read(item.values[name])
        except (ValueError, msgspec.ValidationError, Invalid):
            mistakes.append(f"{item.place}, {name}: {key.write}.")
    return values


def _across(raw: Mapping[str, list[_Item]]) -> Iterator[str]:
    """Mistakes between items: a code used twice, a programme or a funding line that the file does not have."""
    codes = {name: [item.values.get("code") for item in items] for name, items in raw.items()}
    for name, items in raw.items():
        for place, item in enumerate(items):
            if _is_code(codes[name][place]) and codes[name][place] in codes[name][:place]:
                yield f"{item.place}, code: it is used twice; give each {name} a code of its own."
            for other in ("programme", "funding_line"):
                meant = item.values.get(other)
                if _is_code(meant) and meant not in codes[other]:
                    yield f"{item.place}, {other}: the file has no {other} {meant}."

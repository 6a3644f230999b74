"""What the page of an extract asks: each column and rule with why it is suggested, those without an answer first; and what codes add up to."""

import re
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Final

from grants.domain.matchings import Answers, CodeMeaning, Field, undecided
from grants.domain.money import show
from grants.pages.words import count, day
from importers.matching.suggestion import Sample, Suggestion, Sure
from importers.pages.matching_form import CODE, CONSTANTS, FIELDS, ORDERS, OUTSIDE, SIGNS, meaning_words, value_of

_POINTER: Final = re.compile(r" ?\((columns|constants)\.([a-z_]+)\)")
_COLUMN: Final = re.compile(r"Is column [A-Z]+ the ([a-z_]+)\?")
_OWN_WORDS: Final = {
    "sign": "Say how your finance system tells spend from credits",
    "date_order": "Say which comes first in the dates, the day or the month",
    "outside_period": "",
}
_RULES: Final = {
    "sign": ("How does your finance system tell spend from credits?", SIGNS),
    "date_order": ("What comes first in the dates?", ORDERS),
    "outside_period": ("What are lines with a date outside the period?", OUTSIDE),
}
_MONEY: Final = frozenset({Field.NET, Field.DEBIT, Field.CREDIT, Field.VAT})


@dataclass(frozen=True)
class Question:
    """One thing that somebody has to say, or should look at. `at` is the field of the form where they do."""

    at: str
    words: str
    is_needed: bool


@dataclass(frozen=True)
class Asked:
    """One column or rule of the form; `question` where it is asked for, and `constant` where words may stand in its place."""

    name: str
    label: str
    hint: str
    value: str
    items: list[tuple[str, str]]
    question: Question | None = None
    is_rule: bool = False
    constant: str = ""
    constant_value: str = ""


@dataclass(frozen=True)
class AskedCode:
    """One code of the ledger: its lines, what they come to in pence, and what it is taken for."""

    id: str
    name: str
    code: str
    cell: str
    examples: str
    lines: int
    pence: int | None
    value: str
    why: str
    is_open: bool


@dataclass
class Sum:
    """What codes of one meaning come to. `pence` is None where the signs are not decided."""

    words: str
    codes: int = 0
    lines: int = 0
    pence: int | None = 0


@dataclass(frozen=True)
class Shown:
    """All that the page shows of a suggestion."""

    questions: list[Question]
    asked: list[Asked]
    codes: list[AskedCode]
    sums: list[Sum]
    headings: list[str]
    samples: list[tuple[int, list[str]]]
    numeric: set[int] = field(default_factory=set)
    everything: str | None = None
    """What all lines are taken for, where no column has codes."""

    @property
    def needed(self) -> list[Question]:
        """What has to be answered before the matching can be kept."""
        return [one for one in self.questions if one.is_needed]

    @property
    def errors(self) -> dict[str, str]:
        """What to do about each of them, by its field."""
        return {one.at: one.words for one in self.needed}


def shown_of(found: Suggestion, answers: Answers | None = None) -> Shown:
    """The page of a suggestion; what somebody answered stands in its form as they left it."""
    codes = _codes(found)
    questions = _questions(found, codes)
    asked_at = {one.at: one for one in sorted(questions, key=lambda one: one.is_needed)}
    columns = _read_columns(found)
    has_code = Field.CODE in columns
    headings = [FIELDS[one] for one in columns] + (["Read as"] if has_code else [])
    return Shown(
        questions=questions,
        asked=[*_columns(found, asked_at, answers), *_rules(found, asked_at)],
        codes=codes,
        sums=_sums(found),
        headings=headings,
        samples=[(one.row, _sample(found, one, columns)) for one in found.samples],
        everything=None if has_code else value_of(found.matching.codes.get("")),
        numeric={place for place, one in enumerate(columns) if one in _MONEY},
    )


def _questions(found: Suggestion, codes: list[AskedCode]) -> list[Question]:
    needed = set(undecided(found.matching))
    questions = []
    for text in found.questions:
        at = _at(text, codes)
        own = _OWN_WORDS.get(at) or _POINTER.sub("", text).replace(" (codes)", "").replace(' (codes, under "")', "")
        if at == "outside_period":
            own = f"{text.partition('.')[0]}. Say what they are"
        questions.append(Question(at, own.rstrip("."), text in needed))
    return questions


def _at(text: str, codes: list[AskedCode]) -> str:
    """The field of the form that a question is about: it names its place in the matching."""
    if match := _COLUMN.match(text):
        return f"column-{match[1]}"
    if match := _POINTER.search(text):
        return f"{match[1].removesuffix('s')}-{match[2]}"
    for rule in _RULES:
        if f"({rule})" in text:
            return rule
    if "(codes)" in text:
        return next((one.id for one in codes if one.is_open), "codes")
    return f"column-{Field.NET.value}"


def _read_columns(found: Suggestion) -> list[Field]:
    """What the sample lines show: one amount, where the signs are known."""
    hidden = {Field.DEBIT, Field.CREDIT, Field.MARKER} if found.total_pence is not None else set()
    there = {*found.matching.columns, *({Field.NET} if hidden else ())} - hidden
    return [one for one in FIELDS if one in there]


def _columns(found: Suggestion, asked_at: dict[str, Question], answers: Answers | None) -> list[Asked]:
    chosen = answers.columns if answers else found.matching.columns
    items = [("", "No column")] + [
        (one.letters, f"{one.letters}: {one.heading or 'no heading'}{_examples(one.examples)}") for one in found.columns
    ]
    whys = {one.field: one.why for one in found.columns if one.field is not None}
    listed = []
    for one, label in FIELDS.items():
        name, constant = f"column-{one.value}", f"constant-{one.value}" if one in CONSTANTS else ""
        listed.append(
            Asked(
                name,
                label,
                whys.get(one, ""),
                chosen.get(one, ""),
                items,
                question=asked_at.get(name) or asked_at.get(constant),
                constant=constant,
                constant_value=getattr(found.matching.constants, one.value) if constant else "",
            )
        )
    return listed


def _examples(examples: tuple[str, ...]) -> str:
    return f" ({examples[0][:30]})" if examples else ""


def _rules(found: Suggestion, asked_at: dict[str, Question]) -> list[Asked]:
    whys = {one.about: one.why for one in found.decisions if one.value}
    values = {"sign": found.matching.sign, "date_order": found.matching.date_order}
    values |= {"outside_period": found.matching.outside_period}  # type: ignore[dict-item]
    return [
        Asked(
            name,
            label,
            _sentence(whys.get(name, "")),
            values[name] or "",
            [(value.value, words) for value, words in choices.items()],  # type: ignore[attr-defined]
            question=asked_at.get(name),
            is_rule=True,
        )
        for name, (label, choices) in _RULES.items()
    ]


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:].rstrip('.')}." if text else ""


def _codes(found: Suggestion) -> list[AskedCode]:
    """The codes, those that nobody has said the meaning of first."""
    ordered = sorted(found.codes, key=lambda one: one.sure is not Sure.UNSURE)
    meanings = found.matching.codes
    return [
        AskedCode(
            id=f"code-{number}",
            name=f"{CODE}{one.code}",
            code=one.code,
            cell=one.cell,
            examples=", ".join(one.examples),
            lines=one.lines,
            pence=one.pence,
            value=value_of(meanings.get(one.code)),
            why=one.why,
            is_open=one.sure is Sure.UNSURE,
        )
        for number, one in enumerate(ordered, start=1)
    ]


def _sums(found: Suggestion) -> list[Sum]:
    sums: defaultdict[CodeMeaning | None, Sum] = defaultdict(lambda: Sum(""))
    for one in found.codes:
        meaning = found.matching.codes.get(one.code)
        total = sums[meaning]
        total.words = meaning_words(meaning) if meaning else "Not decided yet"
        total.codes += 1
        total.lines += one.lines
        total.pence = None if total.pence is None or one.pence is None else total.pence + one.pence
    return [sums[meaning] for meaning in sorted(sums, key=lambda one: (_rank(one), sums[one].words))]


def _rank(meaning: CodeMeaning | None) -> int:
    """Spend first, then what is not claimed, then what nobody has decided."""
    return 2 if meaning is None else 0 if meaning.category else 1


def _sample(found: Suggestion, sample: Sample, columns: list[Field]) -> list[str]:
    cells = [_cell(found, one, sample.reads.get(one, "")) for one in columns]
    if Field.CODE in columns:
        meaning = found.matching.codes.get(sample.reads.get(Field.CODE, "").strip())
        cells.append(meaning_words(meaning) if meaning else "Not decided yet")
    return cells


def _cell(found: Suggestion, one: Field, text: str) -> str:
    if one is Field.NET and found.total_pence is not None and re.fullmatch(r"-?\d+\.\d\d", text):
        return show(int(Decimal(text) * 100))
    if one is Field.SPENT_ON and re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        return day(date.fromisoformat(text))
    return text


def left_out_words(found: Suggestion) -> list[str]:
    """The first rows that are no lines, and why."""
    return [f"Row {one.row}{f' ({one.label})' if one.label else ''}: {one.why}" for one in found.left_out]


def about_words(found: Suggestion) -> str:
    """Where the table stands and what it comes to."""
    total = f", {show(found.total_pence)} in all" if found.total_pence is not None else ""
    return f"Sheet {found.sheet}, headings in row {found.heading_row}: {count(found.lines, 'line')}{total}."

"""Checks of what people write: costs that a grant may not meet, and text that could identify a person.

Ineligible costs are those of Managing Public Money's general grant conditions; an award adds its own.
"""

import re
from collections.abc import Callable, Iterator
from typing import Final

from grants.domain.returns import Problem
from importers.checks.facts import Facts
from importers.checks.places import in_column
from importers.columns import Read

INELIGIBLE: Final = (
    "lobbying",
    "recoverable vat",
    "political",
    "religious",
    "in kind",
    "in-kind",
    "interest charge",
    "loan interest",
    "finance lease",
    "gift",
    "entertaining",
    "entertainment",
    "hospitality",
    "alcohol",
    "penalty charge",
    "parking fine",
    "fines",
    "depreciation",
)
"""Words that speak of costs which grants do not meet. Whole words; a plural s is the same word."""

_NHS: Final = re.compile(r"(?<!\d)\d{3}([ -])\d{3}\1\d{4}(?!\d)|(?i:nhs)\D{0,20}\d{10}(?!\d)")
_INSURANCE: Final = re.compile(r"(?<![A-Z])[A-CEGHJ-PR-TW-Z]{2} ?(?:\d{6}|\d{2} \d{2} \d{2}) ?[A-D](?![A-Z])")
_SHAPE: Final = bytes.maketrans(b"123456789" + bytes(range(66, 91)), b"0" * 9 + b"A" * 25)
_SHAPES: Final = (b"000 000 0000", b"000-000-0000", b"AA000000A", b"AA 00 00 00 A", b"AA00 00 00A", b"AA 000000 A",
    b"00000 000000", b"00000 000 000", b"00000000000", b"+00 0000 000")  # fmt: skip
_BIRTH: Final = re.compile(r"\b(?:d\.?o\.?b\.?|date of birth|born(?: on)?)[\s:,-]*\d", re.IGNORECASE)
_POLICE: Final = re.compile(
    r"\b(?:crime|occurrence|custody|incident|police|niche)\s*(?:ref(?:erence)?|number|no|record)\.?\s*:?\s*\S*\d"
    r"|\b(?:pncid|urn)\s*:?\s*\d{2}",
    re.IGNORECASE,
)
_SOMEBODY: Final = re.compile(
    r"\b(?:Mr|MR|Mrs|MRS|Miss|MISS|Ms)\.? +[A-Z]|[\w.+-]@[\w-]+\.\w|(?<!\d)(?:\+44 ?|0)7\d{3} ?\d{3} ?\d{3}(?!\d)",
    re.ASCII,
)
_NAMING: Final = ("Mr", "MR", "Miss", "MISS", "Ms", "@")
_SIGNS: Final = (
    "birth",
    "born",
    "dob",
    "d.o.b",
    "crime",
    "occurrence",
    "custody",
    "incident",
    "police",
    "niche",
    "pncid",
    "urn",
    "nhs",
)


def ineligible_words(facts: Facts) -> Iterator[Problem]:
    """No description speaks of what the award may not pay for."""
    more = facts.context.ineligible if facts.context else ()
    words = [word.casefold().strip() for word in (*INELIGIBLE, *more) if word.strip()]
    everything = facts.spend.description.everything.casefold()
    hits = [word for word in words if word in everything]
    if hits:
        pattern = re.compile(rf"(?<!ir)\b(?:{'|'.join(map(re.escape, hits))})s?\b")
        yield from _matching(
            facts, "ineligible_word", facts.spend.description, lambda text: bool(pattern.search(text.casefold()))
        )


def no_identifying_text(facts: Facts) -> Iterator[Problem]:
    """No text holds what could identify a victim. The problem does not repeat the text."""
    spend = facts.spend
    for read in spend.texts:
        said, found = read.everything, _names_a_record  # a reference looks like anything
        likely = any(sign in said.casefold() for sign in _SIGNS)
        if read is spend.payee:  # who is paid has a name
            likely, found = likely or _like_a_number(said), _is_about_somebody
        elif read is spend.description:
            likely = likely or _like_a_number(said) or any(sign in said for sign in _NAMING)
            found = may_identify
        if likely:
            yield from _matching(facts, "may_identify", read, found, tell_value=False)
    for one in (facts.milestones, facts.assets):
        if one is None:
            continue
        for read in one.texts:
            positions = [at for at, text in enumerate(read.values) if text and _may_name(read, text)]
            yield from in_column("may_identify", one.sheet, one.rows, read, positions, tell_value=False)


def _may_name(read: Read[str], text: str) -> bool:
    """A reference and a serial number look like anything; what is said of a record is told there too."""
    return _names_a_record(text) if read.column.key in ("reference", "serial") else may_identify(text)


def _like_a_number(text: str) -> bool:
    """Whether a long text holds anything shaped like a number of the NHS, of National Insurance or of a mobile."""
    shape = text.encode("ascii", "replace").translate(_SHAPE)
    return any(one in shape for one in _SHAPES)


def may_identify(text: str) -> bool:
    """Whether a text holds a name with its title, an email address, a mobile number, or what `_is_about_somebody` finds."""
    return bool(_SOMEBODY.search(text)) or _is_about_somebody(text)


def _is_about_somebody(text: str) -> bool:
    """Whether a text holds a date of birth, or an NHS, National Insurance or police reference."""
    if _names_a_record(text) or _INSURANCE.search(text):
        return True
    return any(_is_nhs_number(match[0]) for match in _NHS.finditer(text))


def _names_a_record(text: str) -> bool:
    return bool(_BIRTH.search(text) or _POLICE.search(text))


def _is_nhs_number(text: str) -> bool:
    """Whether ten digits end in the check digit of an NHS number. Source: NHS Data Dictionary, modulus 11."""
    digits = [int(digit) for digit in text if digit.isdigit()]
    check = 11 - sum(digit * weight for digit, weight in zip(digits, range(10, 1, -1), strict=False)) % 11
    return len(set(digits)) > 1 and (0 if check == 11 else check) == digits[9]


def _matching(
    facts: Facts, code: str, read: Read[str], matches: Callable[[str], bool], *, tell_value: bool = True
) -> Iterator[Problem]:
    found = {text for text in set(read.values) if text and matches(text)}
    positions = [position for position, text in enumerate(read.values) if text in found]
    return in_column(code, facts.spend.sheet, facts.spend.rows, read, positions, tell_value=tell_value)

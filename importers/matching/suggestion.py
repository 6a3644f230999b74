"""What is suggested for a table that nobody has matched yet: plain data, for a person to confirm or correct."""

from enum import StrEnum

from msgspec import Struct

from grants.domain.matchings import CodeMeaning, Field, Matching


class Sure(StrEnum):
    """How sure a suggestion is: nothing speaks against it; likely; or a person has to say."""

    SURE = "sure"
    LIKELY = "likely"
    UNSURE = "unsure"


class SuggestedColumn(Struct, frozen=True):
    """One column of the table: its heading and some cells as they stand there, and what it is taken for, if anything."""

    letters: str
    heading: str
    examples: tuple[str, ...]
    field: Field | None = None
    sure: Sure | None = None
    why: str = ""


class SuggestedCode(Struct, frozen=True):
    """One code: how many lines have it, what they come to in pence (null where the signs are not decided), what some say."""

    code: str
    cell: str
    lines: int
    pence: int | None
    examples: tuple[str, ...]
    meaning: CodeMeaning | None
    sure: Sure
    why: str


class Decision(Struct, frozen=True):
    """What was found out of the table as a whole, and why: the signs, the order of dates."""

    about: str
    value: str | None
    sure: Sure
    why: str


class Sample(Struct, frozen=True):
    """One line as it would be read: what each field says, in words; amounts as they count, dates as 2025-07-31."""

    row: int
    reads: dict[Field, str]


class LeftOutRow(Struct, frozen=True):
    """A row that is no line, and why it is taken for none."""

    row: int
    why: str
    label: str


class Suggestion(Struct, frozen=True, tag="suggestion"):
    """A table and a matching for it. `questions` are what a person has to decide before the matching can be confirmed.

    `matching` has null for what is not decided. `left_out` are the first rows of those that are no lines.
    """

    sheet: str
    heading_row: int
    shape: str
    columns: tuple[SuggestedColumn, ...]
    decisions: tuple[Decision, ...]
    codes: tuple[SuggestedCode, ...]
    samples: tuple[Sample, ...]
    lines: int
    total_pence: int | None
    left_out: tuple[LeftOutRow, ...]
    questions: tuple[str, ...]
    matching: Matching

"""The form on which the reading of an extract is corrected: what it offers, and what somebody answered on it."""

from collections.abc import Sequence
from typing import Final, TypeVar

from grants.domain.awards import CostCategory
from grants.domain.matchings import (
    Answers,
    CodeMeaning,
    Constants,
    DateOrder,
    Field,
    MatchedKind,
    Matching,
    OutsidePeriod,
    SignRule,
)
from grants.domain.returns import ReturnContext
from grants.pages.forms import Sent
from importers.choices import kind_label

FIELDS: Final = {
    Field.SPENT_ON: "Date",
    Field.NET: "Amount",
    Field.DEBIT: "Debit",
    Field.CREDIT: "Credit",
    Field.MARKER: "Mark of debit or credit",
    Field.CODE: "Ledger code",
    Field.REFERENCE: "Transaction reference",
    Field.DESCRIPTION: "Description",
    Field.PAYEE: "Payee",
    Field.VAT: "VAT that cannot be recovered",
    Field.BUDGET_KIND: "Resource or capital",
    Field.ACCRUAL: "Accrual, yes or no",
    Field.EVIDENCE: "Reference of evidence",
}
"""What a column may be, in the order in which people look for it."""
CONSTANTS: Final = (Field.REFERENCE, Field.DESCRIPTION, Field.PAYEE, Field.EVIDENCE)
SIGNS: Final = {
    SignRule.AS_TYPED: "One column: spend is above zero, credits are below",
    SignRule.NEGATED: "One column: spend is below zero, credits are above",
    SignRule.MARKER: "One column without signs, and another that says debit or credit",
    SignRule.DEBIT_AND_CREDIT: "Two columns, debit and credit, neither with a sign",
    SignRule.DEBIT_AND_NEGATIVE_CREDIT: "Two columns, debit and credit, and credits are below zero",
}
ORDERS: Final = {
    DateOrder.DAY_FIRST: "The day: 31/07/2025",
    DateOrder.MONTH_FIRST: "The month: 07/31/2025",
}
OUTSIDE: Final = {
    OutsidePeriod.PROBLEM: "Tell me of each as a problem",
    OutsidePeriod.ACCRUAL: "Count them as accruals",
    OutsidePeriod.LEAVE_OUT: "Leave them out, and say so",
}
NOT_CLAIMED: Final = "not-claimed"
CODE: Final = "code:"
CONSTANT_LONGEST: Final = 200
_CODE_LONGEST: Final = 100
_LETTERS_LONGEST: Final = 3
E_ = TypeVar("E_", SignRule, DateOrder, OutsidePeriod)


def answers_in(form: Sent) -> Answers:
    """What a form says; whatever is none of its own choices says nothing."""
    columns = {field: form.one(f"column-{field.value}") for field in FIELDS}
    codes = {
        name.removeprefix(CODE).replace("\r\n", "\n"): _meaning(values[0])
        for name, values in form.fields.items()
        if name.startswith(CODE) and len(name) <= len(CODE) + _CODE_LONGEST
    }
    return Answers(
        columns={field: letters for field, letters in columns.items() if _are_letters(letters)},
        sign=_one_of(SignRule, form.one("sign")),
        date_order=_one_of(DateOrder, form.one("date_order")),
        codes=codes,
        constants=Constants(
            **{field.value: form.text(f"constant-{field.value}")[:CONSTANT_LONGEST] for field in CONSTANTS}
        ),
        outside_period=_one_of(OutsidePeriod, form.one("outside_period")) or OutsidePeriod.PROBLEM,
    )


def too_long_in(form: Sent) -> dict[str, str]:
    """What to do about words that are too long, by their field."""
    return {
        name: f"{FIELDS[field]} must be {CONSTANT_LONGEST} characters or fewer"
        for field in CONSTANTS
        if len(form.text(name := f"constant-{field.value}")) > CONSTANT_LONGEST
    }


def answers_of(matching: Matching) -> Answers:
    """A matching that was confirmed, as answers."""
    codes: dict[str, CodeMeaning | None] = {code: one for code, one in matching.codes.items() if one is not None}
    return Answers(
        dict(matching.columns), matching.sign, matching.date_order, codes, matching.constants, matching.outside_period
    )


def meanings_offered(context: ReturnContext) -> list[tuple[str, str]]:
    """What a code may be: the categories and kinds that the award has a budget for this year, or that it is not claimed."""
    everything = {line.budget_kind for line in context.budget}
    found = {
        CodeMeaning(line.category, MatchedKind(kind_label(line.budget_kind, everything).casefold())): None
        for line in context.budget
    }
    offered = list(found) or [CodeMeaning(category) for category in CostCategory]
    return [
        ("", "Not decided yet"),
        *((value_of(one), meaning_words(one)) for one in offered),
        (NOT_CLAIMED, meaning_words(CodeMeaning(None))),
    ]


def with_meanings(offered: Sequence[tuple[str, str]], meanings: Sequence[CodeMeaning | None]) -> list[tuple[str, str]]:
    """The choices, with those that stand in a matching already and that the award has no budget for any more."""
    known = {value for value, _ in offered}
    more = {value_of(one): meaning_words(one) for one in meanings if one is not None and value_of(one) not in known}
    return [*offered[:-1], *more.items(), offered[-1]]


def value_of(meaning: CodeMeaning | None) -> str:
    """A meaning as the form sends it."""
    if meaning is None:
        return ""
    return f"{meaning.category.value}|{meaning.budget_kind.value}" if meaning.category else NOT_CLAIMED


def meaning_words(meaning: CodeMeaning) -> str:
    """A meaning as people read it."""
    if meaning.category is None:
        return "Not claimed: leave it out"
    return f"{meaning.category.label} ({meaning.budget_kind.value})"


def _meaning(value: str) -> CodeMeaning | None:
    if value == NOT_CLAIMED:
        return CodeMeaning(None)
    category, _, kind = value.partition("|")
    try:
        return CodeMeaning(CostCategory(category), MatchedKind(kind))
    except ValueError:
        return None


def _are_letters(text: str) -> bool:
    return 0 < len(text) <= _LETTERS_LONGEST and all("A" <= letter <= "Z" for letter in text)


def _one_of(kind: type[E_], value: str) -> E_ | None:
    return kind(value) if value in list(kind) else None

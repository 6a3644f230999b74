"""Decisions in words: what each kind is and when to use it, what one proposes, and how new terms differ from the old."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from msgspec import UNSET, Struct, structs

from grants.actions.decision_list import DecisionLine
from grants.actions.decision_names import Names
from grants.domain.decisions import (
    AddLine,
    Allocate,
    AmendLine,
    AmendMilestone,
    CarryForward,
    DecisionKind,
    DecisionState,
    DecisionTerms,
    MakeAward,
    OpenPlan,
    Pay,
    Recover,
    Reduce,
    Reverse,
    ReviewAward,
    Vary,
    Vire,
    Withdraw,
)
from grants.domain.ledger import AccountKind, account_named
from grants.domain.money import show
from grants.domain.periods import parse_year, show_day
from grants.domain.plan import BudgetKind
from grants.pages.account_words import account_words
from grants.pages.tables import Tag
from grants.pages.words import period, sentence

_K = DecisionKind
_LINES: Final = ("funding_line", "from_line", "to_line")
_CODES: Final = (*_LINES, "programme", "milestone")
_YEAR: Final = re.compile(r"\b20\d\d-\d\d\b(?!-)")
_ACCOUNT: Final = re.compile(r"\b(?:line|award|held|spent):[A-Z0-9-]+(?::\d{4}-\d{2})?|\b(?:source|returned)(?= has )")


@dataclass(frozen=True)
class KindWords:
    """A kind of decision: what it is called, and when to use it. `needs` is what one must be told to begin, if anything."""

    title: str
    when: str


KINDS: Final[dict[DecisionKind, KindWords]] = {
    _K.ALLOCATE: KindWords("Allocate money", "A funding line gets more money in a financial year."),
    _K.REDUCE: KindWords(
        "Reduce an allocation", "Money that a funding line has not awarded goes back to where it came from."
    ),
    _K.CARRY_FORWARD: KindWords(
        "Carry money forward", "Money that a funding line has not awarded this year is kept for the next."
    ),
    _K.VIRE: KindWords("Move money between lines", "A virement: money goes from one funding line to another."),
    _K.AWARD: KindWords("Make an award", "A recipient is promised money from a funding line, on terms."),
    _K.VARY: KindWords(
        "Vary an award", "An award's terms change: its dates, budget, payments or anything else that was agreed."
    ),
    _K.WITHDRAW: KindWords(
        "Withdraw an award", "An award ends, and what it was not paid goes back to its funding line."
    ),
    _K.PAY: KindWords("Pay an award", "An instalment of a payment profile, or an accepted return, is paid."),
    _K.RECOVER: KindWords("Record a recovery", "A recipient has paid money back."),
    _K.REVERSE: KindWords("Reverse an entry", "An entry in the ledger was wrong and is undone by its mirror."),
    _K.REVIEW: KindWords(
        "Review an award", "The annual review of an award: it continues, is amended, or is discontinued."
    ),
    _K.ADD_LINE: KindWords("Add a funding line", "The plan gets a line that it did not have."),
    _K.AMEND_LINE: KindWords("Amend a funding line", "Something that the plan says of a line is wrong or has changed."),
    _K.AMEND_MILESTONE: KindWords("Amend a milestone", "A milestone has a new forecast, rating or comment, or is met."),
}
"""In the order in which they are offered. The opening plan is proposed by nobody: it comes from the announcement's file."""
OPENING: Final = "Open the plan"
GROUPS: Final[tuple[tuple[str, tuple[DecisionKind, ...]], ...]] = (
    ("Money of funding lines", (_K.ALLOCATE, _K.REDUCE, _K.CARRY_FORWARD, _K.VIRE)),
    ("Awards", (_K.AWARD, _K.VARY, _K.WITHDRAW, _K.REVIEW)),
    ("Payments", (_K.PAY, _K.RECOVER, _K.REVERSE)),
    ("What the plan says", (_K.ADD_LINE, _K.AMEND_LINE, _K.AMEND_MILESTONE)),
)
STATES: Final[dict[str, Tag]] = {
    DecisionState.PROPOSED: Tag("Proposed", "yellow"),
    DecisionState.APPROVED: Tag("Approved", "green"),
    DecisionState.DECLINED: Tag("Declined", "grey"),
}


def kind_title(kind: str) -> str:
    """What a kind of decision is called."""
    found = KINDS.get(DecisionKind(kind))
    return found.title if found else OPENING


def amount_words(line: DecisionLine) -> str | None:
    """The amount of a decision in a list where no one sum says it; None where one does, or it moves no money."""
    return "By its terms" if line.pence is None and line.kind in (_K.VARY, _K.WITHDRAW) else None


def kind_label(code: str) -> str:
    """A budget kind as people name it."""
    return BudgetKind(code).label


def address_of(account: str, missing: str = "") -> str | None:
    """The page about an account of the ledger; None for the ends that have none, and for an award that is not there yet."""
    found = account_named(account)
    if found.owner == missing:
        return None
    if found.kind is AccountKind.LINE:
        return f"/funding-lines/{found.owner}"
    return f"/awards/{found.owner}" if found.owner else None


def refusal_words(message: str, lines: Mapping[str, str] = MappingProxyType({})) -> str:
    """A refusal, with its accounts and years as people name them. `lines` are the titles of funding lines by code."""
    return _YEAR.sub(
        lambda found: period(found[0]), _ACCOUNT.sub(lambda found: account_words(found[0], lines), message)
    )


def in_words(terms: DecisionTerms, names: Names) -> str:
    """What a decision proposes, as one sentence."""
    said: dict[str, Any] = {name: names.title(name, value) or value for name, value in _codes(terms)}
    if isinstance(terms, MakeAward) and names.recipient:
        said["recipient_id"] = names.recipient.name
    if isinstance(terms, OpenPlan):
        said["allocations"] = [
            structs.replace(each, funding_line=names.lines.get(each.funding_line, each.funding_line))
            for each in terms.allocations
        ]
    return _SENTENCES[type(terms)](structs.replace(terms, **said))


def _codes(terms: DecisionTerms) -> list[tuple[str, str]]:
    return [(name, getattr(terms, name)) for name in _CODES if hasattr(terms, name)]


def _year(code: str) -> str:
    return parse_year(code).label


_SENTENCES: Final[dict[type[Struct], Callable[[Any], str]]] = {
    OpenPlan: lambda it: (
        f"Open the plan with {show(sum(each.pence for each in it.allocations))} for "
        f"{', '.join(each.funding_line for each in it.allocations)}."
    ),
    Allocate: lambda it: f"Allocate {show(it.pence)} to {it.funding_line} for {_year(it.year)}.",
    Reduce: lambda it: f"Take {show(it.pence)} of {_year(it.year)} back from {it.funding_line}.",
    CarryForward: lambda it: (
        f"Carry {show(it.pence)} that {it.funding_line} has in {_year(it.year)} forward to the next financial year."
    ),
    Vire: lambda it: f"Move {show(it.pence)} of {_year(it.year)} from {it.from_line} to {it.to_line}.",
    MakeAward: lambda it: (
        f"Award {show(sum(line.pence for line in it.terms.budget))} from {it.funding_line} "
        f"to {it.recipient_id}, as {it.reference}."
    ),
    Vary: lambda it: f"Put new terms in force for {it.award}.",
    Withdraw: lambda it: f"Withdraw {it.award}, and return what it was not paid to its funding line.",
    Pay: lambda it: (
        f"Pay {show(it.pence)} to {it.award} for "
        + (f"the return of {period(it.claim)}." if it.claim else f"instalment {it.instalment}.")
    ),
    Recover: lambda it: f"Record that {show(it.pence)} of {it.award} was paid back on {show_day(it.recovered_on)}.",
    Reverse: lambda it: f"Undo entry {it.entry_no} by its mirror.",
    ReviewAward: lambda it: f"Conclude the review of {it.award} for {_year(it.year)}: {it.outcome.value}.",
    AddLine: lambda it: f"Add the funding line {it.code}, {it.title}, to {it.programme}.",
    AmendLine: lambda it: f"Change what the plan says of {it.funding_line}.",
    AmendMilestone: lambda it: f"Change what the plan says of the milestone “{it.milestone}”.",
}
_PAGES: Final = {
    **dict.fromkeys(_LINES, "/funding-lines/{}"),
    "award": "/awards/{}",
    "recipient_id": "/recipients/{}",
}
_FACTS: Final = {
    "pence": "Amount",
    "year_basis": "Basis of the year",
    "announced_pence": "Announced",
    "do_not_publish": "Not published, because",
    "rag": "Rating",
    "paid_on": "Paid on",
    "entry_no": "Entry",
    "claim": "Pays the return of",
}


@dataclass(frozen=True)
class Fact:
    """Something that a decision says, and the page about it where there is one."""

    label: str
    text: str
    address: str | None = None


def facts_of(terms: DecisionTerms, names: Names) -> list[Fact]:
    """What a decision says beside the sentence. An award's terms, and what the plan says, are told elsewhere."""
    if isinstance(terms, OpenPlan | AmendLine | AmendMilestone):
        return []
    found = []
    for name, value in structs.asdict(terms).items():
        if name != "terms" and value not in (None, ""):
            address = _PAGES[name].format(value) if name in _PAGES else None
            found.append(Fact(label_of(name), _named(name, value, names), address))
        if name == "award" and names.recipient:
            found.append(Fact("Recipient", names.recipient.name, _PAGES["recipient_id"].format(names.recipient.id)))
    return found


def _named(name: str, value: Any, names: Names) -> str:
    """A fact in words; what has a code or an identifier by its name first."""
    title = names.recipient.name if name == "recipient_id" and names.recipient else names.title(name, str(value))
    return f"{title} ({value})" if title else value_words(name, value)


def label_of(name: str) -> str:
    """What a fact is called."""
    return _FACTS.get(name) or sentence(name.removesuffix("_pence").removesuffix("_id"))


def value_words(name: str, value: Any) -> str:
    """A fact's value in words."""
    if value is None or value == "":
        return "None"
    if name == "pence" or name.endswith("_pence"):
        return show(value)
    if name in ("year", "claim"):
        return period(value)
    if hasattr(value, "label"):
        return str(value.label)
    if hasattr(value, "isoformat"):
        return show_day(value)
    return sentence(value.value) if hasattr(value, "value") else str(value)


@dataclass(frozen=True)
class Changed:
    """One thing that is said, before and after; `before` is None where nothing was said before."""

    label: str
    before: str | None
    after: str
    is_changed: bool


def changed_facts(terms: DecisionTerms, before: Mapping[str, Any] | None) -> list[Changed]:
    """What a decision writes over in the plan, the old beside the new."""
    if isinstance(terms, AmendLine):
        new = {name: value for name, value in structs.asdict(terms.facts).items() if value is not UNSET}
    elif isinstance(terms, AmendMilestone):
        new = {name: value for name, value in structs.asdict(terms).items() if name != "milestone"}
    else:
        return []
    return [
        Changed(
            label_of(name),
            None if before is None else value_words(name, before.get(name)),
            value_words(name, value),
            before is not None and value_words(name, before.get(name)) != value_words(name, value),
        )
        for name, value in new.items()
    ]

"""The forms of an award and of its variation: who gets it, from which line, on which terms."""

from collections.abc import Mapping, Sequence
from typing import Final

from grants.actions.decision_choices import MEANT_MAX, Choices, recipients_named
from grants.domain.decisions import DecisionKind, DecisionTerms, MakeAward, Vary
from grants.store.transaction import View
from grants.web.pages.decision_form import line_field
from grants.web.pages.form_fields import Field, read
from grants.web.pages.terms_form import new_terms, read_terms, typed_terms

BASED_ON: Final = "based_on"
_NAME: Final = r"[A-Z0-9][A-Z0-9-]{1,39}"


def is_award(kind: DecisionKind) -> bool:
    """Whether the form asks for an award's terms."""
    return kind in (DecisionKind.AWARD, DecisionKind.VARY)


def award_fields(kind: DecisionKind, choices: Choices) -> Sequence[Field]:
    """What is asked beside the terms."""
    if kind is DecisionKind.VARY:
        return ()
    return (
        Field(
            "reference",
            "Reference of the award",
            called="The reference",
            hint="Capital letters, digits and hyphens, like LI-OLDHAM-01",
            missing="Enter a reference.",
            pattern=_NAME,
            wrong="The reference must be 2 to 40 capital letters, digits and hyphens, like LI-OLDHAM-01.",
            upper=True,
            width="20",
        ),
        line_field("funding_line", "From which funding line?", choices),
        Field(
            "recipient",
            "Who receives it?",
            called="The recipient",
            hint="Its name, part of its name, or its identifier, like GB-LAE-OLD",
            missing="Enter who receives it.",
            most=200,
        ),
    )


def filled_award(kind: DecisionKind, choices: Choices) -> dict[str, str]:
    """What the form shows at first: the terms in force, or what most awards say."""
    if kind is DecisionKind.VARY and choices.award is not None:
        return {**typed_terms(choices.award.terms), BASED_ON: str(choices.award.terms_version)}
    return new_terms(choices.today)


async def read_award(
    view: View, kind: DecisionKind, choices: Choices, typed: Mapping[str, str]
) -> tuple[DecisionTerms | None, dict[str, str]]:
    """The decision that the form proposes; None with what is wrong with it, by field."""
    found = read(award_fields(kind, choices), typed)
    terms, errors = read_terms(typed)
    errors = found.errors | errors
    if kind is DecisionKind.VARY:
        award = choices.award
        if award is None or terms is None:
            return None, errors
        if typed.get(BASED_ON) != str(award.terms_version):
            return None, {"": "The award's terms have changed since you began. Begin again from the terms in force."}
        if terms == award.terms:
            return None, {"": "Change something first: these are the terms in force."}
        return Vary(award.reference, terms), errors
    recipient = None
    if "recipient" not in errors:
        recipient, error = await _recipient(view, found.values["recipient"])
        errors = found.errors | ({"recipient": error} if error else {}) | errors
    if errors or terms is None or recipient is None:
        return None, errors
    return MakeAward(found.values["reference"], found.values["funding_line"], recipient, terms), errors


async def _recipient(view: View, typed: str) -> tuple[str | None, str]:
    meant = await recipients_named(view, typed)
    if len(meant) == 1:
        return meant[0].id, ""
    if not meant:
        return None, "No recipient has that name or identifier. Check it, or add the recipient first."
    named = ", ".join(f"{one.name} ({one.id})" for one in meant[: MEANT_MAX - 1])
    more = " and others" if len(meant) == MEANT_MAX else ""
    return None, f"More than one recipient can be meant: {named}{more}. Enter one of the identifiers."

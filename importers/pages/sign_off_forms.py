"""What the forms of reasons and of the certificate say: which reason is for which warning, and what is still missing."""

from typing import Final

from grants.actions.returns import Certificate, Reason
from grants.actions.warning_groups import Warned, WarningGroup
from grants.pages.forms import Sent

ONE_BY_ONE_MOST: Final = 50
"""Warnings of a group that can each have a reason of its own in one form; more of them share one."""
_LONGEST: Final = 2_000
_TOO_LONG: Final = "A reason can hold 2,000 characters"


def group_field(index: int) -> str:
    """The field of the reason that all warnings of a group share."""
    return f"group-{index}"


def own_field(warning: Warned) -> str:
    """The field of the reason of one warning alone."""
    return f"warning-{warning.number}"


def answers_in(form: Sent, groups: list[WarningGroup]) -> list[Reason]:
    """Each warning's reason: its own where one was typed, otherwise its group's; those that have none are left out."""
    found = []
    for index, group in enumerate(groups, 1):
        shared = form.text(group_field(index))
        for warning in group.warnings:
            reason = form.text(own_field(warning)) or shared
            if reason and reason != warning.reason:
                found.append(Reason(warning.number, reason))
    return found


def wrong_reasons(form: Sent, groups: list[WarningGroup]) -> dict[str, str]:
    """What is wrong with the reasons, by field; nothing typed at all is wrong at the first that has none yet."""
    fields = [group_field(index) for index in range(1, len(groups) + 1)]
    fields += [own_field(one) for group in groups for one in group.warnings[:ONE_BY_ONE_MOST]]
    wrong = {name: _TOO_LONG for name in fields if len(form.text(name)) > _LONGEST}
    if wrong or any(form.text(name) for name in fields):
        return wrong
    missing = next((index for index, group in enumerate(groups, 1) if group.unexplained), None)
    return (
        {group_field(missing): "Type a reason: why is this right, or why can it not be otherwise?"} if missing else {}
    )


def certificate_in(form: Sent) -> tuple[Certificate | None, dict[str, str]]:
    """The certificate that was signed, or what is missing by field."""
    name, role, version = form.text("name"), form.text("role"), form.one("version")
    wrong = {}
    if not 2 <= len(name) <= 200:
        wrong["name"] = "Enter your full name"
    if not 2 <= len(role) <= 200:
        wrong["role"] = "Enter the office that you certify in, like Section 151 officer"
    if form.one("declaration") != "yes":
        wrong["declaration"] = "Confirm the declaration to certify this return"
    if wrong or not (version.isascii() and version.isdigit() and len(version) < 10):
        return None, wrong or {"": "Load the page again: it does not say which version you looked at."}
    return Certificate(name=name, role=role, declaration=True, version=int(version)), {}

"""The part of a form that says which role, and over what: a recipient for some roles, programmes for the others."""

from dataclasses import dataclass
from typing import Final

from grants.actions.administration import recipient_named, role_named
from grants.actions.people import NewRole
from grants.domain.access import OF_RECIPIENTS, Role
from grants.domain.errors import Invalid
from grants.pages.forms import Sent
from grants.store.transaction import View

ROLES: Final = tuple(
    (role.value, words)
    for role, words in (
        (Role.FINANCE_OFFICER, "Finance officer: accounts for a recipient’s money"),
        (Role.CERTIFIER, "Certifier: answers for a recipient’s returns"),
        (Role.PROGRAMME_LEAD, "Programme lead: allocates, awards and reviews"),
        (Role.APPROVER, "Approver: agrees to what somebody else proposed"),
        (Role.AUDITOR, "Auditor: follows figures, sees the journal, makes reports"),
        (Role.ADMINISTRATOR, "Administrator: manages people, sees no money"),
    )
)


@dataclass(frozen=True)
class Typed:
    """What was typed into the part."""

    role: str = ""
    recipient: str = ""
    programmes: tuple[str, ...] = ()


def typed_role(form: Sent) -> Typed:
    """What was typed, to be shown again."""
    return Typed(form.one("role"), form.text("recipient"), tuple(form.all("programme")))


async def role_sent(view: View, form: Sent, *, reason: str) -> tuple[NewRole | None, dict[str, str]]:
    """The role that a form asks for, or what is wrong with it, by field."""
    typed = typed_role(form)
    role = role_named(typed.role)
    if role is None:
        return None, {"role": "Select a role"}
    if role in OF_RECIPIENTS:
        try:
            return NewRole(role, [await recipient_named(view, typed.recipient)], reason), {}
        except Invalid as wrong:
            return None, {"recipient": wrong.message}
    over = None if role is Role.ADMINISTRATOR else list(typed.programmes) or None
    return NewRole(role, over, reason), {}

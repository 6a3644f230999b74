"""Who may do what: one table of roles and deeds, and the people who must differ."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from uuid import UUID

from grants.domain.errors import Invalid, NotAllowed, NotFound


class Role(StrEnum):
    """What a person is to the service. A person may hold several, each over its own recipients or programmes."""

    FINANCE_OFFICER = "finance_officer"
    CERTIFIER = "certifier"
    PROGRAMME_LEAD = "programme_lead"
    APPROVER = "approver"
    AUDITOR = "auditor"
    ADMINISTRATOR = "administrator"


OF_RECIPIENTS: Final = frozenset({Role.FINANCE_OFFICER, Role.CERTIFIER})
"""Roles held for recipients; the others are the funder's, held for programmes."""


class Deed(StrEnum):
    """Everything that a person can ask of the service. Each route and each action names one."""

    ANYONE = "anyone"
    SIGN_IN = "sign_in"
    SIGNED_IN = "signed_in"
    SEE_PLAN = "see_plan"
    LOAD_PLAN = "load_plan"
    PROPOSE = "propose"
    DECIDE = "decide"
    SEE_DECISIONS = "see_decisions"
    SEE_RECIPIENTS = "see_recipients"
    ADD_RECIPIENT = "add_recipient"
    SEE_AWARD = "see_award"
    MOVE_AWARD = "move_award"
    MANAGE_ROUNDS = "manage_rounds"
    SEE_RETURN = "see_return"
    UPLOAD_RETURN = "upload_return"
    ATTACH_EVIDENCE = "attach_evidence"
    CERTIFY_RETURN = "certify_return"
    REVIEW_RETURN = "review_return"
    SEE_REPORTS = "see_reports"
    MAKE_REPORT = "make_report"
    MANAGE_SCHEDULES = "manage_schedules"
    RECORD_RESULT = "record_result"
    TRACE = "trace"
    SEE_JOURNAL = "see_journal"
    SEE_PEOPLE = "see_people"
    MANAGE_PEOPLE = "manage_people"
    MANAGE_OWN_ACCESS = "manage_own_access"
    APPLY_RETENTION = "apply_retention"


_D, _R = Deed, Role
_FUNDER: Final = frozenset({_R.PROGRAMME_LEAD, _R.APPROVER, _R.AUDITOR})
_MONEY: Final = _FUNDER | OF_RECIPIENTS
MAY: Final[dict[Deed, frozenset[Role]]] = {
    _D.ANYONE: frozenset(Role),
    _D.SIGN_IN: frozenset(Role),
    _D.SIGNED_IN: frozenset(Role),
    _D.SEE_PLAN: _FUNDER,
    _D.LOAD_PLAN: frozenset({_R.PROGRAMME_LEAD}),
    _D.PROPOSE: frozenset({_R.PROGRAMME_LEAD}),
    _D.DECIDE: frozenset({_R.APPROVER}),
    _D.SEE_DECISIONS: _FUNDER,
    _D.SEE_RECIPIENTS: _MONEY,
    _D.ADD_RECIPIENT: frozenset({_R.PROGRAMME_LEAD}),
    _D.SEE_AWARD: _MONEY,
    _D.MOVE_AWARD: frozenset({_R.PROGRAMME_LEAD}),
    _D.MANAGE_ROUNDS: frozenset({_R.PROGRAMME_LEAD}),
    _D.SEE_RETURN: _MONEY,
    _D.UPLOAD_RETURN: frozenset({_R.FINANCE_OFFICER}),
    _D.ATTACH_EVIDENCE: OF_RECIPIENTS,
    _D.CERTIFY_RETURN: frozenset({_R.CERTIFIER}),
    _D.REVIEW_RETURN: frozenset({_R.PROGRAMME_LEAD}),
    _D.SEE_REPORTS: _FUNDER,
    _D.MAKE_REPORT: frozenset({_R.PROGRAMME_LEAD, _R.AUDITOR}),
    _D.MANAGE_SCHEDULES: frozenset({_R.PROGRAMME_LEAD, _R.AUDITOR}),
    _D.RECORD_RESULT: frozenset({_R.AUDITOR}),
    _D.TRACE: _FUNDER,
    _D.SEE_JOURNAL: frozenset({_R.AUDITOR}),
    _D.SEE_PEOPLE: frozenset({_R.ADMINISTRATOR}),
    _D.MANAGE_PEOPLE: frozenset({_R.ADMINISTRATOR}),
    _D.MANAGE_OWN_ACCESS: frozenset(Role),
    _D.APPLY_RETENTION: frozenset({_R.ADMINISTRATOR}),
}
"""An administrator manages people and sees no money."""

OF_WHOEVER_IT_IS: Final = frozenset({_D.ANYONE, _D.SIGN_IN, _D.SIGNED_IN})
"""Deeds that every token is good for, however narrow: to ask what the service is, and who one is oneself."""
READING: Final = frozenset({_D.TRACE, *(deed for deed in Deed if deed.startswith("see_"))})
"""Deeds that change nothing: what a token for `read` is good for."""
_SHOWN: Final[dict[Deed, frozenset[Deed]]] = {
    _D.LOAD_PLAN: frozenset({_D.SEE_PLAN}),
    _D.PROPOSE: frozenset({_D.SEE_PLAN, _D.SEE_DECISIONS}),
    _D.DECIDE: frozenset({_D.SEE_PLAN, _D.SEE_DECISIONS}),
    _D.ADD_RECIPIENT: frozenset({_D.SEE_RECIPIENTS}),
    _D.MOVE_AWARD: frozenset({_D.SEE_AWARD}),
    _D.MANAGE_ROUNDS: frozenset({_D.SEE_PLAN}),
    _D.UPLOAD_RETURN: frozenset({_D.SEE_RETURN}),
    _D.ATTACH_EVIDENCE: frozenset({_D.SEE_RETURN}),
    _D.CERTIFY_RETURN: frozenset({_D.SEE_RETURN}),
    _D.REVIEW_RETURN: frozenset({_D.SEE_RETURN}),
    _D.MAKE_REPORT: frozenset({_D.SEE_REPORTS}),
    _D.MANAGE_SCHEDULES: frozenset({_D.SEE_REPORTS}),
    _D.RECORD_RESULT: frozenset({_D.SEE_REPORTS}),
    _D.MANAGE_PEOPLE: frozenset({_D.SEE_PEOPLE}),
}
"""What a deed's answer shows: a token for the deed is for seeing that too."""


def deeds_named(names: Iterable[str]) -> frozenset[Deed]:
    """The deeds of a token for some deeds only, as people name them: `read`, or deeds one by one. Raises Invalid."""
    known = {deed.value: frozenset({deed}) | _SHOWN.get(deed, frozenset()) for deed in set(Deed) - OF_WHOEVER_IT_IS}
    known["read"] = READING
    found: frozenset[Deed] = frozenset()
    for name in names:
        if name not in known:
            raise Invalid("deeds", f"Use read, or one of: {', '.join(sorted(known))}.")
        found |= known[name]
    if not found:
        raise Invalid("deeds", "Name at least one deed that the token is for, or leave it out for all of them.")
    return found


@dataclass(frozen=True)
class Scope:
    """What a deed is about. None: it is about no programme, or no recipient, in particular."""

    programme: str | None = None
    recipient: str | None = None


EVERYWHERE: Final = Scope()


@dataclass(frozen=True)
class Grant:
    """A role, over some recipients or programmes; `over` None means all of them."""

    role: Role
    over: frozenset[str] | None = None

    def covers(self, scope: Scope) -> bool:
        """Whether the role is held over what the deed is about."""
        asked = scope.recipient if self.role in OF_RECIPIENTS else scope.programme
        return self.over is None or asked is None or asked in self.over


@dataclass(frozen=True)
class Actor:
    """Who does a deed. `token_id` is set where they came with an API token, and `only` where it is for some deeds alone.

    What an example person does is example data.
    """

    id: UUID
    name: str
    grants: tuple[Grant, ...]
    token_id: UUID | None = None
    request_id: str = ""
    is_example: bool = False
    only: frozenset[Deed] | None = None

    @property
    def organisations(self) -> frozenset[str]:
        """The recipients that this person belongs to."""
        return frozenset().union(*(grant.over or () for grant in self.grants if grant.role in OF_RECIPIENTS))

    def belongs_to(self, recipient: str) -> bool:
        """Whether this person acts for the recipient, whatever the token that they came with is for."""
        return any(grant.role in OF_RECIPIENTS and grant.covers(Scope(None, recipient)) for grant in self.grants)


NOBODY: Final = Actor(UUID(int=0), "Nobody", ())
"""Who acts until it is known who signs in: no role, and no row of the people."""


def may(actor: Actor, deed: Deed, scope: Scope = EVERYWHERE) -> bool:
    """Whether the actor may do the deed on what the scope names."""
    return any(grant.covers(scope) for grant in roles_for(actor, deed))


def roles_for(actor: Actor, deed: Deed) -> tuple[Grant, ...]:
    """The grants that allow the deed somewhere: what a list must be narrowed to."""
    if actor.only is not None and deed not in actor.only and deed not in OF_WHOEVER_IT_IS:
        return ()
    return tuple(grant for grant in actor.grants if grant.role in MAY[deed])


def require(actor: Actor, deed: Deed, scope: Scope = EVERYWHERE, *, sight: Deed | None = None) -> None:
    """Raises NotAllowed where the actor may not do the deed, or NotFound where they may not even see what it is about.

    `sight` is the deed of seeing it; without one the deed's existence is no secret.
    """
    if may(actor, deed, scope):
        return
    if sight is not None and not may(actor, sight, scope):
        raise NotFound("not_found", "There is nothing here that you can see. Check the reference.")
    raise NotAllowed("not_allowed", "Your role does not let you do this. Ask your administrator if it should.")


def require_another(actor: Actor, others: Iterable[UUID | None], message: str) -> None:
    """Raises NotAllowed where the actor already had a part that somebody else must have."""
    if actor.id in set(others):
        raise NotAllowed("same_person", message)


def require_outsider(actor: Actor, scope: Scope) -> None:
    """Raises NotAllowed where the actor belongs to the recipient whose money they would judge."""
    if scope.recipient is not None and actor.belongs_to(scope.recipient):
        raise NotAllowed(
            "own_organisation", "You belong to this organisation. Somebody who does not must decide over its money."
        )


def require_genuine(actor: Actor, is_example: bool) -> None:
    """Raises NotAllowed where an example person would act on what is real."""
    if actor.is_example and not is_example:
        raise NotAllowed("example_person", "An example person can act on example data only.")


def narrowed_to(actor: Actor, deed: Deed) -> tuple[frozenset[str] | None, frozenset[str] | None]:
    """Which programmes, and which recipients, a list may show; None: all. A row is shown where either side allows it."""
    programmes: set[str] | None = set()
    recipients: set[str] | None = set()
    for grant in roles_for(actor, deed):
        if grant.role in OF_RECIPIENTS:
            recipients = None if grant.over is None or recipients is None else recipients | grant.over
        else:
            programmes = None if grant.over is None or programmes is None else programmes | grant.over
    return (
        None if programmes is None else frozenset(programmes),
        None if recipients is None else frozenset(recipients),
    )

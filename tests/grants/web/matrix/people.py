"""Everybody who tries every door: each role over one half and over everything, several roles at once, tokens for some deeds."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from grants.actions.people import OPERATOR, add_person, deactivate
from grants.actions.tokens import create_token, revoke_tokens
from grants.domain.access import MAY, OF_RECIPIENTS, OF_WHOEVER_IT_IS, READING, Deed, Grant, Role, Scope
from tests.grants.web.matrix.world import Half
from tests.service import Service

ALLOWED, SIGNED_OUT, REFUSED, NOTHING = 200, 401, 403, 404
SIGHT: Final = {
    Deed.PROPOSE: Deed.SEE_PLAN,
    Deed.DECIDE: Deed.SEE_DECISIONS,
    Deed.MOVE_AWARD: Deed.SEE_AWARD,
    Deed.MANAGE_ROUNDS: Deed.SEE_PLAN,
    Deed.UPLOAD_RETURN: Deed.SEE_RETURN,
    Deed.ATTACH_EVIDENCE: Deed.SEE_RETURN,
    Deed.CERTIFY_RETURN: Deed.SEE_RETURN,
    Deed.REVIEW_RETURN: Deed.SEE_RETURN,
    Deed.MAKE_REPORT: Deed.SEE_REPORTS,
    Deed.MANAGE_SCHEDULES: Deed.SEE_REPORTS,
    Deed.RECORD_RESULT: Deed.SEE_REPORTS,
}
"""Who may see what a deed is about is told that they may not do it; to others it is not there."""
OVER_OTHERS: Final = {Deed.MANAGE_OWN_ACCESS: Deed.MANAGE_PEOPLE}
"""What people do with their own things; with those of others it is another deed, for others they are not there."""


@dataclass(frozen=True)
class Somebody:
    """Who asks. `grants` None: nobody who is known. `ended`: what became of them or of their token."""

    name: str
    grants: tuple[Grant, ...] | None = ()
    only: frozenset[Deed] | None = None
    is_example: bool = False
    ended: str = ""

    def expected(self, deed: Deed, scopes: tuple[Scope, ...], *, is_there: bool = True) -> int:
        """What they are answered, from the table of access alone: 200 stands for being let in."""
        if not self.grants or self.ended:
            return SIGNED_OUT
        held = self._held(deed)
        if not held:
            return REFUSED
        if is_there and deed not in OVER_OTHERS and all(self._over(held, scope) for scope in scopes):
            return ALLOWED
        if deed in OVER_OTHERS and is_there and self._held(OVER_OTHERS[deed]):
            return ALLOWED
        sight = self._held(SIGHT.get(deed, deed))
        is_seen = is_there and deed not in OVER_OTHERS and all(self._over(sight, scope) for scope in scopes)
        return REFUSED if is_seen else NOTHING

    def has_all(self, deed: Deed) -> bool:
        """Whether they hold the deed over everything."""
        return any(grant.over is None for grant in self._held(deed))

    def sees(self, half: Half) -> bool:
        """Whether anything of a half is theirs to see."""
        return any(self._over(list(self.grants or ()), scope) for scope in half.scopes)

    def _held(self, deed: Deed) -> list[Grant]:
        if self.only is not None and deed not in self.only | OF_WHOEVER_IT_IS:
            return []
        return [grant for grant in self.grants or () if grant.role in MAY[deed]]

    @staticmethod
    def _over(held: list[Grant], scope: Scope) -> bool:
        return any(
            grant.over is None
            or (scope.recipient if grant.role in OF_RECIPIENTS else scope.programme) in (None, *grant.over)
            for grant in held
        )


def _over(role: Role, half: Half) -> Grant:
    if role is Role.ADMINISTRATOR:
        return Grant(role)
    [scope] = half.scopes
    name = scope.recipient if role in OF_RECIPIENTS else scope.programme
    assert name is not None
    return Grant(role, frozenset({name}))


def everybody(near: Half, far: Half) -> Iterable[Somebody]:
    """Each role over each half, the funder's roles over everything, and the cases between."""
    for role in Role:
        for half in (near, far):
            if role is not Role.ADMINISTRATOR:
                yield Somebody(f"{role} {half.name}", (_over(role, half),))
        if role not in OF_RECIPIENTS:
            yield Somebody(f"{role} everywhere", (Grant(role),))
    for role in Role:
        yield Somebody(f"example {role} near", (_over(role, near),), is_example=True)
    lead, approver, auditor, officer, certifier = (
        Role.PROGRAMME_LEAD, Role.APPROVER, Role.AUDITOR, Role.FINANCE_OFFICER, Role.CERTIFIER,
    )  # fmt: skip
    yield Somebody("auditor near, lead far", (_over(auditor, near), _over(lead, far)))
    yield Somebody("officer near, lead far", (_over(officer, near), _over(lead, far)))
    yield Somebody("officer near, certifier far", (_over(officer, near), _over(certifier, far)))
    yield Somebody("approver far, auditor near", (_over(approver, far), _over(auditor, near)))
    yield Somebody("administrator and auditor far", (Grant(Role.ADMINISTRATOR), _over(auditor, far)))
    yield Somebody("reading lead near", (_over(lead, near),), only=READING)
    yield Somebody("reading officer near", (_over(officer, near),), only=READING)
    yield Somebody("planning lead", (Grant(lead),), only=frozenset({Deed.SEE_PLAN}))
    yield Somebody("without a role")
    yield Somebody("signed out", None)
    yield Somebody("deactivated lead", (Grant(lead),), ended="person")
    yield Somebody("revoked lead", (Grant(lead),), ended="token")


async def arrive(service: Service, people: Iterable[Somebody]) -> None:
    """Adds them all, with a token each."""
    async with service.gate.deed(OPERATOR) as tx:
        for one in people:
            if one.grants is None:
                continue
            email = one.name.replace(" ", ".").replace(",", "") + "@matrix.example.org"
            roles = [(grant.role, None if grant.over is None else sorted(grant.over)) for grant in one.grants]
            added = await add_person(tx, email, one.name, roles, is_example=one.is_example)
            deeds = None if one.only is None else [deed.value for deed in one.only]
            service.tokens[one.name] = await create_token(tx, email, 300, deeds=deeds)
            if one.ended == "person":
                await deactivate(tx, added.id)
            elif one.ended == "token":
                await revoke_tokens(tx, email)

"""What a transaction tells PostgreSQL of whoever acts in it, so that PostgreSQL shows and takes their rows alone."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Final

from grants.domain.access import MAY, OF_RECIPIENTS, Actor, Deed, Grant

EVERY: Final = "*"
_SEES_MONEY: Final = MAY[Deed.SEE_AWARD]


class Way(StrEnum):
    """How somebody came in. SIGN_IN opens what proves who they are, and nothing else."""

    KNOWN = ""
    SIGN_IN = "sign_in"


@dataclass(frozen=True)
class Told:
    """What PostgreSQL is told: `*` for all, or an array of PostgreSQL's; the deeds that the person has a role for somewhere."""

    person: str
    programmes: str
    recipients: str
    powers: str


CHANGE: Final = (
    "SELECT set_config('tallystick.person', $1, true), set_config('tallystick.programmes', $2, true), "
    "set_config('tallystick.recipients', $3, true), set_config('tallystick.powers', $4, true)"
)
"""Tells of another person in the same transaction; the way in stays."""
BEGIN: Final = f"{CHANGE}, set_config('tallystick.way', $5, true)"
"""Tells PostgreSQL until the transaction ends, and no longer: whoever has the connection next is told anew."""


def told_of(actor: Actor) -> Told:
    """What PostgreSQL is told of an actor. An administrator sees no money, and so no programme and no recipient's."""
    programmes, recipients, powers = _held(actor.grants, actor.only)
    return Told(str(actor.id), programmes, recipients, powers)


@lru_cache(maxsize=1_000)  # every transaction asks, and people's roles hardly change
def _held(grants: tuple[Grant, ...], only: frozenset[Deed] | None) -> tuple[str, str, str]:
    money = [grant for grant in grants if grant.role in _SEES_MONEY]
    roles = {grant.role for grant in grants}
    powers = [deed.value for deed in Deed if roles & MAY[deed] and (only is None or deed in only)]
    return (
        _over(grant for grant in money if grant.role not in OF_RECIPIENTS),
        _over(grant for grant in money if grant.role in OF_RECIPIENTS),
        array(powers),
    )


def _over(grants: Iterable[Grant]) -> str:
    named: set[str] = set()
    for grant in grants:
        if grant.over is None:
            return EVERY
        named |= grant.over
    return array(sorted(named))


def array(values: Iterable[str]) -> str:
    """Words as PostgreSQL writes an array of them."""
    return "{" + ",".join('"' + value.replace("\\", r"\\").replace('"', r"\"") + '"' for value in values) + "}"

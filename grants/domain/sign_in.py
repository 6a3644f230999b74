"""The rules of signing in: how long a session lasts, who must show a second factor, and how long failures delay the next try."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from grants.domain.access import OF_RECIPIENTS, Actor
from grants.domain.errors import TallystickError

TRIES_FREE: Final = 4
"""Failures of an account that cost nothing: people mistype."""
TRIES_FREE_OF_A_NETWORK: Final = 20
"""As many again for a network address, behind which a whole council may sit."""
DELAY_FIRST_SECONDS: Final = 30
DELAY_MAX_SECONDS: Final = 900
FAILURES_FORGOTTEN_AFTER: Final = timedelta(days=1)
IDLE: Final = timedelta(minutes=30)
WHOLE: Final = timedelta(hours=12)


@dataclass(frozen=True)
class Lifetimes:
    """How long a session lasts without a request, and in all."""

    idle: timedelta = IDLE
    whole: timedelta = WHOLE


class TooManyTries(TallystickError):
    """The next try comes too soon. `seconds` says how long to wait."""

    def __init__(self, seconds: int) -> None:
        minutes = -(-seconds // 60)
        wait = "a minute" if minutes == 1 else f"{minutes} minutes"
        super().__init__("too_many_tries", f"There were too many tries that failed. Wait {wait}, then try again.")
        self.seconds = seconds


def delay_seconds(failures: int, free: int) -> int:
    """How long to wait after so many failures in a row: it doubles with each that is not free, up to 15 minutes."""
    beyond = failures - free
    return 0 if beyond <= 0 else min(DELAY_MAX_SECONDS, DELAY_FIRST_SECONDS << min(beyond - 1, 10))


def must_show_second_factor(actor: Actor) -> bool:
    """Whether a role of theirs needs one: each role of the funder does, and the administrator's."""
    return any(grant.role not in OF_RECIPIENTS for grant in actor.grants)


def is_complete(actor: Actor, signed_in_by: str, factors: int, *, has_second_factor: bool) -> bool:
    """Whether a session has shown all that it must. Who chose a second factor must show it too.

    An example person shows none: they come in by a button, on the service's own machine, and act on example data only.
    """
    if factors >= 2:
        return True
    if signed_in_by == "example":
        return actor.is_example
    return not has_second_factor and not must_show_second_factor(actor)

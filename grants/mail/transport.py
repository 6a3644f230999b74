"""What takes a letter: how it answers, and what it can be asked afterwards."""

from dataclasses import dataclass
from enum import Enum, auto
from time import monotonic
from typing import Protocol

from grants.domain.letters import Letter


class Outcome(Enum):
    """What became of a letter that was handed over."""

    TAKEN = auto()
    NOT_TAKEN = auto()
    REFUSED = auto()
    UNCLEAR = auto()


@dataclass(frozen=True)
class Answer:
    """How a hand-over ended; `why` is a sentence without an address, and without what a server said."""

    outcome: Outcome
    why: str = ""


TAKEN = Answer(Outcome.TAKEN)
TOO_LATE = Answer(Outcome.NOT_TAKEN, "This computer was too slow to hand it over in time.")


def not_taken(why: str) -> Answer:
    """It was certainly not taken, and may be another time."""
    return Answer(Outcome.NOT_TAKEN, why)


def refused(why: str) -> Answer:
    """It will never be taken."""
    return Answer(Outcome.REFUSED, why)


def unclear(why: str) -> Answer:
    """Nobody knows whether it was taken."""
    return Answer(Outcome.UNCLEAR, why)


def is_late(until: float) -> bool:
    """Whether a hand-over may no longer begin: by the clock that never goes back."""
    return monotonic() > until


class Transport(Protocol):
    """Takes letters. `can_be_asked`: it knows afterwards what it was given."""

    can_be_asked: bool

    async def hand_over(self, letter: Letter, until: float) -> Answer:
        """Hands a letter over, if it can begin to before `until`. Raises nothing that it can foresee."""

    async def was_taken(self, key: str) -> bool | None:
        """Whether a letter was taken before; None: that cannot be found out now."""

    async def close(self) -> None:
        """Ends its connections."""

"""What waits for somebody, in words: the heading of each kind of work, and what to do with each return."""

from dataclasses import dataclass
from typing import Final

from grants.actions.waiting_returns import WaitingReturn, WaitingReturns
from grants.domain.access import Deed
from grants.domain.returns import ReturnState
from grants.pages.words import count

_S: Final = ReturnState


@dataclass(frozen=True)
class Kind:
    """One kind of work: its heading, and what to say where there is none of it."""

    heading: str
    none: str
    address: str


_KINDS: Final = {
    Deed.UPLOAD_RETURN: Kind(
        "Returns that need you now", "No return waits for you to upload or correct it.", "/returns"
    ),
    Deed.CERTIFY_RETURN: Kind(
        "Returns to certify", "No return waits for you to certify it.", "/returns?state=ready_to_certify"
    ),
    Deed.REVIEW_RETURN: Kind("Returns to review", "No return waits for your review.", "/returns?state=certified"),
}


@dataclass(frozen=True)
class Step:
    """What to do with a return, and where."""

    words: str
    address: str


def words_of(found: WaitingReturns) -> Kind:
    """The heading of what waits for a deed."""
    return _KINDS[found.deed]


def step_of(found: WaitingReturn) -> Step:
    """What to do with a return now."""
    words, part = _step(found)
    return Step(words, f"/returns/{found.id}{part}")


def _step(found: WaitingReturn) -> tuple[str, str]:
    if found.deed is Deed.CERTIFY_RETURN:
        return "Certify", "/certify"
    if found.deed is Deed.REVIEW_RETURN:
        return ("Finish the review" if found.state is _S.IN_REVIEW else "Review"), "/review"
    if found.state is _S.HAS_PROBLEMS:
        return f"Correct {count(found.errors, 'error')}", "/problems"
    if found.state is _S.READY:
        return (
            f"Give {'a reason' if found.unexplained == 1 else 'reasons'} for {count(found.unexplained, 'warning')}",
            "/reasons",
        )
    return {
        _S.CHANGES_REQUESTED: ("Make the changes that were asked for", ""),
        _S.CERTIFIER_DECLINED: ("Correct what the certifier declined", ""),
        _S.REOPENED: ("Upload a corrected workbook", ""),
    }.get(found.state, ("Fill in the template and upload it", ""))


def late_words(found: WaitingReturn) -> str:
    """How late a return is; empty for one that is not."""
    if not found.is_late:
        return ""
    return f"{count(found.late_days, 'day')} late" if found.late_days else "Late"

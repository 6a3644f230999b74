"""The words and colours of states: of awards and of returns, in the order in which they come to pass."""

from typing import Final

from grants.domain.awards import AwardState
from grants.domain.returns import ReturnState
from grants.pages.tables import Tag

_A, _R = AwardState, ReturnState
AWARD_STATES: Final[dict[str, Tag]] = {
    _A.ALLOCATED: Tag("Allocated", "grey"),
    _A.DUE_DILIGENCE: Tag("Due diligence"),
    _A.OFFERED: Tag("Offered"),
    _A.AGREED: Tag("Agreed", "teal"),
    _A.ACTIVE: Tag("Active", "green"),
    _A.FINAL_RETURN_DUE: Tag("Final return due", "yellow"),
    _A.RECONCILED: Tag("Reconciled", "teal"),
    _A.CLOSED: Tag("Closed", "grey"),
    _A.SUSPENDED: Tag("Suspended", "orange"),
    _A.WITHDRAWN: Tag("Withdrawn", "grey"),
    _A.TERMINATED_EARLY: Tag("Terminated early", "red"),
}
RETURN_STATES: Final[dict[str, Tag]] = {
    _R.DUE: Tag("Due", "grey"),
    _R.CHECKING: Tag("Being checked"),
    _R.HAS_PROBLEMS: Tag("Has problems", "red"),
    _R.READY: Tag("Ready to certify"),
    _R.CERTIFIER_DECLINED: Tag("Certifier declined", "orange"),
    _R.CERTIFIED: Tag("Certified", "teal"),
    _R.IN_REVIEW: Tag("In review", "purple"),
    _R.CHANGES_REQUESTED: Tag("Changes requested", "orange"),
    _R.ACCEPTED: Tag("Accepted", "green"),
    _R.REOPENED: Tag("Reopened", "yellow"),
}

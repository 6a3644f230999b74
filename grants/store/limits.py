"""The database's own limits in words: which constraint refused, and what a person can do about it."""

from typing import Final

from grants.domain.errors import Conflict

_WORDS: Final = {
    "within_limit": ("limit", "There is not enough money left for that."),
    "spent_within_awarded": ("spent_above_award", "That is more than the award is worth."),
    "recover_within_held": ("limit", "That is more than the recipient holds."),
    "two_people": ("same_person", "The person who proposes a decision cannot also decide it."),
    "three_people": ("same_person", "The person who prepared a return cannot also certify it."),
    "not_by_oneself": ("same_person", "Nobody can give a role to themselves."),
    "one_round_a_period": ("exists", "There is a collection round for this programme and period already."),
    "one_return_a_period": ("exists", "There is a return for this award and period already."),
    "one_version_a_number": ("busy", "Another workbook for this return arrived at the same time. Try again."),
    "one_matching_a_number": ("busy", "Another matching for such tables arrived at the same time. Try again."),
    "one_run_a_period": ("exists", "This schedule has a run for that period already."),
    "award_pkey": ("exists", "There is an award with this reference already. Choose another reference."),
    "recipient_pkey": ("exists", "There is a recipient with this identifier already."),
    "person_email_key": ("exists", "There is a person with this email address already."),
    "entry_reverses_key": ("reversed", "This entry has been reversed already."),
    "retention_over": ("not_over", "The years of this are not over, so nothing was removed."),
    "entry_pkey": ("busy", "Somebody else is changing the same thing. Try again."),
}


def conflict_of(error: object) -> Conflict | None:
    """The refusal behind a driver's error, or None where it is nothing that a person did."""
    name = getattr(error, "constraint_name", None)
    if name not in _WORDS:
        return None
    code, message = _WORDS[name]
    return Conflict(code, message, constraint=name)

"""The table of awards: what each comes to, and how far its returns are."""

from typing import Final

from grants.actions.lists import AwardLine
from grants.pages.state_words import AWARD_STATES
from grants.pages.tables import Choices, Column, Kind, TableSpec


def _accepted(award: AwardLine) -> str:
    return f"{award.returns_accepted:,} of {award.returns_expected:,}" if award.returns_expected else "None asked for"


AWARDS: Final = TableSpec(
    "awards",
    "Awards",
    (
        Column("reference", "Award", href=lambda award: f"/awards/{award.reference}"),
        Column("recipient_name", "Recipient", href=lambda award: f"/recipients/{award.recipient_id}"),
        Column("line_title", "Funding line", href=lambda award: f"/funding-lines/{award.funding_line}"),
        Column("funding_line", "Funding line’s code", filter=Choices(), label="Funding line", on_page=False),
        Column("purpose", "Purpose", on_page=False),
        Column("state", "State", Kind.TAG, tags=AWARD_STATES, filter=Choices.of(AWARD_STATES)),
        Column("awarded_pence", "Awarded", Kind.PENCE),
        Column("paid_pence", "Paid", Kind.PENCE),
        Column("spent_pence", "Spent", Kind.PENCE),
        Column("returns_accepted", "Returns accepted", Kind.NUMBER, words=_accepted),
        Column("returns_expected", "Returns asked for", Kind.NUMBER, on_page=False),
        Column("ends_on", "Ends", Kind.DAY),
        Column("recipient_id", "Recipient identifier", on_page=False),
    ),
    sort="reference",
    empty="There are no awards yet. An award begins with a decision that a programme lead proposes and an approver agrees to.",
    search=("reference", "recipient_name", "purpose"),
    search_label="Award, recipient or purpose",
)

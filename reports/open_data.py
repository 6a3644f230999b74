"""What open data may tell: which awards, under which identifiers, in words of the funder alone."""

from collections.abc import Iterable
from typing import Final

from grants.domain.awards import AwardState
from grants.domain.publishing import PLACEHOLDER_PREFIX, Publisher
from grants.store.recipients import RecipientRow
from grants.store.standing import AwardAt

TITLE_LIMIT: Final = 140
"""Source: 360Giving Data Standard 1.4, title: "under 140 characters long"."""
SOURCES: Final = (
    "Where each amount comes from is told to auditors, by the report ggis-extract of the same place in the record. This report is for "
    "everybody, and numbers of entries would tell how many there are that it does not show."
)
CHARITY_LIST: Final = "GB-CHC"
COMPANY_LIST: Final = "GB-COH"
_NOT_AGREED: Final = frozenset({AwardState.ALLOCATED, AwardState.DUE_DILIGENCE, AwardState.OFFERED})


def published(awards: Iterable[AwardAt]) -> list[AwardAt]:
    """The awards that may be told of: agreed with their recipients, and not marked as not to be published.

    Nothing tells of the others, no count and no gap either.
    """
    return [award for award in awards if award.do_not_publish is None and award.state not in _NOT_AGREED]


def organisation(recipient: RecipientRow, publisher: Publisher) -> str:
    """A recipient's identifier for everybody: of a list of org-id.guide, or else our own behind the publisher's prefix.

    Source: 360Giving Data Standard 1.4, organisation identifiers. There is no list of police forces.
    """
    return recipient.id if recipient.id.startswith("GB-") else f"{publisher.prefix}-{recipient.id}"


def in_one_line(text: str) -> str:
    """The words on one line, with single spaces."""
    return " ".join(text.split())


def title_of(purpose: str) -> str:
    """A purpose as a title: on one line, cut at a word where it is too long."""
    words = in_one_line(purpose)
    if len(words) < TITLE_LIMIT:
        return words
    cut = words[: TITLE_LIMIT - 2]
    return f"{cut.rsplit(' ', 1)[0] if ' ' in cut else cut}…"


def publisher_note(publisher: Publisher) -> tuple[str, ...]:
    """A warning where nobody has said who publishes."""
    if publisher.prefix != PLACEHOLDER_PREFIX:
        return ()
    return (
        f"{PLACEHOLDER_PREFIX} is a placeholder and no funder's prefix: set PUBLISHER_PREFIX to the one that 360Giving gave the "
        "department before anything of this is published.",
    )

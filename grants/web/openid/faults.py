"""What can go wrong with an identity provider: its kind, for the log, and which of three pages a person sees."""

from enum import StrEnum


class Seen(StrEnum):
    """What a person is told. There is one page for every refusal, so that a stranger learns nothing from it."""

    REFUSED = "refused"
    AWAY = "away"
    OVER = "over"
    CANCELLED = "cancelled"


class ProviderFault(Exception):
    """A sign-in with a provider that did not come about. `kind` holds nothing that anybody sent."""

    def __init__(self, kind: str, seen: Seen = Seen.REFUSED) -> None:
        super().__init__(kind)
        self.kind = kind
        self.seen = seen

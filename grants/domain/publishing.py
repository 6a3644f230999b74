"""Who publishes open data, and from which amount payments are published."""

from dataclasses import dataclass
from typing import Final

PLACEHOLDER_PREFIX: Final = "360G-EXAMPLE"
"""No funder has it: 360Giving gives each publisher one of their own."""


@dataclass(frozen=True)
class Publisher:
    """The funder as open data name it. `spend_from_pence`: payments of so much or more are published one by one.

    `identifier` is the one of org-id.guide; `prefix`, 360Giving's, makes the identifiers of awards unique everywhere.
    Source: 360Giving Data Standard 1.4, identifiers; HM Treasury, Guidance for publishing spend over £25,000.
    """

    name: str = "Home Office"
    identifier: str = "GB-GOR-D16"
    prefix: str = PLACEHOLDER_PREFIX
    spend_from_pence: int = 25_000_00


UNNAMED: Final = Publisher()
"""What stands where nobody has said who publishes."""

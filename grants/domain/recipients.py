"""Recipients: the kinds of organisation that money goes to, and their identifiers."""

from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct

RecipientId = Annotated[
    str,
    Meta(
        pattern=r"^[A-Z0-9][A-Z0-9-]{2,39}(?!\n)$",
        description="The identifier in the register of its kind: org-id.guide's, or the ONS code of a police force area.",
        examples=["GB-LAE-OLD", "E23000005"],
    ),
]


class RecipientKind(StrEnum):
    """What kind of organisation a recipient is."""

    POLICE = "police"
    COUNCIL = "council"
    CHARITY = "charity"
    ARMS_LENGTH = "arms_length_body"


class NewRecipient(Struct, frozen=True, forbid_unknown_fields=True):
    """An organisation to add. `identifiers` by scheme, such as GB-LAE or ONS."""

    id: RecipientId
    name: Annotated[
        str, Meta(min_length=2, max_length=200, pattern=r"\S", examples=["Oldham Metropolitan Borough Council"])
    ]
    kind: RecipientKind
    identifiers: Annotated[
        dict[Annotated[str, Meta(max_length=40)], Annotated[str, Meta(max_length=80)]], Meta(max_length=20)
    ] = {}

"""What travels with a spend return beside its lines: milestones, assets, declarations."""

from datetime import date

from msgspec import Struct

from grants.domain.plan import Rag


class MilestoneReport(Struct, frozen=True):
    """How one milestone stands: done where it has an `actual` date. `cell` is where its forecast was typed."""

    title: str
    baseline: date | None
    forecast: date | None
    actual: date | None
    rag: Rag | None
    comment: str
    cell: str


class Asset(Struct, frozen=True):
    """Something bought from an award and still answered for. `pence` is what it cost; `disposal_pence` what it brought.

    `reference` is that of the line of spend; `cell` is where the cost was typed.
    """

    reference: str
    description: str
    acquired_on: date
    pence: int
    location: str
    serial: str
    disposed_on: date | None
    disposal_pence: int | None
    cell: str


class Declaration(Struct, frozen=True):
    """What whoever prepared a return declares. The certificate is another thing: that is the certifier's."""

    key: str
    statement: str
    answer: bool
    cell: str


class Documents(Struct, frozen=True):
    """All of it, as one return told it. `basis` is the basis of its figures: Accruals, or Cash."""

    basis: str = ""
    milestones: tuple[MilestoneReport, ...] = ()
    assets: tuple[Asset, ...] = ()
    declarations: tuple[Declaration, ...] = ()

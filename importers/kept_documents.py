"""What is kept of a return beside its lines: its milestones, assets and declarations, as values."""

from grants.domain.return_documents import Asset, Declaration, Documents, MilestoneReport
from importers.checks.facts import Facts
from importers.documents import Assets, Milestones


def documents_of(facts: Facts) -> Documents | None:
    """Only for a return without errors: every cell means something. None for a file that has no sheets for documents."""
    milestones, assets = facts.milestones, facts.assets
    if milestones is None or assets is None:
        return None
    fields, layout = facts.fields, facts.layout
    return Documents(
        basis=facts.header.basis,
        milestones=tuple(_milestone(milestones, at, facts) for at in range(len(milestones.rows))),
        assets=tuple(_asset(assets, at) for at in range(len(assets.rows))),
        declarations=tuple(
            Declaration(key, layout.field(key).label, answer is True, fields.cells[key])
            for key, answer in facts.answers.items()
        ),
    )


def _milestone(milestones: Milestones, at: int, facts: Facts) -> MilestoneReport:
    return MilestoneReport(
        title=milestones.title.values[at] or "",
        baseline=facts.baselines[at],
        forecast=milestones.forecast.values[at],
        actual=milestones.actual.values[at],
        rag=milestones.rag.values[at],
        comment=milestones.comment.values[at] or "",
        cell=f"{milestones.forecast.letter}{milestones.rows[at]}",
    )


def _asset(assets: Assets, at: int) -> Asset:
    return Asset(
        reference=assets.reference.values[at] or "",
        description=assets.description.values[at] or "",
        acquired_on=assets.acquired_on.values[at],  # type: ignore[arg-type]  # a return without errors lacks none
        pence=assets.cost.values[at],  # type: ignore[arg-type]  # as above
        location=assets.location.values[at] or "",
        serial=assets.serial.values[at] or "",
        disposed_on=assets.disposed_on.values[at],
        disposal_pence=assets.disposal.values[at],
        cell=f"{assets.cost.letter}{assets.rows[at]}",
    )

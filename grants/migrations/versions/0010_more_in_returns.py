"""Milestones, assets and declarations travel with a return."""

from pathlib import Path

from alembic import op

revision: str = "0010"
down_revision: str | None = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Makes the changes of sql/0010_more_in_returns.sql."""
    script = Path(__file__).resolve().parent.parent / "sql" / "0010_more_in_returns.sql"
    for step in script.read_text(encoding="utf-8").split("-- next\n"):
        op.execute(step.strip().replace(":", r"\:"))

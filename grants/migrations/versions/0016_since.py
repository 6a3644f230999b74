"""The place that a scheduled report is held against."""

from pathlib import Path

from alembic import op

revision: str = "0016"
down_revision: str | None = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Makes the changes of sql/0016_since.sql."""
    script = Path(__file__).resolve().parent.parent / "sql" / "0016_since.sql"
    for step in script.read_text(encoding="utf-8").split("-- next\n"):
        op.execute(step.strip().replace(":", r"\:"))

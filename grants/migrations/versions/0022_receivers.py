"""Who receives a schedule's reports, and notices of reports."""

from pathlib import Path

from alembic import op

revision: str = "0022"
down_revision: str | None = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Makes the changes of sql/0022_receivers.sql."""
    script = Path(__file__).resolve().parent.parent / "sql" / "0022_receivers.sql"
    for step in script.read_text(encoding="utf-8").split("-- next\n"):
        op.execute(step.strip().replace(":", r"\:"))

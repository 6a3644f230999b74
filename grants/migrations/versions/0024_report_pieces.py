"""Report files are kept in pieces."""

from pathlib import Path

from alembic import op

revision: str = "0024"
down_revision: str | None = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Makes the changes of sql/0024_report_pieces.sql."""
    script = Path(__file__).resolve().parent.parent / "sql" / "0024_report_pieces.sql"
    for step in script.read_text(encoding="utf-8").split("-- next\n"):
        op.execute(step.strip().replace(":", r"\:"))

"""Files that prove what a return says, and whether they were scanned."""

from pathlib import Path

from alembic import op

revision: str = "0011"
down_revision: str | None = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Makes the changes of sql/0011_evidence.sql."""
    script = Path(__file__).resolve().parent.parent / "sql" / "0011_evidence.sql"
    for step in script.read_text(encoding="utf-8").split("-- next\n"):
        op.execute(step.strip().replace(":", r"\:"))

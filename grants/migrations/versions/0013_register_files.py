"""Accepted lines are found again from their key alone."""

from pathlib import Path

from alembic import op

revision: str = "0013"
down_revision: str | None = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Makes the changes of sql/0013_register_files.sql."""
    script = Path(__file__).resolve().parent.parent / "sql" / "0013_register_files.sql"
    for step in script.read_text(encoding="utf-8").split("-- next\n"):
        op.execute(step.strip().replace(":", r"\:"))

"""Whoever collects returns sees whom reminders went to."""

from pathlib import Path

from alembic import op

revision: str = "0026"
down_revision: str | None = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Makes the changes of sql/0026_reminders_seen.sql."""
    script = Path(__file__).resolve().parent.parent / "sql" / "0026_reminders_seen.sql"
    for step in script.read_text(encoding="utf-8").split("-- next\n"):
        op.execute(step.strip().replace(":", r"\:"))

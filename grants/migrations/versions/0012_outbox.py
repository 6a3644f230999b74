"""Notices wait in an outbox until they are sent, once."""

from pathlib import Path

from alembic import op

revision: str = "0012"
down_revision: str | None = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Makes the changes of sql/0012_outbox.sql."""
    script = Path(__file__).resolve().parent.parent / "sql" / "0012_outbox.sql"
    for step in script.read_text(encoding="utf-8").split("-- next\n"):
        op.execute(step.strip().replace(":", r"\:"))

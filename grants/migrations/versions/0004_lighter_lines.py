"""Lines cost less to take in, and answers to repeated requests need no status."""

from pathlib import Path

from alembic import op

revision: str = "0004"
down_revision: str | None = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Makes the changes of sql/0004_lighter_lines.sql."""
    script = Path(__file__).resolve().parent.parent / "sql" / "0004_lighter_lines.sql"
    for step in script.read_text(encoding="utf-8").split("-- next\n"):
        op.execute(step.strip().replace(":", r"\:"))

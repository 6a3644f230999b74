"""Administrators have a notice sent again."""

from pathlib import Path

from alembic import op

revision: str = "0017"
down_revision: str | None = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Makes the changes of sql/0017_send_again.sql."""
    script = Path(__file__).resolve().parent.parent / "sql" / "0017_send_again.sql"
    for step in script.read_text(encoding="utf-8").split("-- next\n"):
        op.execute(step.strip().replace(":", r"\:"))

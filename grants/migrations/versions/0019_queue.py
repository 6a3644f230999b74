"""The place of an upload in the queue; a notice that a file is infected."""

from pathlib import Path

from alembic import op

revision: str = "0019"
down_revision: str | None = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Makes the changes of sql/0019_queue.sql."""
    script = Path(__file__).resolve().parent.parent / "sql" / "0019_queue.sql"
    for step in script.read_text(encoding="utf-8").split("-- next\n"):
        op.execute(step.strip().replace(":", r"\:"))

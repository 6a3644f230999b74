"""The journal as a tree of hashes, so that whoever changes it is found out."""

from pathlib import Path

from alembic import op

revision: str = "0003"
down_revision: str | None = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Makes the columns and functions of sql/0003_journal_tree.sql."""
    script = Path(__file__).resolve().parent.parent / "sql" / "0003_journal_tree.sql"
    for step in script.read_text(encoding="utf-8").split("-- next\n"):
        op.execute(step.strip().replace(":", r"\:"))

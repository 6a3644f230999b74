"""What has outlived its years is removed, and nothing else."""

from pathlib import Path

from alembic import op

revision: str = "0008"
down_revision: str | None = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Makes the changes of sql/0008_retention.sql."""
    script = Path(__file__).resolve().parent.parent / "sql" / "0008_retention.sql"
    for step in script.read_text(encoding="utf-8").split("-- next\n"):
        op.execute(step.strip().replace(":", r"\:"))

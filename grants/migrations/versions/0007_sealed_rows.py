"""Records say in which role, and commit to every row that their deed wrote."""

from pathlib import Path

from alembic import op

revision: str = "0007"
down_revision: str | None = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Makes the changes of sql/0007_sealed_rows.sql."""
    script = Path(__file__).resolve().parent.parent / "sql" / "0007_sealed_rows.sql"
    for step in script.read_text(encoding="utf-8").split("-- next\n"):
        op.execute(step.strip().replace(":", r"\:"))

"""PostgreSQL shows and takes only rows that whoever asks may see."""

from pathlib import Path

from alembic import op

revision: str = "0006"
down_revision: str | None = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Makes the changes of sql/0006_row_security.sql."""
    script = Path(__file__).resolve().parent.parent / "sql" / "0006_row_security.sql"
    for step in script.read_text(encoding="utf-8").split("-- next\n"):
        op.execute(step.strip().replace(":", r"\:"))

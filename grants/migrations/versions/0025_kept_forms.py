"""Forms that were sent after their session had ended are kept for an hour."""

from pathlib import Path

from alembic import op

revision: str = "0025"
down_revision: str | None = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Makes the changes of sql/0025_kept_forms.sql."""
    script = Path(__file__).resolve().parent.parent / "sql" / "0025_kept_forms.sql"
    for step in script.read_text(encoding="utf-8").split("-- next\n"):
        op.execute(step.strip().replace(":", r"\:"))

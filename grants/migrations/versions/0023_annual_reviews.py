"""Annual reviews of awards are decisions."""

from pathlib import Path

from alembic import op

revision: str = "0023"
down_revision: str | None = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Makes the changes of sql/0023_annual_reviews.sql."""
    script = Path(__file__).resolve().parent.parent / "sql" / "0023_annual_reviews.sql"
    for step in script.read_text(encoding="utf-8").split("-- next\n"):
        op.execute(step.strip().replace(":", r"\:"))

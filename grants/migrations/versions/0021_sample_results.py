"""What auditors found in the items of a sample."""

from pathlib import Path

from alembic import op

revision: str = "0021"
down_revision: str | None = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Makes the changes of sql/0021_sample_results.sql."""
    script = Path(__file__).resolve().parent.parent / "sql" / "0021_sample_results.sql"
    for step in script.read_text(encoding="utf-8").split("-- next\n"):
        op.execute(step.strip().replace(":", r"\:"))

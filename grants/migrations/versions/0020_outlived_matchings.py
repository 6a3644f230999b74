"""Words of matchings go with the returns that were read by them."""

from pathlib import Path

from alembic import op

revision: str = "0020"
down_revision: str | None = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Makes the changes of sql/0020_outlived_matchings.sql."""
    script = Path(__file__).resolve().parent.parent / "sql" / "0020_outlived_matchings.sql"
    for step in script.read_text(encoding="utf-8").split("-- next\n"):
        op.execute(step.strip().replace(":", r"\:"))

"""A line of spend is found by its reference."""

from pathlib import Path

from alembic import op

revision: str = "0027"
down_revision: str | None = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Makes the changes of sql/0027_search.sql."""
    script = Path(__file__).resolve().parent.parent / "sql" / "0027_search.sql"
    for step in script.read_text(encoding="utf-8").split("-- next\n"):
        op.execute(step.strip().replace(":", r"\:"))

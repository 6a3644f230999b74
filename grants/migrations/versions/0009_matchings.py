"""How the tables of finance systems are read, as somebody confirmed it."""

from pathlib import Path

from alembic import op

revision: str = "0009"
down_revision: str | None = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Makes the changes of sql/0009_matchings.sql."""
    script = Path(__file__).resolve().parent.parent / "sql" / "0009_matchings.sql"
    for step in script.read_text(encoding="utf-8").split("-- next\n"):
        op.execute(step.strip().replace(":", r"\:"))

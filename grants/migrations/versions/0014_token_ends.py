"""The end of a token goes with whoever holds it."""

from pathlib import Path

from alembic import op

revision: str = "0014"
down_revision: str | None = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Makes the changes of sql/0014_token_ends.sql."""
    script = Path(__file__).resolve().parent.parent / "sql" / "0014_token_ends.sql"
    for step in script.read_text(encoding="utf-8").split("-- next\n"):
        op.execute(step.strip().replace(":", r"\:"))

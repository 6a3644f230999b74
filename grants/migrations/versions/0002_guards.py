"""What PostgreSQL itself guards: numbers, limits, and records that nobody changes."""

from pathlib import Path

from alembic import op

revision: str = "0002"
down_revision: str | None = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Makes the functions, triggers and privileges of sql/0002_guards.sql."""
    script = Path(__file__).resolve().parent.parent / "sql" / "0002_guards.sql"
    for step in script.read_text(encoding="utf-8").split("-- next\n"):
        op.execute(step.strip().replace(":", r"\:"))

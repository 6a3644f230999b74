"""Files that programme leads load, and what became of each row."""

from pathlib import Path

from alembic import op

revision: str = "0015"
down_revision: str | None = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Makes the changes of sql/0015_register_loads.sql."""
    script = Path(__file__).resolve().parent.parent / "sql" / "0015_register_loads.sql"
    for step in script.read_text(encoding="utf-8").split("-- next\n"):
        op.execute(step.strip().replace(":", r"\:"))

"""Answers to forms are kept for a while, so that going back shows them and sends nothing again."""

from pathlib import Path

from alembic import op

revision: str = "0028"
down_revision: str | None = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Makes the changes of sql/0028_form_answers.sql."""
    script = Path(__file__).resolve().parent.parent / "sql" / "0028_form_answers.sql"
    for step in script.read_text(encoding="utf-8").split("-- next\n"):
        op.execute(step.strip().replace(":", r"\:"))

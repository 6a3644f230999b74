"""PostgreSQL: tables, one transaction gate, every query."""

"""Tests of what PostgreSQL keeps, against a real PostgreSQL."""

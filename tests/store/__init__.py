"""Tests of `grants.store`: always on a real PostgreSQL."""

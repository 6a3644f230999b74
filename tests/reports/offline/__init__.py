"""Tests of what auditors run on their own machines."""

"""Tests of the importers wing."""

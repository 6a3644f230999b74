"""Extracts of finance systems."""

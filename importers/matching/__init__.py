"""Extracts of finance systems: a table that was never made for a return, read as somebody confirmed that it is meant."""

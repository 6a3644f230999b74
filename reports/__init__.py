"""Figures become spreadsheets, on schedule, traceable and reproducible."""

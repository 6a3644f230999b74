"""Registers of awards and payment files."""

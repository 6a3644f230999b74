"""Registers of awards and payment files: their templates, and how they are read."""

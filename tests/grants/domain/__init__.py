"""Tests of the rules, which need nothing but themselves."""

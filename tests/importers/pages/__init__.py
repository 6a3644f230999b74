"""Tests of the finance officer's pages."""

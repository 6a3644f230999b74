"""Tests of the checks, one by one."""

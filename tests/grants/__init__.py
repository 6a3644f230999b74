"""Tests of the ground floor: the rules, the record, and what people do."""

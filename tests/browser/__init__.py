"""Tests of the pages as people see them: in Chromium, against the service as it is run."""

"""Benchmarks: what the service's main work costs, each beside the least that the same work could cost on the same machine."""

"""Benchmarks of the team's work on a real Label Studio."""

"""Benchmarks: every figure that the documents claim comes from here, its raw result committed."""

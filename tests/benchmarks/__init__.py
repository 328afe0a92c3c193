"""Benchmarks: each compares asstctl with the least that anybody could do, in one run."""

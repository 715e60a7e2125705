"""Benchmarks: ratios of things measured side by side in one run, since seconds differ from machine to machine."""

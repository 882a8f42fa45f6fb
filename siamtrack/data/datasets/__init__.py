"""Benchmark data sets, one file each: `load(root) -> list[Sequence]`; `registry.py` names them all."""

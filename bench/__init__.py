"""Measurements anyone can run: `make bench`, or a part of them with `WHAT=`.

A part is a module here with `run() -> Mapping[str, Figure]`. Each figure stands beside its limit, or beside a rival
that is measured in the same run, interleaved: absolute figures of a busy machine say little, ratios say something.
"""

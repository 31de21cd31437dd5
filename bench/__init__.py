"""Measurements that anyone can repeat: `make bench`, or a part of them with `WHAT=`.

A part is a module here with `run() -> Mapping[str, Figure]`. Each figure stands beside its limit, or beside a rival
that runs in turns with it: on a busy machine absolute figures mean little, but ratios mean something.
"""

"""`python -m bench [PART ...]`: run the parts, print a table, write VAR/bench.json."""

import importlib
import os
import pkgutil
import sys
from pathlib import Path

import bench
from bench.figures import Figure, save, table

NOT_PARTS = {"__main__", "figures"}


def main(arguments: list[str]) -> int:
    names = sorted(
        module.name for module in pkgutil.iter_modules(bench.__path__) if module.name not in NOT_PARTS
    )
    modules = [importlib.import_module(f"bench.{name}") for name in names]
    # A part has its module's name, or the `NAME` in the module if no module can have that name.
    parts = {
        getattr(module, "NAME", name): module
        for name, module in zip(names, modules, strict=True)
        if hasattr(module, "run")
    }
    known = list(parts)
    unknown = [name for name in arguments if name not in known]
    if unknown:
        print(f"There is no part {', '.join(unknown)}. The parts are: {', '.join(known)}.", file=sys.stderr)
        return 2
    figures: dict[str, Figure] = {}
    path = Path(os.environ.get("VAR") or "var") / "bench.json"  # before a part sets a folder of its own
    for name in arguments or known:
        print(f"Measuring {name} ...", flush=True)
        figures |= {f"{name}.{key}": value for key, value in parts[name].run().items()}
    save(figures, path)
    print(table(figures))
    print(f"Written to {path}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

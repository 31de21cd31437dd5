#!/bin/sh
# Find a Python that is new enough, and make the virtual environment with it: setup.sh REQUIREMENTS.
# A name on PATH proves nothing (a version manager may have a shim there without a version behind it), so try each.
set -eu

here=$(dirname "$0")
for python in ${PYTHON:+"$PYTHON"} python3.13 python3.12 python3.11 python3 python; do
    if "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then
        exec "$python" "$here/virtualenv.py" "$@"
    fi
done

echo "Bag 14 needs Python 3.11 or newer, and found none as python3.13, python3.12, python3.11 or python3." >&2
echo "Install it (Debian, Ubuntu: apt-get install python3 python3-venv), or name one: make run PYTHON=/path/to/python3" >&2
exit 1

#!/bin/sh
# Find a Python that runs and is new enough, and let it make the virtual environment: setup.sh REQUIREMENTS.
# A name on PATH proves nothing (a version manager's shims stand there without a version behind them): try it.
set -eu

here=$(dirname "$0")
for python in ${PYTHON:+"$PYTHON"} python3.13 python3.12 python3.11 python3 python; do
    if "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then
        exec "$python" "$here/virtualenv.py" "$@"
    fi
done

echo "Bag 14 needs Python 3.11 or newer, and none of python3.13, python3.12, python3.11 and python3 is one." >&2
echo "Install it (Debian, Ubuntu: apt-get install python3 python3-venv), or name one: make run PYTHON=/path/to/python3" >&2
exit 1

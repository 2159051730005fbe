#!/bin/sh
# Makes the virtual environment with the pinned dependencies. On Debian as root it installs what Python lacks.
set -eu
venv=$1
python=${PYTHON:-python3}

command -v "$python" >/dev/null || { echo "Python 3.11 or newer is needed: install python3, then run this again." >&2; exit 1; }
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
    echo "Python 3.11 or newer is needed; $("$python" --version) is too old. Say PYTHON=… for another one." >&2; exit 1; }

if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        apt-get update -qq && apt-get install -y -qq --no-install-recommends python3-venv >/dev/null
    else
        echo "Python's venv module is missing: as root, apt-get install python3-venv; then run this again." >&2; exit 1
    fi
fi

[ -x "$venv/bin/python" ] || "$python" -m venv "$venv"
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .

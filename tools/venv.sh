#!/bin/sh
# Make the environment DIR (first argument) with a Python that fits, or say what to install.
# PYTHON names an interpreter to prefer over the search.
set -u
dir=$1
fits='import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))'

runs() { # the interpreter starts at all: a version manager's stub may exist and yet fail
    "$1" -c 'pass' >/dev/null 2>&1
}
version() {
    "$1" -c 'import platform; print(platform.python_version())' 2>/dev/null
}

if [ -x "$dir/bin/python" ] && "$dir/bin/python" -c "$fits" 2>/dev/null; then
    "$dir/bin/python" -c 'import pip' 2>/dev/null && exit 0
    "$dir/bin/python" -m ensurepip >/dev/null 2>&1 && exit 0
fi

python=
others=
without_venv=
if [ -n "${PYTHON:-}" ]; then
    if ! runs "$PYTHON"; then
        echo "PYTHON=$PYTHON does not run; name a Python 3.11, 3.12 or 3.13." >&2
        exit 1
    fi
    candidates=$PYTHON
else
    candidates='python3.13 python3.12 python3.11 python3 python'
fi
for candidate in $candidates; do
    runs "$candidate" || continue
    if ! "$candidate" -c "$fits"; then
        others="$others $candidate is $(version "$candidate");"
    elif ! "$candidate" -c 'import venv, ensurepip' 2>/dev/null; then
        without_venv=${without_venv:-$candidate}
    else
        python=$candidate
        break
    fi
done

if [ -z "$python" ] && [ -n "$without_venv" ]; then
    short=$("$without_venv" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
    echo "$without_venv (Python $(version "$without_venv")) lacks the venv module." >&2
    echo "Install it, on Debian and Ubuntu with: apt-get install python$short-venv" >&2
    exit 1
fi
if [ -z "$python" ]; then
    echo "Python 3.11, 3.12 or 3.13 is needed;${others:- no Python was found.}" >&2
    echo "Install one, or name it: make PYTHON=/path/to/python3.12 ..." >&2
    exit 1
fi
echo "Making the environment $dir with $python ($(version "$python"))" >&2
"$python" -m venv --clear "$dir"

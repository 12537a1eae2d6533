#!/bin/sh
# What `make soak` does: all set-up, a build for use, and a JSON line a minute with a verdict at the end.
#   MINUTES=30 EVENTS=100000   how long, and how much
set -eu
. "$(dirname "$0")/common.sh"
cd "$root"

sh scripts/setup.sh bench
sh scripts/build.sh
exec /usr/bin/python3 Benchmarks/soak.py --minutes "${MINUTES:-30}" --events "${EVENTS:-100000}"

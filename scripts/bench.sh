#!/bin/sh
# What `make bench` does: all set-up, a build for use, and the figures as JSON lines on standard output.
#   ONLY="C1 C6"   only these bars; `python3 Benchmarks/bench.py --list` names them
set -eu
. "$(dirname "$0")/common.sh"
cd "$root"

sh scripts/setup.sh bench
sh scripts/build.sh
swift build -c release --static-swift-stdlib --product BayBench >&2
sh scripts/hypervisor.sh || say 'the libvirt bars will fail'
# Debian's own Python, which has Debian's libvirt module.
# shellcheck disable=SC2086 # a list of words
exec /usr/bin/python3 Benchmarks/bench.py ${ONLY:-}

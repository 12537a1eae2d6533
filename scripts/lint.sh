#!/bin/sh
# Style: swift format where it can tell, nothing else. `make format` mends what this finds.
set -eu
. "$(dirname "$0")/common.sh"
cd "$root"

set -- Package.swift Sources Tests Benchmarks
case ${MEND:-} in
'') exec swift format lint --strict -r -p "$@" ;;
*) exec swift format format -i -r -p "$@" ;;
esac

#!/bin/sh
# Style: swift format where it can tell, and one trap. `make format` mends what swift format finds.
set -eu
. "$(dirname "$0")/common.sh"
cd "$root"

# What is generic keeps a function in a wrapping, and each look by `withLock` puts another around it, until a call has no room
# on the stack. In a struct it is kept as it is.
if grep -rnE 'Mutex<[^>]*->' Sources; then
    say 'A Mutex must not keep a function itself: put it into a struct.'
    exit 1
fi

set -- Package.swift Sources Tests Benchmarks
case ${MEND:-} in
'') exec swift format lint --strict -r -p "$@" ;;
*) exec swift format format -i -r -p "$@" ;;
esac

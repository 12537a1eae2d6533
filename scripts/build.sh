#!/bin/sh
# Builds bayd and bay for use: optimised, with Swift's own libraries inside. Does nothing while no source is newer
# than the last build, so that `make install` as root needs no Swift.
set -eu
. "$(dirname "$0")/common.sh"
cd "$root"

stamp=$products/bay.built
if [ -e "$stamp" ] && [ -x "$products/bayd" ] && [ -x "$products/bay" ] &&
    [ -z "$(find Package.swift Sources themes -newer "$stamp" -print 2>/dev/null | head -n 1)" ]; then
    exit 0
fi

sh scripts/setup.sh build
started=$(mktemp)
trap 'rm -f "$started"' EXIT
say 'Building Bay (the first time takes some minutes) ...'

# The C++ library that Swift's own runtime needs costs a command two milliseconds of each start to be bound. The linker
# takes an archive where the first folder it looks into has no shared library of that name.
archives=$root/.build/archives
mkdir -p "$archives"
newest=$(find /usr/lib/gcc -mindepth 2 -maxdepth 2 -type d 2>/dev/null | sort -V | tail -n 1)
if [ -e "$newest/libstdc++.a" ] && [ -e "$newest/libgcc_eh.a" ]; then
    ln -sf "$newest/libstdc++.a" "$archives/libstdc++.a"
    ln -sf "$newest/libgcc_eh.a" "$archives/libgcc_s.a"
fi
for product in bayd bay; do
    # Swift exports every symbol of a static program, and what is exported cannot be left out.
    swift build -c release --static-swift-stdlib --product "$product" -Xlinker "-L$archives" \
        -Xlinker --no-export-dynamic >&2
done
# A source that was saved while the compiler ran is newer than this and is built next time.
cp -p "$started" "$stamp"

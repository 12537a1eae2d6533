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
for product in bayd bay; do
    swift build -c release --static-swift-stdlib --product "$product" >&2
done
# A source that was saved while the compiler ran is newer than this and is built next time.
cp -p "$started" "$stamp"

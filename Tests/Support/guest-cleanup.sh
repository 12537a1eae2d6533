#!/bin/bash
# guest-cleanup.sh [DIR]
#
# Ends and forgets every domain whose name starts with bay-test-, and nothing else, and removes their disks and logs
# from DIR.
set -uo pipefail
export LIBVIRT_DEFAULT_URI=qemu:///system
virsh -q list --all --name 2>/dev/null | grep '^bay-test-' | while read -r name; do
    # A guest that a test stopped with SIGSTOP does not answer to anything milder.
    pid=$(cat "/run/libvirt/qemu/$name.pid" 2>/dev/null) && kill -KILL "$pid" 2>/dev/null
    virsh -q destroy "$name" >/dev/null 2>&1
    virsh -q undefine "$name" --snapshots-metadata --managed-save --nvram >/dev/null 2>&1
done
[ -n "${1:-}" ] && rm -f "$1"/bay-test-*
exit 0

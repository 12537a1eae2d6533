#!/bin/sh
# Sees to it that a libvirtd on this host answers, starting the one that is installed where none runs.
# Exit status: 0 it answers; 1 it does not, with the reason on standard error.
set -eu
. "$(dirname "$0")/common.sh"

uri=${LIBVIRT_URI:-qemu:///system}
case $uri in
*:///system) ;;
*) exit 0 ;; # another host's, or one that libvirt starts by itself
esac

answers() { timeout 20 virsh -q -c "$uri" version >/dev/null 2>&1; }
runs() { pgrep -x libvirtd >/dev/null 2>&1 || pgrep -x virtqemud >/dev/null 2>&1; }

have virsh || {
    say 'libvirt is not installed on this host (packages libvirt-daemon-system and libvirt-clients)'
    exit 1
}
answers && exit 0

# True where QEMU's own user may open /dev/kvm.
qemu_may_use_kvm() {
    as_root setpriv --reuid=libvirt-qemu --regid=libvirt-qemu --init-groups sh -c ': <>/dev/kvm' 2>/dev/null
}

# A /dev/kvm that root may open and QEMU's user may not makes libvirt probe QEMU again before each start, a minute
# every time. It is met in containers, where no udev has given the device to the group kvm. QEMU as root cures it.
mind_kvm() {
    [ -c /dev/kvm ] && id libvirt-qemu >/dev/null 2>&1 || return 0
    qemu_may_use_kvm && return 0
    grep -qE '^ *user *=' /etc/libvirt/qemu.conf 2>/dev/null && return 0
    say '/dev/kvm is there, and the user libvirt-qemu may not open it: each start of a machine would take a minute.'
    say 'Either give it to the group kvm (chgrp kvm /dev/kvm; chmod 660 /dev/kvm), or let QEMU run as root with'
    say '  user = "root"'
    say '  group = "root"'
    say 'in /etc/libvirt/qemu.conf.'
    if can_ask; then
        ask 'Write these two lines now?' || return 0
    elif [ -z "${CI:-}" ] && [ ! -e /.dockerenv ] && [ ! -e /run/.containerenv ]; then
        return 0
    fi
    printf '\n# Written by Bay: the user libvirt-qemu may not open /dev/kvm here.\nuser = "root"\ngroup = "root"\n' |
        as_root tee -a /etc/libvirt/qemu.conf >/dev/null
}

if ! runs; then
    say 'libvirtd is installed and does not run: starting it'
    if [ -d /run/systemd/system ]; then
        as_root systemctl start libvirtd.service || as_root systemctl start virtqemud.service || true
    else
        mind_kvm
        as_root mkdir -p /run/libvirt
        pgrep -x virtlogd >/dev/null 2>&1 || as_root virtlogd -d || true
        as_root libvirtd -d || true
    fi
    tries=0
    until answers || [ $tries -ge 100 ]; do
        runs || break
        tries=$((tries + 1))
        sleep 0.2
    done
    answers && exit 0
fi

reason=$(timeout 20 virsh -q -c "$uri" version 2>&1 >/dev/null | sed -n 's/^error: //p' | tail -n 1)
say "no hypervisor answers on $uri${reason:+: $reason}"
if ! is_root && ! id -nG | grep -qw libvirt; then
    say "  members of the group libvirt may use it: sudo usermod -aG libvirt $(id -un)"
fi
exit 1

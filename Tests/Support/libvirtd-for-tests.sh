#!/bin/bash
# libvirtd-for-tests.sh start|stop|kill|freeze|status
#
# Gives the tests a libvirtd behind qemu:///system. Where one runs already it is used as it is. Otherwise one is
# started: by systemd where systemd runs the host, else directly. `stop` and `kill` exist for the tests that check
# what happens when libvirtd goes away, `freeze` for when it stays and does not answer; guests go on running meanwhile.
set -euo pipefail

uri=qemu:///system
pidfile=/run/libvirtd.pid
conf=/etc/libvirt/qemu.conf

fail() { echo "libvirtd-for-tests: $*" >&2; exit 1; }
answers() { timeout 20 virsh -q -c "$uri" version >/dev/null 2>&1; }
by_systemd() { [ -d /run/systemd/system ]; }
pid() { [ -r "$pidfile" ] && cat "$pidfile" || true; }

needs() {
    [ "$(id -u)" = 0 ] || fail "the QEMU tests must run as root"
    local tool package
    for tool in libvirtd:libvirt-daemon-system virtlogd:libvirt-daemon-system virsh:libvirt-clients \
        qemu-system-x86_64:qemu-system-x86 qemu-img:qemu-utils cpio:cpio; do
        package=${tool#*:} tool=${tool%:*}
        command -v "$tool" >/dev/null || fail "$tool is missing: install the package $package"
    done
}

# A /dev/kvm that root may open and QEMU's own user may not makes libvirt call its capability cache stale at each
# look-up and probe QEMU again, a minute a start: then QEMU has to run as root as well.
prepare_conf() {
    [ -e /dev/kvm ] || return 0
    if id libvirt-qemu >/dev/null 2>&1; then
        setpriv --reuid=libvirt-qemu --regid=libvirt-qemu --init-groups bash -c ': <>/dev/kvm' 2>/dev/null && return 0
    fi
    grep -qE '^ *user *=' "$conf" && return 0
    printf '\n# Written by the tests of Bay: /dev/kvm exists here and the user libvirt-qemu cannot use it.\nuser = "root"\ngroup = "root"\n' >>"$conf"
}

# Lets a frozen libvirtd go on.
thaw() {
    local id
    id=$(pid)
    [ -z "$id" ] || kill -s CONT "$id" 2>/dev/null || true
}

start() {
    needs
    thaw
    answers && return 0
    if by_systemd; then
        systemctl start libvirtd.service
    else
        prepare_conf
        # A crashed container leaves /run without the directory that both daemons want.
        mkdir -p /run/libvirt
        # Both refuse to start when another of their kind holds the pid file. A look at the process list would not
        # do: a container without an init keeps the ended ones as zombies.
        daemon virtlogd
        daemon libvirtd
    fi
    local deadline=$((SECONDS + 90))
    until answers; do
        [ $SECONDS -lt $deadline ] || fail "libvirtd was started and does not answer on $uri"
        sleep 0.2
    done
}

# Starts a daemon with none of our files open, since whoever waits for the end of one would wait for the daemon's, and
# with no signal blocked, since threads of Swift's pool block them all and their children inherit that.
daemon() { # PROGRAM
    (
        for fd in /proc/self/fd/*; do
            fd=${fd##*/}
            if [ "$fd" -gt 2 ]; then eval "exec $fd>&-"; fi
        done
        exec perl -MPOSIX -e 'sigprocmask(SIG_SETMASK, POSIX::SigSet->new); exec @ARGV' "$1" -d \
            </dev/null >/dev/null 2>&1
    ) || true
}

end() { # SIGNAL
    local id
    id=$(pid)
    if by_systemd; then
        # The sockets would start the daemon again at the next connection.
        systemctl stop libvirtd.socket libvirtd-ro.socket libvirtd-admin.socket 2>/dev/null || true
        if [ "$1" = KILL ]; then systemctl kill -s KILL libvirtd.service; fi
        systemctl stop libvirtd.service
        return 0
    fi
    [ -n "$id" ] || fail "no libvirtd runs"
    kill -s "$1" "$id"
    local deadline=$((SECONDS + 30))
    while kill -0 "$id" 2>/dev/null && [ "$(awk '{print $3}' "/proc/$id/stat" 2>/dev/null)" != Z ]; do
        [ $SECONDS -lt $deadline ] || fail "libvirtd $id does not end"
        sleep 0.05
    done
}

case "${1:-}" in
start) start ;;
stop) end TERM ;;
kill) end KILL ;;
freeze) kill -s STOP "$(pid)" ;;
status) answers && echo "answers on $uri" || { echo "does not answer on $uri"; exit 1; } ;;
*) echo "usage: $0 start|stop|kill|freeze|status" >&2; exit 2 ;;
esac

#!/bin/sh
# What `make run` does: everything that is missing is installed, built and started, then the console opens.
#
#   DEMO=1        a made fleet on libvirt's test driver, with a server of its own that ends with the console
#   LIBVIRT_URI   the machines of another host, qemu+ssh://root@host/system for one
set -eu
. "$(dirname "$0")/common.sh"
cd "$root"

sh scripts/setup.sh run
# The set-up may just have let this user in: `sg` makes it count without logging in again.
if in_libvirt_since_login && have sg; then exec sg libvirt -c 'sh scripts/run.sh'; fi
sh scripts/build.sh
bayd=$products/bayd
bay=$products/bay

# server_status: 0 a server answers on BAY_SOCKET (or the usual socket), 3 none does.
server_status() {
    status=0
    printf '{ serverInfo { version } }' | timeout 20 "$bay" query - >/dev/null 2>&1 || status=$?
    return $status
}

# start_server STATE-DIRECTORY ARGUMENT...: in the background; returns once its doors are open.
start_server() {
    state=$1
    shift
    log=$state/bayd.log
    mkdir -p "$state"
    : >"$log"
    # A session of its own, so that closing this terminal does not end the server.
    setsid "$bayd" serve "$@" >>"$log" 2>&1 </dev/null &
    server=$!
    echo "$server" >"$state/make-run.pid"
    tries=0
    until grep -q '^ready ' "$log"; do
        if ! kill -0 "$server" 2>/dev/null; then
            say "bayd ended at once. The end of $log:"
            tail -n 20 "$log" >&2
            exit 1
        fi
        tries=$((tries + 1))
        [ $tries -lt 600 ] || fail "bayd is not ready after a minute: see $log"
        sleep 0.1
    done
}

demo() {
    BAY_STATE_DIR=$(state_dir)/demo
    BAY_SOCKET=$BAY_STATE_DIR/bay.sock
    PORT=${PORT:-4001}
    export BAY_STATE_DIR BAY_SOCKET PORT
    mkdir -p "$BAY_STATE_DIR"
    start_server "$BAY_STATE_DIR" "--demo${DEMO_MACHINES:+=$DEMO_MACHINES}"
    trap 'kill "$server" 2>/dev/null; wait "$server" 2>/dev/null || true' EXIT
    trap 'exit 129' HUP
    trap 'exit 143' TERM
    status=0
    "$bay" || status=$?
    exit $status
}

if [ -n "${DEMO:-}" ]; then demo; fi

if ! sh scripts/hypervisor.sh; then
    if ask 'Show the demo instead, a made fleet of machines?'; then demo; fi
    say "going on without it: the console says so, and shows the machines as soon as libvirt answers."
    say "'make run DEMO=1' shows a made fleet."
fi

# A server that an earlier `make run` started from an older build gives way to the new one.
state=$(state_dir)
old=$(cat "$state/make-run.pid" 2>/dev/null || true)
if [ -n "$old" ] && [ "$(readlink "/proc/$old/exe" 2>/dev/null)" = "$real_products/bayd (deleted)" ]; then
    say 'bayd was built anew: restarting it'
    kill "$old" 2>/dev/null || true
    tries=0
    while kill -0 "$old" 2>/dev/null && [ $tries -lt 100 ]; do
        tries=$((tries + 1))
        sleep 0.1
    done
fi

status=0
server_status || status=$?
case $status in
0) ;;
4) say 'a bayd runs here and does not let you in: see "Who may do what" in docs/admin-guide.md' ;;
*)
    start_server "$state"
    say "bayd runs in the background: 'make stop' ends it, its log is $state/bayd.log"
    ;;
esac
exec "$bay"

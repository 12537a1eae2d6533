#!/bin/sh
# setup.sh build|run|test|bench
#
# Installs the system packages that this step needs and the host does not have, with apt, and says which before it
# does so. What is there already is recognised by its files, so a host on which nothing is missing is done in a
# fraction of a second, and nothing is ever upgraded or removed.
set -eu
. "$(dirname "$0")/common.sh"

step=${1:-run}
needed='' # packages that the step cannot do without
wanted='' # packages of a hypervisor: `make run` goes on without them

need() { needed="$needed $1"; }
need_program() { have "$1" || need "$2"; }
need_file() { [ -e "$1" ] || need "$2"; }
want_program() { have "$1" || wanted="$wanted $2"; }

swift_there() {
    have swift || fail "Swift is not installed, or not in PATH.
  Bay needs Swift 6.2 or newer: https://www.swift.org/install/linux/
  If you ran this with sudo: run make as yourself, it calls sudo where it needs to."
    version=$(swift --version 2>/dev/null | sed -n 's/.*Swift version \([0-9]*\.[0-9]*\).*/\1/p' | head -n 1)
    major=${version%%.*} minor=${version#*.}
    if [ -n "$version" ] && { [ "$major" -lt 6 ] || { [ "$major" = 6 ] && [ "$minor" -lt 2 ]; }; }; then
        fail "Swift $version is too old: Bay needs 6.2 or newer, see https://www.swift.org/install/linux/"
    fi
}

# What the compiler and the linker look for.
for_build() {
    need_program git git
    need_program make make
    need_program pgrep procps
    need_program pkg-config pkg-config
    need_file /usr/include/libvirt/libvirt.h libvirt-dev
    need_file /usr/include/curses.h libncurses-dev
    need_file /usr/include/crypt.h libcrypt-dev
    need_file /usr/include/openssl/hmac.h libssl-dev
    need_file /usr/include/toml++/toml.h libtomlplusplus-dev
    { have pg_config && [ -e "$(pg_config --includedir 2>/dev/null)/libpq-fe.h" ]; } || need libpq-dev
    # Swift's own libraries are linked with GCC's C++ library.
    [ -d /usr/include/c++ ] || need g++
}

for_database() {
    set -- /usr/lib/postgresql/*/bin/postgres
    [ -x "$1" ] || have postgres || need postgresql
}

# True where the machines are on this host: a remote or a made hypervisor needs nothing here.
hypervisor_is_here() {
    case ${LIBVIRT_URI:-qemu:///system} in
    *:///system | *:///session) [ -z "${DEMO:-}" ] ;;
    *) false ;;
    esac
}

for_hypervisor() {
    hypervisor_is_here || return 0
    want_program libvirtd libvirt-daemon-system
    want_program virsh libvirt-clients
    want_program qemu-img qemu-utils
    want_program dnsmasq dnsmasq-base
    case $(uname -m) in
    x86_64) want_program qemu-system-x86_64 qemu-system-x86 ;;
    aarch64) want_program qemu-system-aarch64 qemu-system-arm ;;
    *) want_program qemu-system-x86_64 qemu-system ;;
    esac
}

for_tests() {
    for_hypervisor
    needed="$needed$wanted" wanted=''
    need_program tmux tmux
    need_program cpio cpio
    need_program busybox busybox-static
    need_program iptables iptables
    need_program ebtables ebtables
    need_program curl curl
    need_program openssl openssl
    need_program python3 python3
    python3 -c 'import ensurepip, venv' 2>/dev/null || need python3-venv
}

for_bench() {
    need_program python3 python3
    need_program cc gcc
    need_program htop htop
    need_program btop btop
    need_program wrk wrk
    need_program node nodejs
    python3 -c 'import ensurepip, venv' 2>/dev/null || need python3-venv
    /usr/bin/python3 -c 'import libvirt' 2>/dev/null || need python3-libvirt
}

apt() {
    as_root env DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1 apt-get -q -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 "$@"
}

# Lists may be absent on a fresh host and out of date on an old one: both are seen, and cured once.
lists_know() {
    for package in "$@"; do
        apt-cache policy "$package" 2>/dev/null | grep -q 'Candidate: [^(]' || return 1
    done
}

install_packages() {
    have apt-get || {
        say "there is no apt here: install these (Debian's names) by hand:$*"
        return 1
    }
    is_root || have sudo || {
        say "this needs root, and sudo is not installed. As root, run:
  apt-get update && apt-get install -y --no-install-recommends $*"
        return 1
    }
    # A database server that comes as a package makes and starts a cluster of its own. Bay has no use for it, so
    # none is made; a server that is installed already is left as it is.
    quiet_postgres=''
    case " $* " in *' postgresql '*)
        if [ ! -e /etc/postgresql-common ]; then
            quiet_postgres=/etc/postgresql-common/createcluster.d/bay.conf
            as_root mkdir -p "${quiet_postgres%/*}"
            echo 'create_main_cluster = false' | as_root tee "$quiet_postgres" >/dev/null
        fi
        ;;
    esac
    lists_know "$@" || apt update || return 1
    apt install -y --no-install-recommends -o Dpkg::Options::=--force-confold "$@" ||
        { apt update && apt install -y --no-install-recommends -o Dpkg::Options::=--force-confold "$@"; } || status=1
    if [ -n "$quiet_postgres" ]; then as_root rm -f "$quiet_postgres"; fi
    return "${status:-0}"
}

case $step in
build) swift_there && for_build ;;
run) swift_there && for_build && for_database && for_hypervisor ;;
test) swift_there && for_build && for_database && for_tests ;;
bench) swift_there && for_build && for_database && for_tests && for_bench ;;
*) fail "usage: $0 build|run|test|bench" ;;
esac

# Where libvirt was just installed, its group is new as well, and this user is not in it.
join_libvirt() {
    case " $* " in *' libvirt-daemon-system '*) ;; *) return 0 ;; esac
    is_root && return 0
    say "Adding $(id -un) to the group libvirt, whose members may use it"
    as_root usermod -aG libvirt "$(id -un)"
}

if [ -n "$needed" ]; then
    say "Installing what 'make $step' needs and this host does not have:"
    for package in $needed; do say "  $package"; done
    # shellcheck disable=SC2086 # a list of words
    { install_packages $needed && join_libvirt $needed; } || fail "these packages could not be installed:$needed"
fi
if [ -n "$wanted" ]; then
    say "Installing a hypervisor, which this host does not have (LIBVIRT_URI=qemu+ssh://host/system uses another"
    say "host's, and DEMO=1 none at all):"
    for package in $wanted; do say "  $package"; done
    # shellcheck disable=SC2086
    { install_packages $wanted && join_libvirt $wanted; } ||
        say 'no hypervisor could be installed: going on without one'
fi

# What tests and benchmarks compare Bay with comes from PyPI, in an environment of its own that is made anew when its list changes.
python_environment() {
    environment=$root/.build/python list=$root/Tests/requirements.txt
    if cmp -s "$list" "$environment/requirements.txt"; then return 0; fi
    say "Installing what Bay is compared with, from PyPI:"
    grep -v '^#' "$list" | sed 's/^/  /' >&2
    rm -rf "$environment"
    python3 -m venv "$environment" &&
        "$environment/bin/pip" install --quiet --disable-pip-version-check -r "$list" &&
        cp "$list" "$environment"
}
# The peer of the API's bars: graphql-js, express and node-pg as Debian has them. They are unpacked and not installed: a
# Node that came from elsewhere refuses them as packages.
node_modules="graphql express pg accepts array-flatten body-parser bytes content-disposition content-type cookie
cookie-signature debbundle-es-to-primitive debug deep-equal depd encodeurl escape-html etag finalhandler fresh
function-bind http-errors iconv-lite inherits ipaddr.js media-typer merge-descriptors methods mime mime-types ms
negotiator object-inspect on-finished parseurl path-to-regexp proxy-addr qs range-parser raw-body safe-buffer send
serve-static setprototypeof split2 statuses toidentifier type-is unpipe utils-merge vary"
node_environment() {
    environment=$root/.build/node
    if [ "$(cat "$environment/modules" 2>/dev/null)" = "$node_modules" ]; then return 0; fi
    have apt-get || return 1
    say "Fetching what the API's bars compare Bay with, from the distribution: node-graphql, node-express, node-pg"
    rm -rf "$environment"
    mkdir -p "$environment/packages"
    (
        cd "$environment/packages"
        set --
        for module in $node_modules; do set -- "$@" "node-$module"; done
        download() { apt-get -qq -o APT::Sandbox::User=root download "$@" >&2; }
        { download "$@" || { apt update && download "$@"; }; } && for package in *.deb; do dpkg-deb -x "$package" .. || exit 1; done
    ) && rm -rf "$environment/packages" && printf '%s\n' "$node_modules" >"$environment/modules"
}
case $step in
bench)
    node_environment || say 'no packages of Node modules could be fetched: G1 to G6 cannot be measured'
    python_environment || fail "a Python environment could not be made from $root/Tests/requirements.txt"
    ;;
test) python_environment || fail "a Python environment could not be made from $root/Tests/requirements.txt" ;;
esac

# shellcheck shell=sh
# Sourced by the other scripts: words for people, root rights, places.

root=$(cd "$(dirname "$0")/.." && pwd)
# shellcheck disable=SC2034 # used by those who source this
products=$root/.build/release
# shellcheck disable=SC2034 # what the kernel calls that folder, which is a link
real_products=$(readlink -f "$products" || echo "$products")

say() { printf '%s\n' "$*" >&2; }
fail() {
    printf 'error: %s\n' "$*" >&2
    exit 1
}
have() { command -v "$1" >/dev/null 2>&1; }
is_root() { [ "$(id -u)" = 0 ]; }

# True where a person sits in front of the terminal and can be asked.
can_ask() { [ -t 0 ] && [ -t 2 ] && [ -z "${CI:-}" ]; }

# ask QUESTION: true for yes, which is also what an empty line means.
ask() {
    can_ask || return 1
    printf '%s [Y/n] ' "$1" >&2
    read -r answer || return 1
    case $answer in '' | [yY]*) return 0 ;; *) return 1 ;; esac
}

# as_root COMMAND...: through sudo where this is not root.
as_root() {
    if is_root; then
        "$@"
    elif have sudo; then
        sudo "$@"
    else
        say "this needs root and sudo is not installed: $*"
        return 1
    fi
}

# True where this user belongs to the group libvirt, but this session began before that was so.
in_libvirt_since_login() {
    ! is_root && getent group libvirt | cut -d: -f4 | tr , '\n' | grep -qx "$(id -un)" && ! id -nG | grep -qw libvirt
}

state_dir() {
    if [ -n "${BAY_STATE_DIR:-}" ]; then
        echo "$BAY_STATE_DIR"
    elif is_root; then
        echo /var/lib/bay
    else
        echo "${XDG_STATE_HOME:-$HOME/.local/state}/bay"
    fi
}

# Debian keeps some programs in folders that a user's PATH leaves out.
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
export PATH

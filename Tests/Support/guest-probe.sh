#!/bin/bash
# guest-probe.sh DIR
#
# Makes DIR/packet-probe, which tests run on the host, and DIR/probe-initramfs, which guest-xml.sh --probe boots: what
# guest-image.sh made in DIR, with packet-probe on the second serial line. The guest's addresses stand on its kernel command
# line: bay.addresses=10.0.0.2/24,fd00::2/64.
set -euo pipefail

dir=$(cd "${1:?usage: guest-probe.sh DIR}" && pwd)
here=$(cd "$(dirname "$0")" && pwd)
exec 9>"$dir/.lock"
flock 9
[ -s "$dir/probe-initramfs" ] && [ "$dir/probe-initramfs" -nt "$here/packet-probe.c" ] &&
    [ "$dir/probe-initramfs" -nt "$dir/initramfs" ] && exit 0

fail() { echo "guest-probe: $*" >&2; exit 1; }
compiler=$(command -v cc || command -v clang) || fail "no C compiler is there (package: gcc)"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/root"
# Static, because the guest has no libraries.
"$compiler" -std=c11 -D_GNU_SOURCE -Wall -Wextra -Werror -Os -static -o "$work/root/packet-probe" \
    "$here/packet-probe.c" || fail "packet-probe cannot be compiled (packages: gcc libc6-dev)"

cat >"$work/root/probe-init" <<'INIT'
#!/bin/busybox sh
export PATH=/bin
/bin/busybox --install -s /bin
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
# In the order in which they need each other, which three rounds find.
for round in 1 2 3; do
    for module in /modules/*.ko; do insmod "$module" 2>/dev/null; done
done
echo 0 >/proc/sys/net/ipv6/conf/default/accept_dad
echo 0 >/proc/sys/net/ipv6/conf/default/accept_ra
ip link set lo up
for link in /sys/class/net/e*; do
    link=${link##*/}
    echo 0 >"/proc/sys/net/ipv6/conf/$link/accept_dad"
    ip link set "$link" up
    for address in $(sed -n 's/.*bay.addresses=\([^ ]*\).*/\1/p' /proc/cmdline | tr , ' '); do
        ip addr add "$address" dev "$link"
    done
done
# All refusals are to be seen, and not only the first of a second.
echo 0 >/proc/sys/net/ipv4/icmp_ratelimit
echo 0 >/proc/sys/net/ipv6/icmp/ratelimit
echo 100000 >/proc/sys/net/ipv4/icmp_msgs_per_sec
echo "bay-guest ready" >/dev/console
while :; do /packet-probe /dev/ttyS1; done
INIT
chmod 755 "$work/root/probe-init"
(cd "$work/root" && find . | cpio -o -H newc --quiet | gzip -1) >"$work/more"
# The kernel unpacks one archive after the other.
cat "$dir/initramfs" "$work/more" >"$dir/probe-initramfs.new"
chmod 644 "$dir/probe-initramfs.new"
cp "$work/root/packet-probe" "$dir/packet-probe.new"
mv "$dir/packet-probe.new" "$dir/packet-probe"
mv "$dir/probe-initramfs.new" "$dir/probe-initramfs"

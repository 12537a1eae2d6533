#!/bin/bash
# guest-image.sh DIR
#
# Makes DIR/kernel and DIR/initramfs, a guest that boots in a few seconds without KVM: the kernel of Debian's cloud
# image package, which is unpacked and never installed, and busybox. Does nothing when both are there.
#
# The guest prints "bay-guest ready" on its serial console once it obeys the ACPI power button.
# On its kernel command line, `bay.burn` makes it use CPU and write its disk in a loop.
set -euo pipefail

dir=${1:?usage: guest-image.sh DIR}
mkdir -p "$dir"
dir=$(cd "$dir" && pwd)
# Whoever comes second waits, and then finds the work done.
exec 9>"$dir/.lock"
flock 9
[ -s "$dir/kernel" ] && [ -s "$dir/initramfs" ] && exit 0

fail() { echo "guest-image: $*" >&2; exit 1; }
for tool in apt-get dpkg busybox cpio gzip; do
    command -v "$tool" >/dev/null || fail "$tool is missing (packages: busybox-static cpio)"
done

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
chmod 755 "$work"
cd "$work"

package=$(apt-cache depends linux-image-cloud-amd64 2>/dev/null | awk '/Depends: linux-image-/ { print $2; exit }')
if [ -z "$package" ]; then
    apt-get update -qq || true
    package=$(apt-cache depends linux-image-cloud-amd64 | awk '/Depends: linux-image-/ { print $2; exit }')
fi
[ -n "$package" ] || fail "apt knows no linux-image-cloud-amd64"
# The lists may be older than the mirror.
apt-get -qq download "$package" 2>/dev/null || { apt-get update -qq && apt-get -qq download "$package"; } ||
    fail "$package cannot be downloaded"
dpkg -x "$package"_*.deb kernel
modules=$(echo kernel/lib/modules/*/kernel/drivers)

mkdir -p root/{bin,dev,proc,sys,modules}
cp "$(command -v busybox)" root/bin/busybox
order=
for module in virtio/virtio_ring virtio/virtio virtio/virtio_pci_legacy_dev virtio/virtio_pci_modern_dev \
    virtio/virtio_pci block/virtio_blk ../net/core/failover net/net_failover net/virtio_net \
    virtio/virtio_balloon input/evdev acpi/button; do
    name=${module##*/}
    if [ -f "$modules/$module.ko" ]; then
        cp "$modules/$module.ko" root/modules/
    elif [ -f "$modules/$module.ko.xz" ]; then
        xz -dc "$modules/$module.ko.xz" >"root/modules/$name.ko"
    else
        continue # built into the kernel
    fi
    order="$order $name"
done

cat >root/init <<INIT
#!/bin/busybox sh
export PATH=/bin
/bin/busybox --install -s /bin
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
for module in $order; do insmod /modules/\$module.ko; done
INIT
cat >>root/init <<'INIT'
for link in /sys/class/net/e*; do [ -e "$link" ] && ip link set "${link##*/}" up; done

# The power button, wherever it is: any event from it ends the guest.
button=$(awk '/^N:.*Power Button/ { found = 1 } found && /^H:/ { sub(/.*event/, "event"); print $1; exit }' /proc/bus/input/devices)
( dd if="/dev/input/$button" of=/dev/null bs=24 count=1 2>/dev/null && poweroff -f ) &

if grep -q bay.burn /proc/cmdline; then
    while :; do
        i=0; while [ $i -lt 3000 ]; do i=$((i + 1)); done
        [ -b /dev/vda ] && dd if=/dev/zero of=/dev/vda bs=64k count=4 conv=fsync 2>/dev/null
        [ -b /dev/vda ] && dd if=/dev/vda of=/dev/null bs=64k count=4 skip=8 iflag=direct 2>/dev/null
        usleep 20000
    done &
fi
# The reader above has the device open a moment after it was started; the line must not come before that.
sleep 0.3 2>/dev/null || sleep 1
echo "bay-guest ready" >/dev/console
while :; do sleep 3600; done
INIT
chmod 755 root/init
(cd root && find . | cpio -o -H newc --quiet | gzip -1) >initramfs

cp kernel/boot/vmlinuz-* "$dir/kernel.new"
chmod 644 "$dir/kernel.new" initramfs
mv initramfs "$dir/initramfs"
mv "$dir/kernel.new" "$dir/kernel"

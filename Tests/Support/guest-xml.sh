#!/bin/bash
# guest-xml.sh DIR NAME [--memory MIB] [--vcpus N] [--disk qcow2|raw|none] [--nic none|ethernet|default|BRIDGE] [--burn]
#              [--probe ADDRESSES]
#
# Makes the disk of a test guest in DIR and prints its domain XML. DIR is where guest-image.sh put the kernel; what
# the guest writes on its serial console goes to DIR/NAME.log. NAME must start with bay-test-: that is what
# guest-cleanup.sh removes. With --probe it is the guest of guest-probe.sh with these addresses, whose second serial line is
# the Unix socket DIR/NAME.probe.
set -euo pipefail

dir=$(cd "${1:?usage: guest-xml.sh DIR NAME [options]}" && pwd) name=${2:?}
shift 2
memory=96 vcpus=1 disk=qcow2 nic=none more= initrd=initramfs probes=
while [ $# -gt 0 ]; do
    case $1 in
    --memory) memory=$2; shift 2 ;;
    --vcpus) vcpus=$2; shift 2 ;;
    --disk) disk=$2; shift 2 ;;
    --nic) nic=$2; shift 2 ;;
    --burn) more=bay.burn; shift ;;
    --probe)
        initrd=probe-initramfs more="rdinit=/probe-init bay.addresses=$2"
        probes="<serial type='unix'><source mode='bind' path='$dir/$name.probe'/><target port='1'/></serial>"
        shift 2
        ;;
    *) echo "guest-xml: unknown option $1" >&2; exit 2 ;;
    esac
done
[[ $name =~ ^bay-test-[a-z0-9-]+$ ]] || { echo "guest-xml: the name must start with bay-test-" >&2; exit 2; }

# A host that is busy makes a guest's kernel believe that its timer does not work, and panic: hence `no_timer_check`.

disks=
if [ "$disk" != none ]; then
    rm -f "$dir/$name.$disk"
    qemu-img create -q -f "$disk" "$dir/$name.$disk" 16M
    disks="<disk type='file' device='disk'><driver name='qemu' type='$disk'/><source file='$dir/$name.$disk'/><target dev='vda' bus='virtio'/></disk>"
fi
case $nic in
none) nics= ;;
ethernet) nics="<interface type='ethernet'><model type='virtio'/></interface>" ;;
default) nics="<interface type='network'><source network='default'/><model type='virtio'/></interface>" ;;
*) nics="<interface type='bridge'><source bridge='$nic'/><model type='virtio'/></interface>" ;;
esac

cat <<XML
<domain type='qemu'>
  <name>$name</name>
  <title>Test guest $name</title>
  <memory unit='MiB'>$memory</memory>
  <vcpu>$vcpus</vcpu>
  <os>
    <type arch='x86_64' machine='q35'>hvm</type>
    <kernel>$dir/kernel</kernel>
    <initrd>$dir/$initrd</initrd>
    <cmdline>console=ttyS0 quiet panic=1 no_timer_check $more</cmdline>
  </os>
  <features><acpi/><apic/></features>
  <on_crash>destroy</on_crash>
  <on_reboot>destroy</on_reboot>
  <devices>
    <emulator>/usr/bin/qemu-system-x86_64</emulator>
    $disks
    $nics
    <serial type='file'><source path='$dir/$name.log'/><target port='0'/></serial>
    $probes
    <memballoon model='virtio'/>
  </devices>
</domain>
XML

# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Machines for doctor: each function makes one in $tree, an empty directory that the
# caller has set, from a healthy one in which one thing is wrong.

: "${tree:=}"
release=6.1.0-test
lib=lib/modules/$release
ours=vfio_p2p_dmabuf

# write FILE TEXT
write()
{
	mkdir -p "$tree/$(dirname "$1")"
	printf '%s\n' "$2" >"$tree/$1"
}

# module FILE [-DNAME...]
module()
{
	local file=$tree/$lib/$1

	shift
	mkdir -p "$(dirname "$file")"
	gcc -c -o "$file" "$@" tests/doctor/module.S
}

# our_module [RELEASE [CRC]]
our_module()
{
	module updates/$ours.ko -DOURS -DVERMAGIC="\"${1:-$release}\"" \
		-DWANTED_CRC="${2:-0x12345678}"
}

index_modules()
{
	/sbin/depmod -b "$tree" $release 2>/dev/null
}

# Signed as the kernel's sign-file does it, but that the signature is none; by the
# older kind of it, which has the signer's name in clear.
sign()
{
	{
		printf 'Example key'
		printf 'signature'
		printf '\0\4\1\13\0\0\0\0\0\0\0\11'
		printf '~Module signature appended~\n'
	} >>"$tree/$lib/updates/$ours.ko"
}

load()
{
	write sys/module/$ours/srcversion 0123456789ABCDEF
	write sys/module/$ours/version 0.1.0
	write sys/module/$ours/parameters/exporter auto
	write sys/module/$ours/parameters/host_bridges "(null)"
	write dev/vfio-p2p-dmabuf ""
	chmod 666 "$tree/dev/vfio-p2p-dmabuf"
}

unload()
{
	rm -r "$tree/sys/module/$ours" "$tree/dev/vfio-p2p-dmabuf"
}

healthy()
{
	tests/cli/mktree tests/doctor/machine "$tree"
	write proc/sys/kernel/osrelease $release
	write proc/cmdline "root=UUID=0a1b2c3d ro password=hunter2 intel_iommu=on vfio_pci.ids=1234:5678"
	write proc/modules "vfio_pci_core 94208 2 vfio_p2p_dmabuf,vfio_pci, Live 0xffffffffc0a01000
secret_stuff 16384 0 - Live 0xffffffffc0b01000"
	write dev/kmsg \
		"6,100,25028677,-;vfio-pci 0000:01:00.0: BAR 0: can't reserve [mem 0xc0a1b2c3d-0xc0a1b3c3c 64bit] TLP Header: 40000001 c0a1b2c3"
	write boot/config-$release "CONFIG_DMA_SHARED_BUFFER=y
CONFIG_VFIO=m
CONFIG_VFIO_PCI_CORE=m
# CONFIG_PCI_P2PDMA is not set
CONFIG_SECRET=\"hunter2\""
	mkdir -p "$tree/$lib/build" "$tree/sys/class/iommu/dmar0"
	module kernel/vfio-pci-core.ko
	our_module
	index_modules
	load
	write dev/vfio/vfio ""
	write dev/vfio/2 ""
	chmod 666 "$tree/dev/vfio/vfio"
	chmod 600 "$tree/dev/vfio/2"
}

not_installed()
{
	healthy
	unload
	rm "$tree/$lib/updates/$ours.ko"
	index_modules
}

no_headers()
{
	not_installed
	rmdir "$tree/$lib/build"
}

# The index still has it.
removed_by_hand()
{
	healthy
	rm "$tree/$lib/updates/$ours.ko"
}

other_kernel()
{
	healthy
	unload
	our_module 6.1.0-other
}

other_vfio()
{
	healthy
	unload
	our_module $release 0x87654321
}

not_loaded()
{
	healthy
	unload
}

other_build()
{
	healthy
	write sys/module/$ours/srcversion FEDCBA9876543210
}

declared()
{
	healthy
	write sys/module/$ours/parameters/host_bridges 8086:29c0
}

strict()
{
	healthy
	unload
	write sys/kernel/security/lockdown "none [integrity] confidentiality"
}

unsigned()
{
	strict
}

signed_by_known()
{
	strict
	sign
	write proc/keys "1a2b3c4d I------ 1 perm 1f030000 0 0 asymmetri Example key: 0123: X509.rsa []"
}

signed_by_unknown()
{
	strict
	sign
	write proc/keys "1a2b3c4d I------ 1 perm 1f030000 0 0 asymmetri Other key: 0123: X509.rsa []"
}

enforced_and_loaded()
{
	healthy
	write sys/module/module/parameters/sig_enforce Y
}

secure_boot_without_lockdown()
{
	healthy
	write sys/kernel/security/lockdown "[none] integrity confidentiality"
	mkdir -p "$tree/sys/firmware/efi/efivars"
	printf '\6\0\0\0\1' >"$tree/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c"
}

no_iommu()
{
	healthy
	rm -r "$tree/sys/class/iommu"
}

intel_iommu_off()
{
	no_iommu
	write sys/firmware/acpi/tables/DMAR ""
}

amd_iommu_off()
{
	no_iommu
	write sys/firmware/acpi/tables/IVRS ""
}

without_iommu_on_purpose()
{
	no_iommu
	write sys/module/vfio/parameters/enable_unsafe_noiommu_mode Y
}

no_vfio()
{
	healthy
	rm -r "$tree/dev/vfio"
}

# rebind FUNCTION DRIVER
rebind()
{
	local function=$tree/sys/bus/pci/devices/$1

	mkdir -p "$tree/sys/bus/pci/drivers/$2"
	ln -sfnr "$tree/sys/bus/pci/drivers/$2" "$function/driver"
}

nothing_bound()
{
	healthy
	rebind 0000:01:00.0 nvme
}

spoilt_group()
{
	healthy
	rebind 0000:01:00.1 nvme
}

variant_driver()
{
	healthy
	rebind 0000:01:00.0 mlx5-vfio-pci
	mkdir -p "$tree/sys/bus/pci/devices/0000:01:00.0/vfio-dev/vfio0"
}

native()
{
	healthy
	unload
	write boot/config-$release "CONFIG_DMA_SHARED_BUFFER=y
CONFIG_VFIO_PCI_CORE=m
CONFIG_VFIO_PCI_DMABUF=y"
}

native_by_symbols()
{
	not_installed
	module kernel/vfio-pci-core.ko -DNATIVE
	rm "$tree/boot/config-$release"
}

no_core()
{
	healthy
	unload
	rm "$tree/$lib/kernel/vfio-pci-core.ko"
	index_modules
	write boot/config-$release "CONFIG_DMA_SHARED_BUFFER=y
# CONFIG_VFIO_PCI_CORE is not set"
}

no_dma_buf()
{
	healthy
	write boot/config-$release "CONFIG_VFIO_PCI_CORE=m
# CONFIG_DMA_SHARED_BUFFER is not set"
}

nothing_known()
{
	no_core
	rm "$tree/boot/config-$release"
}

# As a kernel with CONFIG_IKCONFIG_PROC has it
compress_config()
{
	gzip <"$tree/boot/config-$release" >"$tree/proc/config.gz"
	rm "$tree/boot/config-$release"
}

config_compressed()
{
	no_core
	compress_config
}

# What could be read of it says nothing of the rest.
config_cut_off()
{
	no_core
	compress_config
	truncate --size=-8 "$tree/proc/config.gz"
}

no_node()
{
	healthy
	rm "$tree/dev/vfio-p2p-dmabuf"
}

# Nobody may open them, least of all nobody.
no_rights()
{
	strict
	sign
	write dev/vfio-p2p-dmabuf ""
	chmod 000 "$tree/dev/vfio-p2p-dmabuf" "$tree/dev/vfio/vfio" \
		"$tree/dev/vfio/2"
}

# A site that gives it to a group; only root can do that, in a test as well.
no_rights_group()
{
	healthy
	chmod 660 "$tree/dev/vfio-p2p-dmabuf"
	chgrp daemon "$tree/dev/vfio-p2p-dmabuf"
}

# There is nothing wrong, as far as nobody can see.
no_rights_native()
{
	native
	write sys/kernel/security/lockdown "none [integrity] confidentiality"
	sign
}

export cases="healthy not_installed no_headers removed_by_hand other_kernel
	other_vfio not_loaded other_build declared unsigned signed_by_known
	signed_by_unknown enforced_and_loaded secure_boot_without_lockdown
	no_iommu intel_iommu_off amd_iommu_off without_iommu_on_purpose no_vfio
	nothing_bound spoilt_group variant_driver native native_by_symbols no_core
	no_dma_buf config_compressed config_cut_off nothing_known no_node no_rights
	no_rights_native no_rights_group"

# shellcheck shell=bash disable=SC2154 # build, root, what tap.sh sets
# SPDX-License-Identifier: GPL-2.0-only
#
# Boot a root of Debian, to be sourced after tap.sh and root.sh.  The machine has
# the disk of the root, and an ivshmem device behind a root port.

# boot_root SUITE: a root, with the packages of "make deb" in /mnt
boot_root()
{
	local suite=$1

	made deb || return
	root_base "$suite" || return
	root_mount "$suite" || return
	find "$build/deb" -name '*.deb' ! -name '*-dbgsym_*' ! -name '*-dev_*' \
		-exec cp {} "$root/mnt/" \;
	root_runs "$(cd "$root/lib/modules" && echo *-amd64)"
}

boot_install()
{
	root_apt update || return
	in_root sh -c 'apt-get -q -y install --no-install-recommends /mnt/*.deb'
}

# boot_image WORK SCRIPT: WORK/image, WORK/vmlinuz and WORK/initrd of the root, in
# which systemd runs SCRIPT with a file for its results, then switches off.
boot_image()
{
	local work=$1 unit=$root/etc/systemd/system/booted.service

	cp "$2" "$root/root/booted"
	cp tests/packages/booted.sh "$root/root/"
	cat >"$unit" <<-END
	[Unit]
	SuccessAction=poweroff
	FailureAction=poweroff
	[Service]
	Type=oneshot
	ExecStart=/root/booted /dev/ttyS1
	END
	mkdir -p "${unit%/*}/multi-user.target.wants"
	ln -s ../booted.service "${unit%/*}/multi-user.target.wants/"
	echo '/dev/vda / ext4 defaults 0 1' >"$root/etc/fstab"
	cp "$root"/boot/vmlinuz-* "$work/vmlinuz"
	cp "$root"/boot/initrd.img-* "$work/initrd"
	umount "$root/bin/uname" || return
	umount -R -l "$root"/{dev,sys,proc,run,mnt} || return
	mkfs.ext4 -q -d "$root" "$work/image" 4G
}

# boot_qemu WORK ARGUMENT...
boot_qemu()
{
	local work=$1

	shift
	timeout --kill-after=5 "${BOOT_LIMIT:-900}" qemu-system-x86_64 \
		-accel tcg,thread=single -cpu EPYC -smp 1 -m 1G \
		-nodefaults -no-user-config -no-reboot -display none \
		-kernel "$work/vmlinuz" -initrd "$work/initrd" \
		-append "root=/dev/vda console=ttyS0 no_timer_check intel_iommu=on" \
		-serial "file:$work/console" -serial "file:$work/results" \
		-drive "file=$work/image,format=raw,if=none,id=disk" \
		-device intel-iommu -device virtio-blk-pci,drive=disk \
		-object memory-backend-ram,id=ram,size=16M,share=on \
		-device pcie-root-port,id=rp0,chassis=1 \
		-device ivshmem-plain,bus=rp0,memdev=ram "$@" </dev/null
}

# boot_results WORK: what the machine has said are results of this test.
boot_results()
{
	local ok nr rest

	while read -r ok nr rest; do
		case $ok in
		ok)	tap_result ok "${rest#- }" ;;
		not)	tap_result "not ok" "${rest#* - }" ;;
		'#')	echo "# $nr $rest" ;;
		esac
	done < <(tr -d '\r' <"$1/results")
	[ "$tap_failed" -eq 0 ] || tail -n 30 "$1/console" | sed 's/^/# /'
	rm -f "$1/image"
}

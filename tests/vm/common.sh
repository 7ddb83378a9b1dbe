# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# Paths and helpers that the scripts of the VM rig share.

vm_dir=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
top=$(cd "$vm_dir/../.." && pwd)
build=${BUILD:-$top/build}
export vm_dir top build

die()
{
	printf '%s: %s\n' "${0##*/}" "$*" >&2
	exit 2
}

need()
{
	local tool

	for tool; do
		PATH=$PATH:/usr/sbin:/sbin command -v "$tool" >/dev/null ||
			die "$tool is missing; see tests/vm/README for packages"
	done
}

# The release of an unpacked kernel line, as fetch-kernel left it.
kernel_release()
{
	local file=$build/kernels/$1/release

	[ -r "$file" ] || die "kernel $1 is not there; run tests/vm/fetch-kernel $1"
	cat "$file"
}

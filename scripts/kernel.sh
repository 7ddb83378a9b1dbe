# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The kernels that the project is tested on, for other scripts.  They run in the
# top directory and have set build, an absolute path.

# stock kernels of Debian 12
export kernel_lines="6.1 6.12"
# those of Debian 13's backports; the mirror may have them no more
export kernel_backports="7.2 7.3"
# with Debian 13's own, which is 6.12 as well
export kernel_trixie="6.12-deb13 $kernel_backports"
# built from Debian's sources, with the configurations in tests/kernels
export kernel_flavours="6.1-p2p 6.1-nop2p 6.1-novfio 6.12-p2p 6.12-nop2p
	6.12-novfio 7.3-p2p 7.3-nop2p 7.3-novfio"
export kernel_debug="6.1-debug 6.12-debug 7.3-debug"
# compared with Linux 7.3's own exporter; see tests/vm/differential
export kernel_differential="7.3 7.2:native 7.2 6.12 6.12-deb13 6.1 7.3-p2p:native
	7.3-p2p 6.12-p2p 6.1-p2p"
# tests of the plan that show in a minute whether a kernel will do
export kernel_quick="smoke test_importer_selftest test_abi test_data
	test_native test_cdev"

# kernel_is_ours KERNEL: it is built from source
kernel_is_ours()
{
	[ -e "tests/kernels/${1#*-}.config" ]
}

# Those of the self-built kernels that are there
kernel_built()
{
	local kernel

	for kernel in $kernel_flavours; do
		[ ! -e "${build:?}/kernels/$kernel/release" ] || echo "$kernel"
	done
}

# kernel_get KERNEL: build or fetch it; the status is 77, with a sentence, if
# Debian has it no more.
kernel_get()
{
	if kernel_is_ours "$1"; then
		scripts/install-deps kernel && tests/vm/build-kernel "$1"
	else
		tests/vm/fetch-kernel "$1"
	fi
}

# kernel_make KERNEL TARGET... [VARIABLE=value...]: make for a fetched or built
# kernel.  Headers of Debian 13 need its compiler and libraries, too.
kernel_make()
{
	local dir=${build:?}/kernels/$1
	local release command=("${MAKE:-make}")

	release=$(cat "$dir/release")
	[ ! -e "$dir/tool-root" ] || command=(tests/vm/tool-root make)
	shift
	BUILD=$build "${command[@]}" --no-print-directory "BUILD=$build" \
		"KVER=$release" "KDIR=$dir/kdir" "$@"
}

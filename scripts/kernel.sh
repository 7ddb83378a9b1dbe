# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The kernels that the project is tested on, for other scripts.  They run in the
# top directory and have set build, an absolute path.

# stock kernels of Debian 12
export kernel_lines="6.1 6.12"
# those of Debian 13 and its backports; the mirror may have them no more
export kernel_trixie="6.12-deb13 7.2 7.3"
# built from Debian's sources, with the configurations in tests/kernels
export kernel_flavours="6.12-p2p 6.12-nop2p 6.12-novfio 6.1-p2p 6.1-nop2p
	6.1-novfio 7.3-p2p 7.3-nop2p 7.3-novfio"
export kernel_debug="6.12-debug 6.1-debug 7.3-debug"

# kernel_make LINE TARGET... [VARIABLE=value...]: make for a fetched or built
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

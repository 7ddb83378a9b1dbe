# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The two kernel lines that the project is tested on, for other scripts.
# They run in the top directory and have set build, an absolute path.

export kernel_lines="6.1 6.12"

# kernel_make LINE TARGET... [VARIABLE=value...]: make for a fetched kernel
kernel_make()
{
	local dir=${build:?}/kernels/$1
	local release

	release=$(cat "$dir/release")
	shift
	"${MAKE:-make}" --no-print-directory "BUILD=$build" \
		"KVER=$release" "KDIR=$dir/kdir" "$@"
}

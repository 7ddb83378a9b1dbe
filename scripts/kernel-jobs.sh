# shellcheck shell=bash disable=SC2154 # kernels, logs
# SPDX-License-Identifier: GPL-2.0-only
#
# Get kernels and check them, in the background.  For scripts/check, which sets
# kernels and logs, and has get_kernel() and check_kernel().

# Kernels are fetched and built one after the other, while earlier ones are
# tested: builds need the processor, tests mostly wait.  Job control gives each
# job a process group, so that all of it can be stopped.
declare -A getting=()
get_kernels()
{
	local kernel previous=

	set -m
	for kernel in $kernels; do
		{
			[ -z "$previous" ] || tail --pid="$previous" -f /dev/null
			get_kernel "$kernel"
		} >"$logs/$kernel-kernel.log" 2>&1 </dev/null &
		previous=$!
		getting[$kernel]=$previous
	done
	set +m
}

# Their status is for start_kernel().
wait_for_builds()
{
	local pid

	for pid in "${getting[@]}"; do
		tail --pid="$pid" -f /dev/null
	done
}

stop_jobs()
{
	local group

	for group in $(jobs -p); do
		kill -- "-$group" 2>/dev/null || :
	done
}

# Check one kernel in the background: its output, and its numbers, into files.
declare -A checking=()
start_kernel()
{
	local kernel=$1 rc=0

	wait "${getting[$kernel]}" || rc=$?
	echo "# $kernel: begun"
	set -m
	{
		passed=0 failed=0 skipped=0
		check_kernel "$kernel" "$rc"
		echo "$passed $failed $skipped" >"$logs/$kernel.counts"
	} >"$logs/$kernel.out" 2>&1 </dev/null &
	checking[$!]=$kernel
	set +m
}

# Wait for one of them, and show its output.
finish_kernel()
{
	local pid kernel rc=0 counts

	wait -n -p pid "${!checking[@]}" || rc=$?
	kernel=${checking[$pid]}
	unset "checking[$pid]"
	cat "$logs/$kernel.out"
	if [ "$rc" -eq 0 ]; then
		read -ra counts <"$logs/$kernel.counts"
		count "${counts[@]}"
	else
		not_ok "$kernel: its check broke off"
	fi
}

# Two at a time: the VMs are idle for most of the time.  Those of debug kernels are
# not: one at a time, and when nothing is built any more.
check_kernels()
{
	local kernel at_once=2

	if [[ $kernels = *-debug* ]]; then
		at_once=1
		wait_for_builds
	fi
	for kernel in $kernels; do
		[ ${#checking[@]} -lt $at_once ] || finish_kernel
		start_kernel "$kernel"
	done
	while [ ${#checking[@]} -gt 0 ]; do
		finish_kernel
	done
}

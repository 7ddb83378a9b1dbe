# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# TAP for shell scripts, to be sourced.  check runs a command and makes a result
# of its exit status; what it prints is shown if it fails.

tap_count=0
tap_failed=0

tap_plan()
{
	tap_planned=$1
	echo "1..$1"
}

tap_result()
{
	tap_count=$((tap_count + 1))
	echo "$1 $tap_count - $2"
	[ "$1" = ok ] || tap_failed=$((tap_failed + 1))
}

# check NAME COMMAND...
check()
{
	local name=$1 output

	shift
	if output=$("$@" 2>&1); then
		tap_result ok "$name"
	else
		tap_result "not ok" "$name"
		tail -n 40 <<<"$output" | sed 's/^/# /'
	fi
}

# skip NAME REASON
skip()
{
	tap_result ok "$1 # SKIP $2"
}

# The exit status of the script: did all pass, and as many as planned?
tap_end()
{
	[ "$tap_count" -eq "$tap_planned" ] ||
		echo "# $tap_planned planned, $tap_count run"
	[ "$tap_failed" -eq 0 ] && [ "$tap_count" -eq "$tap_planned" ]
}

# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-only
#
# For scripts that run in a booted machine, to be sourced.
count=0

# check NAME COMMAND...
check()
{
	name=$1
	shift
	count=$((count + 1))
	if output=$("$@" 2>&1); then
		echo "ok $count - $name"
	else
		echo "not ok $count - $name"
		printf '%s\n' "$output" | sed 's/^/# /'
	fi
}

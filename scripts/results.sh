# shellcheck shell=bash disable=SC2154 # logs
# SPDX-License-Identifier: GPL-2.0-only
#
# Count the results of a run of many steps.  For scripts/check, which sets logs,
# a directory.  Whatever ends the run, "N passed, N failed" is its last line.

passed=0
failed=0
skipped=0
complete=

count()
{
	passed=$((passed + $1))
	failed=$((failed + $2))
	skipped=$((skipped + $3))
}

ok()
{
	echo "ok - $*"
	count 1 0 0
}

not_ok()
{
	echo "not ok - $*"
	count 0 1 0
}

# skip NAME REASON
skip()
{
	echo "ok - $1 # SKIP $2"
	count 0 0 1
}

# What comes before the totals; scripts/check has more to say.
before_totals()
{
	:
}

totals()
{
	trap - EXIT
	[ -n "$complete" ] || not_ok "the run broke off"
	[ $((passed + failed)) -ne 0 ] || not_ok "nothing was run"
	echo
	before_totals
	[ "$skipped" -eq 0 ] || echo "$skipped skipped, see $logs"
	echo "$passed passed, $failed failed"
	[ "$failed" -eq 0 ] || exit 1
}
trap totals EXIT
trap 'exit 1' INT TERM

# logged NAME COMMAND...: leaves the output in a log, passes the status on
logged()
{
	local log=$logs/$1.log rc=0

	echo "# $1"
	shift
	"$@" >"$log" 2>&1 </dev/null || rc=$?
	return $rc
}

# result NAME COMMAND...: one result; the end of the log if it failed
result()
{
	if logged "$@"; then
		ok "$1"
		return
	fi
	tail -n 40 "$logs/$1.log"
	not_ok "$1 (see $logs/$1.log)"
	return 1
}

# must NAME COMMAND...: no result unless it fails; then the rest cannot run
must()
{
	logged "$@" && return
	tail -n 40 "$logs/$1.log"
	not_ok "$1 (see $logs/$1.log)"
	complete=1
	exit 1
}

# tests NAME COMMAND...: the results that the command prints; sets
# test_passed, test_failed and test_skipped
# shellcheck disable=SC2034 # read by scripts/check
tests()
{
	local name=$1 log=$logs/$1.log rc=0

	shift
	echo "# $name"
	"$@" </dev/null 2>&1 | tee "$log" || rc=$?
	read -r test_passed test_failed test_skipped \
		<<<"$(scripts/count-results "$log")"
	if [ "$rc" -ne 0 ] && [ "$test_failed" -eq 0 ]; then
		echo "not ok - $name: exit status $rc"
		test_failed=1
	elif [ $((test_passed + test_failed + test_skipped)) -eq 0 ]; then
		echo "not ok - $name: no test ran"
		test_failed=1
	fi
	count "$test_passed" "$test_failed" "$test_skipped"
}

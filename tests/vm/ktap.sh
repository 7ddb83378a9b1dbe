# shellcheck shell=bash disable=SC2034 # results are read by run
# SPDX-License-Identifier: GPL-2.0-only
# To be sourced by run: turn what a guest reports (see guest/init) into KTAP.
# Each test is one line of the result, its own TAP output is nested below.

number=0		# of the last line of the result
failed_tests=
cases_passed=0
cases_failed=0
cases_skipped=0
ended=()		# names of the tests that came to their end
current=		# the test that is running
end_seen=		# all tests ended, the guest is cleaning up
done_seen=
vm_problems=0

ktap_begin_test()
{
	current=$1
	planned=-1
	ok=0
	not_ok=0
	skipped=0
	problems=0
	skip_all=
	echo "    # test $1"
}

ktap_problem()
{
	echo "    # problem: $1"
	if [ -n "$current" ]; then
		problems=$((problems + 1))
	else
		vm_problems=$((vm_problems + 1))
	fi
}

# A line that a test printed.
ktap_test_line()
{
	# cmocka's way to say that a case was skipped
	if [[ $1 =~ ^not\ (ok\ [0-9]+\ \#\ SKIP.*) ]]; then
		set -- "${BASH_REMATCH[1]}"
	fi
	case $1 in
	"")
		return 0 ;;
	1..[0-9]*)
		planned=${1#1..}
		[[ $planned != *SKIP* ]] || skip_all=" # SKIP ${planned#*SKIP}"
		planned=${planned%%[!0-9]*} ;;
	"ok "*"# SKIP"*)
		skipped=$((skipped + 1)) ;;
	"ok "*)
		ok=$((ok + 1)) ;;
	"not ok "*)
		not_ok=$((not_ok + 1)) ;;
	"Bail out!"*)
		problems=$((problems + 1)) ;;
	esac
	echo "    $1"
}

# Name and verdict of one test: "ok" or "not ok".
ktap_verdict()
{
	local verdict=$1 name=$2 note=${3:-}

	[ "$verdict" = ok ] || failed_tests=1
	number=$((number + 1))
	echo "$verdict $number $name$note"
}

# Has the current test reported as many cases as it planned?
ktap_check_plan()
{
	local reported=$((ok + not_ok + skipped))

	if [ "$planned" = -1 ]; then
		ktap_problem "no test plan"
	elif [ "$planned" != $reported ]; then
		ktap_problem "$planned cases planned, $reported reported"
	elif [ "$planned$skip_all" = 0 ]; then
		ktap_problem "no cases"
	fi
}

# ktap_end_test NAME STATUS SECONDS
ktap_end_test()
{
	[ "$2" = 0 ] || ktap_problem "exit status $2"
	[ -n "${raw:-}" ] || ktap_check_plan
	# What is no case's fault counts as one more failed case.
	cases_passed=$((cases_passed + ok))
	cases_skipped=$((cases_skipped + skipped + (planned == 0)))
	cases_failed=$((cases_failed + not_ok + (problems > 0 && !not_ok)))
	if [ $((not_ok + problems)) = 0 ]; then
		ktap_verdict ok "$1" "${skip_all:- # $ok cases, $3 s}"
	else
		ktap_verdict "not ok" "$1" " # $3 s"
	fi
	ended+=("$1")
	current=
}

# A test that has begun, or should have, and has no end.
ktap_no_end()
{
	cases_failed=$((cases_failed + 1))
	ktap_verdict "not ok" "$1" " # $2"
}

ktap_line()
{
	# shellcheck disable=SC2086 # name, status, seconds
	case $1 in
	"@@begin "*)		ktap_begin_test "${1#@@begin }" ;;
	"@@problem "*)		ktap_problem "${1#@@problem }" ;;
	"@@end "*)		ktap_end_test ${1#@@end } ;;
	"@@end-of-tests")	end_seen=1 ;;
	"@@done")		done_seen=1 ;;
	*)			[ -z "$current" ] || ktap_test_line "$1" ;;
	esac
}

ktap_totals()
{
	local skips=

	[ "$cases_skipped" = 0 ] || skips=", $cases_skipped skipped"
	echo "# totals: $cases_passed passed, $cases_failed failed$skips"
}

# ktap_finish TEST...: the tests that were asked for
ktap_finish()
{
	local name

	if [ -n "$current" ]; then
		ktap_no_end "$current" "did not end"
		ended+=("$current")
		current=
	fi
	for name; do
		[[ " ${ended[*]} " == *" $name "* ]] ||
			ktap_no_end "$name" "did not run"
	done
}

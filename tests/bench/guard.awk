# SPDX-License-Identifier: GPL-2.0-only
# Rows "ROW COUNT MEDIAN" of a first file, the baseline, against those of a second.
# With -v tolerance=PERCENT

/^#/ || $1 == "kernel" { next }

FNR == NR {
	base[$1 " " $2] = $3
	next
}

{
	key = $1 " " $2
	if (!(key in base)) {
		printf "not ok - %s: not in the baseline\n", key
		failed = 1
		next
	}
	change = ($3 - base[key]) / base[key] * 100
	bad = change > tolerance
	failed = failed || bad
	printf "%s - %s: %d, baseline %d, %+.1f %%%s\n",
		bad ? "not ok" : "ok", key, $3, base[key], change,
		change < -tolerance ? ": better, renew it" : ""
	delete base[key]
}

END {
	for (key in base) {
		printf "not ok - %s: was not measured\n", key
		failed = 1
	}
	exit failed
}

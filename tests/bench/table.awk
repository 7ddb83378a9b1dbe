# SPDX-License-Identifier: GPL-2.0-only
# "bench WHO ROW COUNT MEDIAN MIN MAX SAMPLES" to a table.  The first column is what
# ours is to be measured by: the kernel's own, or what there was without the module.

function cell(who, key)
{
	return (who, key) in median ? median[who, key] : "-"
}

function ratio(a, b)
{
	return a == "-" || b == "-" || b == 0 ? "-" : sprintf("%.2f", a / b)
}

$1 == "bench" && NF == 8 {
	key = sprintf("%-24s %11s", $3, $4)
	if (!(key in seen)) {
		seen[key] = 1
		order[++rows] = key
	}
	median[$2 == "without" ? "native" : $2, key] = $5
	spread = $6 ? ($7 - $6) / $6 * 100 : 0
	if (spread > widest)
		widest = spread
}

END {
	format = "%-36s %12s %12s %12s %10s %10s\n"
	printf format, sprintf("%-24s %11s", "row", "count"), "native or",
		"own", "floor", "own", "own"
	printf format, "", "without", "", "", "/native", "/floor"
	for (i = 1; i <= rows; i++) {
		key = order[i]
		native = cell("native", key)
		own = cell("own", key)
		floor = cell("floor", key)
		printf format, key, native, own, floor, ratio(own, native),
			ratio(own, floor)
	}
}

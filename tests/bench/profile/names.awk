# SPDX-License-Identifier: GPL-2.0-only
# A first file of "ADDRESS NAME", sorted, with "bench profiled TIMES", and a second
# of "ADDRESS INSTRUCTIONS", sorted: instructions a time by function, most first.
# All addresses have 16 digits, so that they compare as text.

FNR == 1 { file++ }

file == 1 && $1 == "bench" && $2 == "profiled" { times = $3 }

file == 1 && $1 ~ /^[0-9a-f]+$/ && length($1) == 16 {
	address[++symbols] = $1 ""
	name[symbols] = $2
}

file == 2 {
	while (at < symbols && address[at + 1] <= $1 "")
		at++
	where = $1 "" < "8" ? "(user space)" : at ? name[at] : $1
	sum[where] += $2
	total += $2
}

END {
	for (where in sum)
		printf "%10.1f %5.1f %%  %s\n", sum[where] / times,
			sum[where] / total * 100, where | "sort -rn"
	close("sort -rn")
	printf "%10.1f         all\n", total / times
}

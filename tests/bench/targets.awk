# SPDX-License-Identifier: GPL-2.0-only
# "bench WHO ROW COUNT MEDIAN ..." of a kernel that has dma-bufs of its own: what
# was wanted, what is, and whether that is met, to two decimals.

function own(row, count)
{
	return cost["own", row, count]
}

function ratio(row, count)
{
	return own(row, count) / cost["native", row, count]
}

# The names and counts of LIST, separated by blanks, as "name:count"
function worst(list,    n, i, field, names, value)
{
	value = 0
	n = split(list, names, " ")
	for (i = 1; i <= n; i++) {
		split(names[i], field, ":")
		if (!(("own", field[1], field[2]) in cost) ||
		    !(("native", field[1], field[2]) in cost))
			continue
		if (ratio(field[1], field[2]) > value) {
			value = ratio(field[1], field[2])
			where = names[i]
		}
	}
	return value
}

function say(value, limit, text)
{
	value = sprintf("%.2f", value)
	printf "%-7s %7s  %6.2f  %s\n", value + 0 <= limit ? "met" : "missed",
		value, limit, text
}

function say_worst(list, limit, text)
{
	where = ""
	value = worst(list)
	if (where != "")
		say(value, limit, text " (" where ")")
}

# By what one more costs between MIDDLE and LAST, as against up to MIDDLE
function say_linear(row, first, middle, last, text,    before, after)
{
	if (!(("own", row, last) in cost))
		return
	before = (own(row, middle) - own(row, first)) / (middle - first)
	after = (own(row, last) - own(row, middle)) / (last - middle)
	say(after / before, 1.1, text " (" row ")")
}

$1 == "bench" && NF == 8 {
	cost[$2 == "without" ? "native" : $2, $3, $4] = $5
}

END {
	printf "%-7s %7s  %6s  %s\n", "", "is", "wanted", "own/native"
	say_worst("export-gaps:1", 1, "export of one range")
	split("map-iommu map-identity map-bus " \
	      "unmap-iommu unmap-identity unmap-bus", ways, " ")
	for (i = 1; i in ways; i++) {
		list = ways[i] "-size:4096 " ways[i] "-size:2097152 " \
			ways[i] "-size:1073741824 "
		say_worst(list, 1, "one range of up to 1 GiB")
		say_worst(ways[i] "-size:17179869184", 1, "one range of 16 GiB")
	}
	say_worst("revoke-importers:1", 1, "revoke, one importer")
	say_worst("restore-importers:1", 1, "restore, one importer")
	say_worst("export-adjacent:4096", 0.25, "export of 4,096 neighbours")
	say_worst("map-identity-adjacent:4096 map-bus-adjacent:4096", 0.25,
		"map of 4,096 neighbours")
	say_worst("unmap-identity-adjacent:4096", 0.25,
		"unmap of 4,096 neighbours")
	print ""
	printf "%-7s %7s  %6s  %s\n", "", "is", "wanted",
		"one more of many, as against one more of few"
	say_linear("export-gaps", 1, 4096, 65536, "a range of an export")
	say_linear("map-iommu-gaps", 1, 4096, 65536, "a range of a map")
	say_linear("map-identity-gaps", 1, 4096, 65536, "a range of a map")
	say_linear("map-bus-gaps", 1, 4096, 65536, "a range of a map")
	say(own("export-live", 4096) / own("export-live", 1), 1.01,
		"an export, 4,096 dma-bufs live as against one")
	say_linear("revoke-importers", 1, 16, 256,
		"an importer that a revoke takes access from")
	print ""
	printf "%-7s %7s  %6s  %s\n", "", "is", "wanted",
		"others, with the module as against without"
	split("config-read config-write bar-read bar-write device-info " \
	      "region-info feature-probe", others, " ")
	for (i = 1; i in others; i++)
		say_worst(others[i] ":16", 1.01, "16 calls")
	say_worst("open-close:1", 1.01, "open and close")
	say_worst("bar-mmap:16", 1.01, "mmap, touch and munmap of a page")
	say_worst("mapped-access:16", 1, "access to mapped memory")
	print ""
	printf "%-7s %7s  %6s  %s\n", "", "is", "wanted", "memory, own/native"
	say_worst("bytes-export:1", 1, "of an export of one range")
	say_worst("bytes-range:1", 1, "of a range")
}

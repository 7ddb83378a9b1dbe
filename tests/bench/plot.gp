# SPDX-License-Identifier: GPL-2.0-only
# With rows, kernel and output set: what things cost by how many there are.
set terminal svg size 1000,800 font "sans-serif,12" background "white"
set output output
set multiplot layout 2,2 title "Instructions on Linux ".kernel
set logscale xy
set format x "%.0f"
set format y "10^{%T}"
set key top left
set grid

of(who, row) = "< awk '$2 == \"".who."\" && $3 == \"".row."\" && $4 > 0 { print $4, $5 }' ".rows

set title "export and close, ranges with gaps"
set xlabel "ranges"
plot for [who in "native own floor"] of(who, "export-gaps") \
	with linespoints title who

set title "map, ranges with gaps, identity domain"
plot for [who in "native own floor"] of(who, "map-identity-gaps") \
	with linespoints title who

set title "revoke"
set xlabel "importers that have it mapped"
plot for [who in "native own floor"] of(who, "revoke-importers") \
	with linespoints title who

set title "one more export and close"
set xlabel "live dma-bufs of the device"
set yrange [1000:100000]
plot for [who in "native own floor"] of(who, "export-live") \
	with linespoints title who
unset multiplot

# SPDX-License-Identifier: MIT
# Rows: latency, low, high, top-1 in percent, low, high, colour, label, x and y of the label, its
# alignment (-1: ends there, 1: begins there), x and y where a line to the label ends.
set xrange [xmin : xmax]
set yrange [ymin : ymax]
if (logarithmic) { set logscale x }
set xlabel "median latency, ms (left is better)"
set ylabel "top-1, % (up is better)"
plot $data using 1:4:($12 - $1):($13 - $4) with vectors nohead lc rgb "#8894a7" lw 0.7 notitle, \
  $data using 1:4:2:3:5:6:7 with xyerrorbars pt -1 lw 1.3 lc rgb variable notitle, \
  $data using 1:4:7 with points pt 7 ps 1.3 lc rgb variable notitle, \
  $data using ($11 > 0 ? $9 : NaN):10:8 with labels left notitle, \
  $data using ($11 < 0 ? $9 : NaN):10:8 with labels right notitle, \
  for [i = 1 : words(names)] NaN with points pt 7 ps 1.3 lc rgb word(colours, i) title word(names, i)

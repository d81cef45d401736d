# SPDX-License-Identifier: MIT
# Rows: y of the bar, ratio, low, high, colour, text beside the bar, y of the group, its label (empty
# but for the first bar of a group).
set yrange [rows : 0]
set xrange [0 : xmax]
set xlabel "time / time of the baseline (above 1: the baseline is faster), with its 95 % interval"
set ytics scale 0 nomirror
set grid noytics xtics
set arrow from 1, graph 0 to 1, graph 1 nohead lc rgb "black" lw 1.4 front
plot $data using 2:1:(0):2:($1 - 0.42):($1 + 0.42):5 with boxxyerror lc rgb variable notitle, \
  $data using 2:1:3:4 with xerrorbars pt -1 lc "black" lw 1.2 notitle, \
  $data using ($4 > 1 ? $4 : $4 > 0.6 ? 1 : $4):1:6 with labels left offset 0.8,0 font "Helvetica,11" notitle, \
  $data using (strlen(strcol(8)) > 0 ? 0 : NaN):7:ytic(8) with points pt -1 notitle

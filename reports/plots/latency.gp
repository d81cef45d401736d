# SPDX-License-Identifier: MIT
# Rows: y, label, median, low, high, colour, value as text. Bars from 0 while they can be compared
# by length; when `logarithmic`, points, because a bar has no honest start on a logarithmic axis.
set yrange [rows - 0.4 : -0.6]
set xlabel "median latency, ms, with its 95 % confidence interval"
unset ytics
set ytics scale 0 nomirror
set grid noytics xtics
if (logarithmic) {
  set logscale x
  set xrange [xmin : xmax]
  plot $data using 3:1:6:ytic(2) with points pt 7 ps 1.1 lc rgb variable notitle, \
    $data using 3:1:4:5 with xerrorbars pt -1 lc "black" lw 1.2 notitle, \
    $data using 5:1:7 with labels left offset 1,0 notitle, \
    for [i = 1 : words(names)] NaN with points pt 7 ps 1.1 lc rgb word(colours, i) title word(names, i)
} else {
  set xrange [0 : xmax]
  plot $data using 3:1:(0):3:($1 - 0.36):($1 + 0.36):6:ytic(2) with boxxyerror lc rgb variable notitle, \
    $data using 3:1:4:5 with xerrorbars pt -1 lc "black" lw 1.2 notitle, \
    $data using 5:1:7 with labels left offset 1,0 notitle, \
    for [i = 1 : words(names)] NaN with boxes lc rgb word(colours, i) title word(names, i)
}

# SPDX-License-Identifier: MIT
# Rows: y, label, file size in MiB, weights in MiB, colour, value as text.
set yrange [rows - 0.4 : -0.6]
set xrange [0 : xmax]
set xlabel "size of the model file, MiB"
set ytics scale 0 nomirror
set grid noytics xtics
plot $data using 3:1:(0):3:($1 - 0.36):($1 + 0.36):5:ytic(2) with boxxyerror lc rgb variable notitle, \
  $data using 3:1:6 with labels left offset 1,0 notitle, \
  for [i = 1 : words(names)] NaN with boxes lc rgb word(colours, i) title word(names, i)

# SPDX-License-Identifier: MIT
# Rows: what (0: an op, 1: a roof of the arithmetic, 2: a slope of the memory), x, y, x and y of the end
# of a line, colour, label.
set logscale xy
set xrange [xmin : xmax]
set yrange [ymin : ymax]
set xlabel "arithmetic intensity: multiply-accumulates a byte (each tensor once)"
set ylabel "GMAC/s"
set grid noytics noxtics
plot $data using ($1 == 1 ? $2 : NaN):3:($4 - $2):($5 - $3) with vectors nohead lc rgb "#334155" lw 1.6 notitle, \
  $data using ($1 == 2 ? $2 : NaN):3:($4 - $2):($5 - $3) with vectors nohead lc rgb "#8894a7" lw 1.2 notitle, \
  $data using ($1 == 1 ? $2 : NaN):3:7 with labels left offset 0.5,0.6 notitle, \
  $data using ($1 == 2 ? $2 : NaN):3:7 with labels left offset 0.3,1.4 font "Helvetica,11" notitle, \
  $data using ($1 == 0 ? $2 : NaN):3:6 with points pt 7 ps 0.55 lc rgb variable notitle, \
  for [i = 1 : words(names)] NaN with points pt 7 ps 1.1 lc rgb word(colours, i) title word(names, i)

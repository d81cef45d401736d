# SPDX-License-Identifier: MIT
# Rows: y, label, peak in MiB until the end of each phase (each at least the one before), value as
# text. What a phase adds to the peak is its piece of the bar.
set yrange [rows - 0.4 : -0.6]
set xrange [0 : xmax]
set xlabel "peak resident memory of the process, MiB"
set ytics scale 0 nomirror
set grid noytics xtics
names = "program load plan first steady"
colours = "#b6bfcb #8b95f5 #3b82f6 #f59e0b #ef6a5a"
plot $data using 3:1:(0):3:($1 - 0.36):($1 + 0.36):ytic(2) with boxxyerror lc rgb word(colours, 1) title word(names, 1), \
  for [i = 2 : 5] $data using i + 2:1:(column(i + 1)):(column(i + 2)):($1 - 0.36):($1 + 0.36) \
    with boxxyerror lc rgb word(colours, i) title word(names, i), \
  $data using 7:1:8 with labels left offset 1,0 notitle

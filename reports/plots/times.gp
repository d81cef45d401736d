# SPDX-License-Identifier: MIT
# Rows: y, label, end of each piece in per cent of the inference, begin and end of what the device
# says, value as text.
set yrange [rows - 0.4 : -0.6]
set xrange [0 : xmax]
set xlabel "share of the inference, %"
set ytics scale 0 nomirror
set grid noytics xtics
names = "upload enqueue wait download rest other"
colours = "#06b6d4 #f59e0b #3b82f6 #10b981 #8b95f5 #b6bfcb"
plot $data using 3:1:(0):3:($1 - 0.36):($1 + 0.36):ytic(2) with boxxyerror lc rgb word(colours, 1) title word(names, 1), \
  for [i = 2 : 6] $data using i + 2:1:(column(i + 1)):(column(i + 2)):($1 - 0.36):($1 + 0.36) \
    with boxxyerror lc rgb word(colours, i) title word(names, i), \
  $data using 9:1:9:10:($1 - 0.08):($1 + 0.08) with boxxyerror lc rgb "#111827" title "device", \
  $data using 8:1:11 with labels left offset 1,0 notitle

# SPDX-License-Identifier: MIT
# What every plot shares. `width`, `height` and the edges of the drawing area, `left`, `right`,
# `top` and `bottom`, are pixels and stand in front of this text; so does the data, as $data.
set encoding utf8
set terminal svg size width,height noenhanced font "Helvetica,13" name "plot"
set datafile separator tab
set datafile commentschars ""
set lmargin at screen left / (1.0 * width)
set rmargin at screen right / (1.0 * width)
set tmargin at screen 1 - top / (1.0 * height)
set bmargin at screen bottom / (1.0 * height)
set border 0
set tics scale 0
set grid lc rgb "#8894a7" dt solid lw 0.4
set key at screen (right - 4) / (1.0 * width), 1 - 2 / (1.0 * height) \
  right top horizontal reverse Left samplen 1.2
set format "%g"
set style fill solid 1.0 noborder

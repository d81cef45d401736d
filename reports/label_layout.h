// SPDX-License-Identifier: MIT
//
// Where the labels of a scatter plot go, so that they cover neither each other nor the points.
#ifndef LITMARK_REPORTS_LABEL_LAYOUT_H_
#define LITMARK_REPORTS_LABEL_LAYOUT_H_

/// Pixels; y grows downwards.
typedef struct lm_box {
  double left, top, right, bottom;
} lm_box;

typedef struct lm_placed_label {
  double x, y;              ///< in: the point. The extent of its whiskers is in `whiskers`.
  lm_box whiskers;          ///< in: left and right end of one, top and bottom of the other
  double width;             ///< in: of the text
  double label_x, label_y;  ///< out: where the text begins or ends, vertically centred
  int align;                ///< out: 1 the text begins at label_x, -1 it ends there
  int needs_line;           ///< out: the text stands far from its point
} lm_placed_label;

/// Greedy, in the order given: every label takes the place around its point that covers least.
void lm__label_layout(lm_placed_label* labels, int count, lm_box area);

#endif  // LITMARK_REPORTS_LABEL_LAYOUT_H_

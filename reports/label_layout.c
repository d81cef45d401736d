// SPDX-License-Identifier: MIT
#include "label_layout.h"

#include <math.h>

#define HALF_HEIGHT 8.0
#define POINT_RADIUS 6.0
#define GAP 11.0

static double overlap(lm_box a, lm_box b) {
  const double w = fmin(a.right, b.right) - fmax(a.left, b.left);
  const double h = fmin(a.bottom, b.bottom) - fmax(a.top, b.top);
  return w > 0 && h > 0 ? w * h : 0;
}

static lm_box text_box(double x, double y, double width, int align) {
  const double left = align > 0 ? x : x - width;
  return (lm_box){left - 2, y - HALF_HEIGHT, left + width + 2, y + HALF_HEIGHT};
}

static double outside(lm_box box, lm_box area) {
  const double w = box.right - box.left, h = box.bottom - box.top;
  return w * h - overlap(box, area);
}

static double cost_of(const lm_placed_label* labels, int count, int index, lm_box box,
                      lm_box area) {
  double cost = 20 * outside(box, area);
  for (int i = 0; i < count; ++i) {
    const lm_placed_label* other = &labels[i];
    const lm_box point = {other->x - POINT_RADIUS, other->y - POINT_RADIUS, other->x + POINT_RADIUS,
                          other->y + POINT_RADIUS};
    const lm_box wide = {other->whiskers.left, other->y - 1, other->whiskers.right, other->y + 1};
    const lm_box tall = {other->x - 1, other->whiskers.top, other->x + 1, other->whiskers.bottom};
    cost += 5 * overlap(box, point) + 2 * overlap(box, wide) + 2 * overlap(box, tall);
    if (i < index) {
      cost +=
          10 * overlap(box, text_box(other->label_x, other->label_y, other->width, other->align));
    }
  }
  return cost;
}

void lm__label_layout(lm_placed_label* labels, int count, lm_box area) {
  static const double kSteps[] = {0, -15, 15, -30, 30, -46, 46, -64, 64, -84, 84, -106, 106};
  for (int i = 0; i < count; ++i) {
    lm_placed_label* label = &labels[i];
    double best = INFINITY;
    for (int k = 0; k < (int)(sizeof kSteps / sizeof kSteps[0]); ++k) {
      for (int align = 1; align >= -1; align -= 2) {
        const double x = label->x + align * GAP, y = label->y + kSteps[k];
        // Nearness counts a little, so that free places far away do not win by nothing.
        const double cost = cost_of(labels, count, i, text_box(x, y, label->width, align), area) +
                            fabs(kSteps[k]) * 0.2 + (align < 0 ? 0.5 : 0);
        if (cost >= best) continue;
        best = cost;
        label->label_x = x;
        label->label_y = y;
        label->align = align;
        label->needs_line = fabs(kSteps[k]) > 20;
      }
    }
  }
}

// SPDX-License-Identifier: MIT
#include "number_text.h"

#include <math.h>

int lm__text_decimals(double smallest) {
  if (!(smallest > 0)) return 2;
  if (smallest >= 100) return 1;
  if (smallest >= 1) return 2;
  if (smallest >= 0.1) return 3;
  return smallest >= 0.01 ? 4 : 5;
}

const char* lm__text_fixed(lm_pool* pool, double value, int decimals) {
  if (isnan(value)) return NULL;
  if (fabs(value) >= 1e9) return lm__pool_print(pool, "%.3e", value);
  return lm__pool_print(pool, "%.*f", decimals, value);
}

const char* lm__text_interval(lm_pool* pool, lm_interval ends, int decimals) {
  const char* low = lm__text_fixed(pool, ends.low, decimals);
  const char* high = lm__text_fixed(pool, ends.high, decimals);
  return low != NULL && high != NULL ? lm__pool_print(pool, "%s–%s", low, high) : NULL;
}

// Three significant digits.
static const char* three_digits(lm_pool* pool, double value, const char* unit) {
  const int decimals = value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
  return lm__pool_print(pool, "%.*f %s", decimals, value, unit);
}

const char* lm__text_bytes(lm_pool* pool, double bytes) {
  static const char* const kUnits[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
  if (isnan(bytes)) return NULL;
  int unit = 0;
  while (unit < 5 && bytes >= 1000) {
    bytes /= 1024;
    ++unit;
  }
  if (unit == 0) return lm__pool_print(pool, "%.0f B", bytes);
  return three_digits(pool, bytes, kUnits[unit]);
}

const char* lm__text_count(lm_pool* pool, double value) {
  static const char* const kUnits[] = {"", "k", "M", "G", "T", "P", "E"};
  if (isnan(value)) return NULL;
  int unit = 0;
  while (unit < 6 && value >= 1000) {
    value /= 1000;
    ++unit;
  }
  if (unit == 0) return lm__pool_print(pool, "%.4g", value);
  return three_digits(pool, value, kUnits[unit]);
}

const char* lm__text_percent(lm_pool* pool, double ratio, int decimals) {
  return isnan(ratio) ? NULL : lm__pool_print(pool, "%.*f %%", decimals, ratio * 100);
}

const char* lm__text_percent_interval(lm_pool* pool, lm_interval ends) {
  if (isnan(ends.low) || isnan(ends.high)) return NULL;
  return lm__pool_print(pool, "%.1f–%.1f %%", ends.low * 100, ends.high * 100);
}

const char* lm__text_points(lm_pool* pool, double delta) {
  if (isnan(delta)) return NULL;
  const double points = fabs(delta) * 100;
  if (points < 0.005) return "0.00";
  return lm__pool_print(pool, "%s%.2f", delta < 0 ? "−" : "+", points);
}

const char* lm__text_times(lm_pool* pool, double ratio) {
  if (isnan(ratio) || isinf(ratio)) return NULL;
  if (ratio >= 1e5) return lm__pool_print(pool, "%.2e×", ratio);
  return lm__pool_print(pool, "%.*f×", ratio >= 99.95 ? 0 : ratio >= 9.995 ? 1 : 2, ratio);
}

const char* lm__text_p(lm_pool* pool, double p) {
  if (isnan(p)) return NULL;
  if (p < 0.001) return "< 0.001";
  return lm__pool_print(pool, "%.*f", p < 0.01 ? 3 : 2, p);
}

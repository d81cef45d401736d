// SPDX-License-Identifier: MIT
//
// Numbers for people. An absent number (NAN) gives NULL, which tables show as a dash.
#ifndef LITMARK_REPORTS_NUMBER_TEXT_H_
#define LITMARK_REPORTS_NUMBER_TEXT_H_

#include "report_pool.h"
#include "stats.h"

/// Decimals with which a column of milliseconds keeps about three digits of its smallest value.
int lm__text_decimals(double smallest);

const char* lm__text_fixed(lm_pool* pool, double value, int decimals);
/// "4.12–4.20"
const char* lm__text_interval(lm_pool* pool, lm_interval ends, int decimals);
/// "16.8 MiB"
const char* lm__text_bytes(lm_pool* pool, double bytes);
/// "5.73 G", "401 M": counts with a metric prefix.
const char* lm__text_count(lm_pool* pool, double value);
/// "71.20 %" of a ratio within 0 and 1.
const char* lm__text_percent(lm_pool* pool, double ratio, int decimals);
/// "67.1–75.0 %"
const char* lm__text_percent_interval(lm_pool* pool, lm_interval ends);
/// "+0.40" or "−0.40": hundredths of a ratio, with sign.
const char* lm__text_points(lm_pool* pool, double delta);
/// "2.87×"
const char* lm__text_times(lm_pool* pool, double ratio);
/// "0.31" or "< 0.001"
const char* lm__text_p(lm_pool* pool, double p);

#endif  // LITMARK_REPORTS_NUMBER_TEXT_H_

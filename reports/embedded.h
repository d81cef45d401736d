// SPDX-License-Identifier: MIT
//
// Text files that are built into the program, see cmake/embed.cmake.
#ifndef LITMARK_REPORTS_EMBEDDED_H_
#define LITMARK_REPORTS_EMBEDDED_H_

extern const char lm__embedded_page_css[];
extern const char lm__embedded_plot_css[];
extern const char lm__embedded_common_gp[];
extern const char lm__embedded_latency_gp[];
extern const char lm__embedded_accuracy_gp[];
extern const char lm__embedded_size_gp[];
extern const char lm__embedded_memory_gp[];
extern const char lm__embedded_engines_gp[];
extern const char lm__embedded_roofline_gp[];
extern const char lm__embedded_times_gp[];

#endif  // LITMARK_REPORTS_EMBEDDED_H_

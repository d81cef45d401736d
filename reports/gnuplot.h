// SPDX-License-Identifier: MIT
#ifndef LITMARK_REPORTS_GNUPLOT_H_
#define LITMARK_REPORTS_GNUPLOT_H_

#include "litmark/status.h"
#include "report_pool.h"

/// Runs gnuplot (found by PATH, without the user's own settings) on a script that writes SVG to its
/// standard output. No shell is involved.
///
/// @param out_svg  the text, in the pool; NULL on failure.
/// @retval LM_UNAVAILABLE  gnuplot is not installed.
/// @retval LM_INTERNAL     gnuplot failed; `err` has its words.
lm_status lm__gnuplot_run(const char* script_path, lm_pool* pool, const char** out_svg,
                          lm_error* err);

/// Whether the text is a whole SVG of shapes and text alone. What is embedded into a page must not
/// depend on how well another program escapes.
bool lm__svg_is_plain(const char* svg);

/// The SVG as it is embedded into a page: from the root element on, ids made unique by `name`,
/// gnuplot's titles left out.
const char* lm__svg_inline(lm_pool* pool, const char* svg, const char* name);

/// The SVG as a file of its own, with `css` inside.
const char* lm__svg_standalone(lm_pool* pool, const char* svg, const char* name, const char* css);

#endif  // LITMARK_REPORTS_GNUPLOT_H_

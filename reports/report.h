// SPDX-License-Identifier: MIT
//
// `litmark report`: an HTML page, plots, Markdown and CSV out of result files.
#ifndef LITMARK_REPORTS_REPORT_H_
#define LITMARK_REPORTS_REPORT_H_

/// Parses argv (argv[0] is "litmark report" or "report") and returns the program's exit code.
int lm_report_main(int argc, char** argv);

#endif  // LITMARK_REPORTS_REPORT_H_

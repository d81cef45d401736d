// SPDX-License-Identifier: MIT
#ifndef LITMARK_EVAL_EVAL_H_
#define LITMARK_EVAL_EVAL_H_

/// `litmark eval`: accuracy of image classifiers over a labelled folder. argv[0] is the command's
/// name. Returns the exit code.
int lm_eval_main(int argc, char** argv);

#endif  // LITMARK_EVAL_EVAL_H_

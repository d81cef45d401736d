// SPDX-License-Identifier: MIT
#ifndef LM_MKMODEL_MKMODEL_H_
#define LM_MKMODEL_MKMODEL_H_

/// `litmark mkmodel`. argv[0] is the command's name in messages.
/// @return the exit code.
int lm_mkmodel_main(int argc, char** argv);

#endif  // LM_MKMODEL_MKMODEL_H_

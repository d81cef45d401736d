// SPDX-License-Identifier: MIT
//
// A folder of its own for a test program, removed with everything in it at the end.
#ifndef LITMARK_TESTS_EVAL_TEST_FILES_H_
#define LITMARK_TESTS_EVAL_TEST_FILES_H_

#include <stddef.h>

enum { TEST_PATH = 512 };

/// Makes the folder. Exits the program when that fails.
void test_files_begin(void);
void test_files_end(void);

/// Path of `name` in the folder; valid until the next call but seven.
const char* test_path(const char* name);

/// Makes a folder inside it.
void test_folder(const char* name);

/// Writes a file inside it and returns its path.
const char* test_write(const char* name, const void* data, size_t size);

#endif  // LITMARK_TESTS_EVAL_TEST_FILES_H_

// SPDX-License-Identifier: MIT
//
// Files that are built into the program as a table, see embed.cmake.
#ifndef LITMARK_CMAKE_EMBEDDED_H_
#define LITMARK_CMAKE_EMBEDDED_H_

#include <stddef.h>

typedef struct lm__embedded {
  const char* name;           ///< of the file, without folder; NULL: end of the table
  const unsigned char* data;  ///< aligned to 16, followed by a NUL
  size_t bytes;
} lm__embedded;

#endif  // LITMARK_CMAKE_EMBEDDED_H_

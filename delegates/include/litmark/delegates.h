// SPDX-License-Identifier: MIT
#ifndef LITMARK_DELEGATES_H_
#define LITMARK_DELEGATES_H_

#include "litmark/delegate.h"

#ifdef __cplusplus
extern "C" {
#endif

/// Delegate number `index` of this build; NULL past the last.
const lm_delegate_vtable* lm_delegates_at(int32_t index);

/// The delegate of that name; NULL when this build has none.
const lm_delegate_vtable* lm_delegates_find(const char* name);

#ifdef __cplusplus
}
#endif

#endif  // LITMARK_DELEGATES_H_

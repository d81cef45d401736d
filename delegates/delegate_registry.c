// SPDX-License-Identifier: MIT
#include "litmark/delegates.h"

#include <string.h>

#define LM_DELEGATE(name) extern const lm_delegate_vtable lm_delegate_##name;
#include "delegate_list.inc"
#undef LM_DELEGATE

static const lm_delegate_vtable* const kDelegates[] = {
#define LM_DELEGATE(name) &lm_delegate_##name,
#include "delegate_list.inc"
#undef LM_DELEGATE
    NULL,
};

const lm_delegate_vtable* lm_delegates_at(int32_t index) {
  const int32_t count = (int32_t)(sizeof kDelegates / sizeof kDelegates[0]) - 1;
  return index >= 0 && index < count ? kDelegates[index] : NULL;
}

const lm_delegate_vtable* lm_delegates_find(const char* name) {
  for (const lm_delegate_vtable* const* d = kDelegates; *d != NULL; ++d) {
    if (strcmp((*d)->name, name) == 0) return *d;
  }
  return NULL;
}

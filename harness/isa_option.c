// SPDX-License-Identifier: MIT
#include "isa_option.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cpu_features.h"

// The value of the last isa= of "key=value,..."; NULL: there is none.
static const char* find_isa(const char* options, size_t* out_length) {
  const char* found = NULL;
  while (options != NULL && *options != '\0') {
    const size_t length = strcspn(options, ",");
    if (length >= 4 && strncmp(options, "isa=", 4) == 0) {
      found = options + 4;
      *out_length = length - 4;
    }
    options += length;
    if (*options == ',') ++options;
  }
  return found;
}

lm_isa lm_isa_of_options(const char* options) {
  lm_isa isa = {.allowed = UINT32_MAX, .sets = lm__cpu_features() & lm__cpu_built()};
  size_t length;
  const char* level = find_isa(options, &length);
  uint32_t mask;
  if (level == NULL || lm__cpu_isa_mask(level, length, &mask, NULL) != LM_OK) return isa;
  snprintf(isa.limit, sizeof isa.limit, "%.*s", (int)length, level);
  isa.allowed = mask;
  isa.sets &= mask;
  return isa;
}

void lm_isa_json(lm_json* json, cJSON* result, const lm_isa* isa) {
  cJSON* object = lm_json_object(json, result, "isa");
  lm_json_string(json, object, "limit", isa->limit[0] != '\0' ? isa->limit : NULL);
  cJSON* sets = lm_json_array(json, object, "sets");
  const char* name;
  for (int32_t i = 0; (name = lm__cpu_set_name_at(isa->sets, i)) != NULL; ++i) {
    lm_json_string(json, sets, NULL, name);
  }
}

const char* lm_isa_text(const lm_isa* isa, char* buffer, size_t size) {
  size_t used = 0;
  buffer[0] = '\0';
  const char* name;
  for (int32_t i = 0; used < size && (name = lm__cpu_set_name_at(isa->sets, i)) != NULL; ++i) {
    used += (size_t)snprintf(buffer + used, size - used, "%s%s", i > 0 ? " " : "", name);
  }
  return buffer;
}

void lm_isa_print_levels(void) {
  printf("%-10s %-20s %-19s %s\n", "--isa", "this machine has it", "this build has it",
         "what it is");
  lm__cpu_level level;
  for (int32_t i = 0; lm__cpu_level_at(i, &level); ++i) {
    printf("%-10s %-20s %-19s %s\n", level.name, level.machine ? "yes" : "no",
           level.build ? "yes" : "no", level.title);
  }
}

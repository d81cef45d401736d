// SPDX-License-Identifier: MIT
#include "network_name.h"

#include <string.h>
#include <strings.h>

static const char* const kPrecisionWords[] = {
    "float", "float32", "float16",   "fp32",    "fp16",  "f32",     "f16",     "int8",
    "uint8", "int16",   "i8",        "u8",      "q8",    "qs8",     "qu8",     "w8",
    "w8a8",  "quant",   "quantized", "dynamic", "dyn",   "drq",     "dr",      "ptq",
    "qat",   "integer", "full",      "only",    "mixed", "weights", "weight8", "hybrid",
};

static bool is_precision_word(const char* word, size_t length) {
  for (size_t i = 0; i < sizeof kPrecisionWords / sizeof kPrecisionWords[0]; ++i) {
    if (strlen(kPrecisionWords[i]) == length &&
        strncasecmp(word, kPrecisionWords[i], length) == 0) {
      return true;
    }
  }
  return false;
}

const char* lm__network_name(lm_pool* pool, const char* model_name) {
  static const char kSeparators[] = "_-. ";
  char* out = lm__pool_array(pool, strlen(model_name) + 1, 1);
  if (out == NULL) return "";
  size_t length = 0;
  for (const char* word = model_name; *word != '\0';) {
    const size_t word_length = strcspn(word, kSeparators);
    const size_t gap = strspn(word + word_length, kSeparators);
    if (!is_precision_word(word, word_length)) {
      memcpy(out + length, word, word_length + gap);
      length += word_length + gap;
    }
    word += word_length + gap;
  }
  while (length > 0 && strchr(kSeparators, out[length - 1]) != NULL) out[--length] = '\0';
  return length > 0 ? out : model_name;
}

// The shape ends at the blank before the type; tensors are separated by "; ".
bool lm__network_same_shapes(const char* a, const char* b) {
  for (;;) {
    const size_t n = strcspn(a, " "), m = strcspn(b, " ");
    if (n != m || strncmp(a, b, n) != 0) return false;
    a += n + strcspn(a + n, ";");
    b += m + strcspn(b + m, ";");
    if (*a != *b) return false;
    if (*a == '\0') return true;
    a += 2;
    b += 2;
  }
}

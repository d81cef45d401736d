// SPDX-License-Identifier: MIT
#ifndef LITMARK_MODEL_H_
#define LITMARK_MODEL_H_

#include "litmark/allocator.h"
#include "litmark/options.h"
#include "litmark/status.h"
#include "litmark/tensor.h"

#ifdef __cplusplus
extern "C" {
#endif

/// Builtin operator codes, LM_BUILTIN_ADD and so on, with the values of the file.
typedef enum lm_builtin {
#define LM_BUILTIN(name, code) LM_BUILTIN_##name = code,
#include "litmark/builtin_list.inc"
#undef LM_BUILTIN
} lm_builtin;

/// "CONV_2D"; "UNKNOWN" for codes that this build has never heard of. Static string.
const char* lm_builtin_name(int32_t code);

/// A tensor as the file states it.
typedef struct lm_tensor_def {
  const char* name;  ///< never NULL
  lm_type type;
  lm_shape shape;            ///< unknown dimensions (-1 in the signature) stand as 1
  lm_shape shape_signature;  ///< as `shape`, with -1 for dimensions that the caller may choose
  lm_quantization quantization;
  int32_t block_size;  ///< block-wise quantization: elements that share a scale; else 0
  const void* data;    ///< contents of a constant, in the file's bytes; NULL for other tensors
  size_t data_bytes;   ///< at least what shape and type need (checked at load)
  int32_t buffer_index;
  bool is_variable;
  bool is_sparse;
} lm_tensor_def;

/// An operator as the file states it.
typedef struct lm_node_def {
  int32_t builtin;          ///< an lm_builtin, or a code this build does not know
  const char* custom_name;  ///< of LM_BUILTIN_CUSTOM; never NULL ("" for builtins)
  int32_t version;
  const int32_t* inputs;  ///< tensor indices; -1: optional input that is absent
  int32_t input_count;
  const int32_t* outputs;  ///< tensor indices
  int32_t output_count;
  const int32_t* intermediates;  ///< tensor indices
  int32_t intermediate_count;
  lm_options_kind options_kind;
  const void* options;  ///< the struct that options_kind names, or NULL
  const uint8_t* custom_options;
  size_t custom_options_bytes;
} lm_node_def;

typedef struct lm_subgraph_def {
  const char* name;  ///< never NULL
  const lm_tensor_def* tensors;
  int32_t tensor_count;
  const lm_node_def* nodes;  ///< in execution order
  int32_t node_count;
  const int32_t* inputs;  ///< tensor indices
  int32_t input_count;
  const int32_t* outputs;  ///< tensor indices
  int32_t output_count;
} lm_subgraph_def;

/// A named entry point.
typedef struct lm_signature_tensor {
  const char* name;
  int32_t tensor_index;
} lm_signature_tensor;

typedef struct lm_signature_def {
  const char* key;
  int32_t subgraph_index;
  const lm_signature_tensor* inputs;
  int32_t input_count;
  const lm_signature_tensor* outputs;
  int32_t output_count;
} lm_signature_def;

typedef struct lm_metadata_def {
  const char* name;
  const uint8_t* data;
  size_t bytes;
} lm_metadata_def;

/// A parsed, verified .tflite file. Immutable; safe to share between threads.
typedef struct lm_model {
  const char* description;  ///< never NULL
  const lm_subgraph_def* subgraphs;
  int32_t subgraph_count;  ///< at least 1
  const lm_signature_def* signatures;
  int32_t signature_count;
  const lm_metadata_def* metadata;
  int32_t metadata_count;
  size_t file_bytes;      ///< size of the whole file
  size_t constant_bytes;  ///< bytes of all tensor contents, shared buffers counted once
  const void* mapping;    ///< the file's bytes where lm_model_open() mapped them; else NULL
} lm_model;

/// Verifies `data` and builds a model over it without copying weights.
///
/// @param data       File bytes, 16-byte aligned. BORROWED until lm_model_destroy().
/// @param size       Length of `data` in bytes. Every offset inside it is bounds-checked.
/// @param allocator  Used for all bookkeeping; remembered for destroy.
/// @param out_model  Receives an OWNED handle; NULL on failure.
/// @param err        May be NULL.
/// @retval LM_BAD_MODEL      a check failed; `err` names the table and field.
/// @retval LM_UNSUPPORTED    the schema version is not 3.
/// @retval LM_OUT_OF_MEMORY  nothing is leaked.
lm_status lm_model_create(const void* data, size_t size, lm_allocator allocator,
                          lm_model** out_model, lm_error* err);

/// Maps the file at `path` read-only and builds a model over it. The mapping lives as long as the
/// model; a file that another process truncates meanwhile ends this one with SIGBUS, as any mapping
/// does. Status codes as lm_model_create(), and:
/// @retval LM_IO  the file cannot be opened or mapped, or is no regular file.
lm_status lm_model_open(const char* path, lm_allocator allocator, lm_model** out_model,
                        lm_error* err);

/// `model` may be NULL. No interpreter may still use it.
void lm_model_destroy(lm_model* model);

#ifdef __cplusplus
}
#endif

#endif  // LITMARK_MODEL_H_

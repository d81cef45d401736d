// SPDX-License-Identifier: MIT
//
// Writes .tflite files: a plain C face over FlatBuffers' object API. One subgraph a file.
//
//   lm_writer* w = lm_writer_create("made by ...");
//   int32_t x = lm_writer_add_tensor(w, &(lm_writer_tensor){.name = "x", .type = LM_FLOAT32, ...});
//   int32_t y = lm_writer_add_tensor(w, ...);
//   lm_writer_add_node(w, &(lm_writer_node){.builtin = LM_BUILTIN_RELU, .inputs = &x, ...});
//   lm_writer_set_io(w, &x, 1, &y, 1);
//   lm_status status = lm_writer_finish(w, allocator, &data, &size, &err);
//   lm_writer_destroy(w);
//
// The first failure sticks: later calls do nothing and lm_writer_finish() reports it, so that a
// caller checks once. Nothing is checked against what an op expects: tests write broken models too.
#ifndef LM_MKMODEL_TFLITE_WRITER_H_
#define LM_MKMODEL_TFLITE_WRITER_H_

#include <stdbool.h>

#include "litmark/allocator.h"
#include "litmark/model.h"
#include "litmark/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/// A model under construction. Belongs to one thread at a time.
typedef struct lm_writer lm_writer;

/// A tensor to add. Everything is copied.
typedef struct lm_writer_tensor {
  const char* name;  ///< NULL: none
  lm_type type;
  lm_shape shape;  ///< a dimension of -1 is written as 1, and as -1 in the shape's signature
  lm_quantization quantization;  ///< count 0: not quantized
  const void* data;              ///< contents of a constant; NULL: no constant
  size_t data_bytes;
  bool is_variable;
} lm_writer_tensor;

/// An operator to add. Everything is copied.
typedef struct lm_writer_node {
  int32_t builtin;          ///< an lm_builtin
  const char* custom_name;  ///< of LM_BUILTIN_CUSTOM; else NULL
  /// 0: the lowest version in which LiteRT knows the op with these types, for the ops that image
  /// networks are made of; 1 for all others.
  int32_t version;
  const int32_t* inputs;  ///< tensor indices; -1: absent
  int32_t input_count;
  const int32_t* outputs;  ///< tensor indices
  int32_t output_count;
  /// Which struct `options` is. LM_OPTIONS_NONE writes no options table.
  lm_options_kind options_kind;
  const void* options;  ///< NULL with LM_OPTIONS_NONE
  const uint8_t* custom_options;
  size_t custom_options_bytes;
} lm_writer_node;

/// @param description  Ends up in the file; NULL: none.
/// @return OWNED; NULL when there is no memory.
lm_writer* lm_writer_create(const char* description);

/// `writer` may be NULL.
void lm_writer_destroy(lm_writer* writer);

/// @return index of the tensor; -1 after a failure.
int32_t lm_writer_add_tensor(lm_writer* writer, const lm_writer_tensor* tensor);

/// Adds an operator behind those that are there.
void lm_writer_add_node(lm_writer* writer, const lm_writer_node* node);

/// Names the graph's inputs and outputs, in place of earlier ones.
void lm_writer_set_io(lm_writer* writer, const int32_t* inputs, int32_t input_count,
                      const int32_t* outputs, int32_t output_count);

/// Adds a named blob to the model's metadata.
void lm_writer_add_metadata(lm_writer* writer, const char* name, const void* data, size_t bytes);

/// Makes the file's bytes. The writer may be added to and finished again.
///
/// @param allocator  Gives the memory of `*out_data`.
/// @param out_data   OWNED by the caller, aligned to LM_ALIGNMENT: ready for lm_model_create().
/// @retval LM_OUT_OF_MEMORY     now or in an earlier call.
/// @retval LM_INVALID_ARGUMENT  options that do not belong to the op; a file over 2 GB.
lm_status lm_writer_finish(lm_writer* writer, lm_allocator allocator, void** out_data,
                           size_t* out_bytes, lm_error* err);

#ifdef __cplusplus
}
#endif

#endif  // LM_MKMODEL_TFLITE_WRITER_H_

// SPDX-License-Identifier: MIT
//
// Private to gpu_delegate.c, gpu_build.c, gpu_constant.c, gpu_memory.c, gpu_io.c, gpu_fusion.c and
// gpu_half_trial.c: what a program consists of, and what is known while it is compiled.
//
//   compile   ops make regions and dispatches (gpu_build.c, gpu_constant.c, gpu_io.c)
//             memory is planned, constants are uploaded (gpu_memory.c)
//   bind      the host's addresses are known: the recording is made (gpu_io.c)
//   run       the recording runs
#ifndef LITMARK_GPU_PROGRAM_H_
#define LITMARK_GPU_PROGRAM_H_

#include "gpu_build.h"
#include "gpu_delegate.h"
#include "graph_fusion.h"

#define LM_GPU_REGION_ALIGNMENT 64  ///< room behind regions, see gpu_build.h

typedef struct lm__gpu_delegate {
  lm_delegate base;
  lm_allocator allocator;
  lm__gpu_device* device;       ///< OWNED
  lm__gpu_options options;      ///< OWNED
  lm__gpu_context context;      ///< of the two
  struct lm__gpu_tuner* tuner;  ///< OWNED; NULL: nothing is measured
  char name[384];
} lm__gpu_delegate;

/// What gpu_half_trial.h found out about halves.
typedef struct lm__gpu_half_trial {
  int32_t images;     ///< that it ran; 0: none
  double error;       ///< largest difference from float32, relative to the largest output
  char why_not[200];  ///< why it failed; "": it did not, or there was nothing to try
} lm__gpu_half_trial;

/// A piece of device memory. Its number is its lm__gpu_value.
typedef struct lm__gpu_region {
  lm__gpu_type type;  ///< of tensors
  bool is_constant;
  lm__gpu_value root;  ///< the region whose memory it is; itself
  size_t bytes;        ///< without the room behind it
  /// Of roots that are not constant: positions at which they are needed. Position 0 is the uploads,
  /// i + 1 dispatch i, and after the last the downloads. first > last: never.
  int32_t first, last;
  int32_t buffer;  ///< of the program; -1: none yet
  size_t offset;
} lm__gpu_region;

/// A dispatch whose ranges are not known yet.
typedef struct lm__gpu_launch {
  const lm__gpu_kernel* kernel;
  int32_t arg_count;
  lm__gpu_arg args[LM_GPU_MAX_ARGS];
  uint8_t params[LM_GPU_MAX_PARAMS];
  size_t params_bytes;
  uint32_t groups[3];
  int32_t node_index;
  const char* label;
  uint32_t overwrites;  ///< as in lm__gpu_call
} lm__gpu_launch;

/// A tensor of the host and the region that it is copied to or from as it is.
typedef struct lm__gpu_copy {
  int32_t tensor;
  lm__gpu_value value;
} lm__gpu_copy;

/// Bytes that wait for a buffer of weights, or lie in one.
typedef struct lm__gpu_block {
  uint64_t hash;
  size_t bytes;
  void* data;  ///< OWNED until it is uploaded; then NULL
  lm__gpu_value value;
} lm__gpu_block;

#define LM_GPU_ARRAY(type) \
  struct {                 \
    type* items;           \
    int32_t count;         \
    int32_t capacity;      \
  }

typedef struct lm__gpu_program {
  lm_program base;
  lm__gpu_delegate* delegate;
  // Until bind.
  LM_GPU_ARRAY(lm__gpu_region) regions;
  LM_GPU_ARRAY(lm__gpu_launch) launches;
  LM_GPU_ARRAY(lm__gpu_copy) uploads;
  LM_GPU_ARRAY(lm__gpu_copy) downloads;
  // Until it is destroyed.
  LM_GPU_ARRAY(lm__gpu_buffer*) buffers;
  lm__gpu_recording* recording;
  lm__gpu_times times;
  size_t weights_bytes, arena_bytes, arena_bound_bytes;
  size_t device_bytes;  ///< what the driver holds since compile began: the two, and staging
  bool dequantized;     ///< quantized tensors of the graph are floats here
  bool half;            ///< floats are F16, but for those that gpu_precision.h keeps
  lm__gpu_half_trial trial;
  /// With `half`: how many filters and tensors there are, and how many of them are F32.
  int32_t filters, wide_filters, tensors, wide_tensors;
  char note[512];
} lm__gpu_program;

struct lm__gpu_build {
  lm__gpu_delegate* delegate;
  lm__gpu_options options;  ///< the delegate's, but for `half`; BORROWS its strings
  lm__gpu_context context;  ///< with these
  lm__gpu_program* program;
  const lm_graph* graph;
  const lm_partition* partition;
  lm_compiler* compiler;  ///< NULL: the program is for a trial, nobody hears of it
  lm__readers readers;
  lm__gpu_value* tensors;  ///< [graph->tensor_count] regions; -1: none yet
  LM_GPU_ARRAY(lm__gpu_block) blocks;
  size_t waiting_bytes;  ///< of blocks that are not uploaded
  bool noted;            ///< the node at work has a kernel's name in the report
  const lm_node* node;   ///< at work
};

/// Makes room for one more item of an LM_GPU_ARRAY.
#define LM_GPU_GROW(allocator, array, err)                                               \
  lm__gpu_grow((allocator), (void**)&(array)->items, (array)->count, &(array)->capacity, \
               sizeof *(array)->items, (err))
lm_status lm__gpu_grow(lm_allocator allocator, void** items, int32_t count, int32_t* capacity,
                       size_t item_bytes, lm_error* err);

static inline int32_t lm__gpu_index(const lm_graph* graph, const lm_tensor* t) {
  return (int32_t)(t - graph->tensors);
}

/// True for a tensor whose bytes are known while compiling.
static inline bool lm__gpu_is_constant(const lm_tensor* t) {
  return t->storage == LM_STORAGE_CONSTANT;
}

static inline lm__gpu_region* lm__gpu_region_at(const lm__gpu_program* program,
                                                lm__gpu_value value) {
  return &program->regions.items[value];
}

/// A program that is not bound yet, in float16 with `half`. Without a compiler it is one for a
/// trial: nothing is measured for it.
lm_status lm__gpu_program_make(lm__gpu_delegate* delegate, const lm_graph* graph,
                               const lm_partition* partition, lm_compiler* compiler, bool half,
                               lm__gpu_program** out_program, lm_error* err);

/// Notes the kernel of a node for the report.
void lm__gpu_note(lm__gpu_build* build, int32_t node_index, const char* kernel);

/// A new region of its own memory, needed nowhere yet.
lm_status lm__gpu_region_create(lm__gpu_build* build, lm__gpu_type type, size_t bytes,
                                lm__gpu_value* out_value, lm_error* err);

/// As lm__gpu_emit(), without a note for the report.
lm_status lm__gpu_launch_add(lm__gpu_build* build, const lm_node* node, const lm__gpu_call* call,
                             lm_error* err);

/// The region of a constant tensor, in its type on the device.
lm_status lm__gpu_constant_tensor(lm__gpu_build* build, const lm_tensor* tensor, lm__gpu_type type,
                                  lm__gpu_value* out_value, lm_error* err);
/// Uploads the blocks that wait.
lm_status lm__gpu_blocks_upload(lm__gpu_build* build, lm_error* err);
void lm__gpu_blocks_release(lm__gpu_build* build);

/// The region of a tensor that the host uploads.
lm_status lm__gpu_input(lm__gpu_build* build, const lm_tensor* tensor, lm__gpu_type type,
                        lm__gpu_value* out_value, lm_error* err);
/// Conversions and downloads of the partition's outputs.
lm_status lm__gpu_outputs(lm__gpu_build* build, lm_error* err);
/// Makes the recording; tensors of the host have their addresses.
lm_status lm__gpu_record(lm__gpu_program* program, const lm_graph* graph, lm_error* err);

/// Bytes of device memory that a region of `bytes` takes.
size_t lm__gpu_room(const lm__gpu_device* device, size_t bytes);

/// Places every region that is needed, and makes the buffers.
lm_status lm__gpu_memory_place(lm__gpu_build* build, lm_error* err);
lm_status lm__gpu_buffer_add(lm__gpu_program* program, size_t bytes, lm__gpu_memory memory,
                             int32_t* out_index, lm_error* err);

#endif  // LITMARK_GPU_PROGRAM_H_

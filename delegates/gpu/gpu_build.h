// SPDX-License-Identifier: MIT
//
// How an op becomes dispatches. An op's `compile` names tensors by value ids, asks for constants
// and scratch, and emits dispatches; memory is planned and the recording made once all ops have
// been compiled.
//
// Tensors lie in device memory as in the host's: dense, last dimension fastest ([N,H,W,C]), in the
// element type that the delegate chose: float32 tensors are F32 or F16 (precision=), 8-bit ones I8
// and U8 (quantized=int) or, dequantized, F32 or F16 (quantized=float); int32, and bool as U8.
#ifndef LITMARK_GPU_BUILD_H_
#define LITMARK_GPU_BUILD_H_

#include "gpu_device.h"
#include "gpu_options.h"

typedef struct lm__gpu_build lm__gpu_build;

/// A region of device memory: a tensor, part of one, a constant, scratch. Negative: none. Every
/// region has room up to the next multiple of 64 bytes, all of it its own: a kernel may read and
/// write whole vectors where a tensor ends in the middle of one.
typedef int32_t lm__gpu_value;

/// What ops ask before they decide.
typedef struct lm__gpu_context {
  const lm__gpu_device* device;
  const lm__gpu_options* options;
} lm__gpu_context;

/// One operator of the GPU delegates. Listed in gpu_op_list.inc: LM_GPU_OP(add) means gpu_add.c,
/// which defines `const lm__gpu_op lm__gpu_op_add`. Of several for one builtin the first that
/// supports a node takes it; where none does, the reason is that of the last.
typedef struct lm__gpu_op {
  int32_t builtin;
  /// As in lm_delegate_vtable. `prepare` of the reference kernel has accepted the node.
  bool (*supports)(const lm__gpu_context* context, const lm_graph* graph, const lm_node* node,
                   const char** out_why);
  /// Emits the dispatches of the node. None: another node does its work (see gpu_fusion.h).
  lm_status (*compile)(lm__gpu_build* build, const lm_node* node, lm_error* err);
} lm__gpu_op;

/// Refuses a node inside `supports`, where `out_why` is a parameter.
#define LM_GPU_REQUIRE(condition, reason) \
  do {                                    \
    if (!(condition)) {                   \
      *out_why = (reason);                \
      return false;                       \
    }                                     \
  } while (0)

/// Passes a failure on.
#define LM_GPU_TRY(expression)           \
  do {                                   \
    const lm_status try_ = (expression); \
    if (try_ != LM_OK) return try_;      \
  } while (0)

// ---- what an op may ask

const lm_graph* lm__gpu_graph(const lm__gpu_build* build);
const lm__gpu_context* lm__gpu_build_context(const lm__gpu_build* build);
/// What was measured on the device; NULL: nothing is to be.
struct lm__gpu_tuner* lm__gpu_build_tuner(const lm__gpu_build* build);

/// Element type of a tensor on the device. False: the device or the options have none for it (a
/// type like string; bytes without byte_storage; int64).
bool lm__gpu_tensor_type(const lm__gpu_context* context, const lm_tensor* tensor,
                         lm__gpu_type* out_type);
/// Why there is none. Static string.
const char* lm__gpu_why_no_type(const lm__gpu_context* context, const lm_tensor* tensor);
size_t lm__gpu_type_bytes(lm__gpu_type type);
/// True when `type` holds floats: ops that dequantized tensors may reach ask this, not the tensor.
static inline bool lm__gpu_is_float(lm__gpu_type type) {
  return type == LM_GPU_F32 || type == LM_GPU_F16;
}

/// Range of a node's output after its activation. For float tensors on the device that are
/// quantized in the graph it includes the range that the quantized type can hold. For I8 and U8:
/// qmin, qmax.
typedef struct lm__gpu_clamp {
  float min, max;
  int32_t qmin, qmax;
} lm__gpu_clamp;
lm_status lm__gpu_output_clamp(const lm__gpu_build* build, lm_activation activation,
                               const lm_tensor* output, lm__gpu_clamp* out_clamp, lm_error* err);

// ---- values

/// The device's copy of a tensor of the graph: an input of the partition is uploaded (and
/// converted) before the first dispatch, a constant is converted and written once, an output of the
/// partition is converted and downloaded after the last.
lm_status lm__gpu_tensor(lm__gpu_build* build, const lm_tensor* tensor, lm__gpu_value* out_value,
                         lm_error* err);
/// Element type of a value made by lm__gpu_tensor().
lm__gpu_type lm__gpu_value_type(const lm__gpu_build* build, lm__gpu_value value);

/// `output` is the same bytes as `input` (RESHAPE): no dispatch, one memory.
lm_status lm__gpu_share(lm__gpu_build* build, const lm_tensor* output, const lm_tensor* input,
                        lm_error* err);

/// Constant bytes of the op's own making (packed weights, tables). Copied; equal blocks are kept
/// once.
lm_status lm__gpu_constant(lm__gpu_build* build, const void* data, size_t bytes,
                           lm__gpu_value* out_value, lm_error* err);

/// Floats as constant elements of F32 or F16.
lm_status lm__gpu_constant_floats(lm__gpu_build* build, const float* data, size_t count,
                                  lm__gpu_type type, lm__gpu_value* out_value, lm_error* err);

/// Values of a constant tensor as floats: float32, float16, dequantized 8-bit (per tensor or per
/// channel), int32 biases times `scales` of weights and input are the op's business. OWNED: free
/// with lm_free(lm__gpu_allocator(build), ...).
lm_status lm__gpu_constant_as_floats(const lm__gpu_build* build, const lm_tensor* tensor,
                                     float** out_data, lm_error* err);
lm_allocator lm__gpu_allocator(const lm__gpu_build* build);

/// Memory that lives from the first to the last dispatch that names it.
lm_status lm__gpu_scratch(lm__gpu_build* build, size_t bytes, lm__gpu_value* out_value,
                          lm_error* err);

// ---- dispatches

/// What a dispatch reads or writes.
typedef struct lm__gpu_arg {
  lm__gpu_value value;
  bool writes;
} lm__gpu_arg;
#define LM_GPU_READ(v) ((lm__gpu_arg){(v), false})
#define LM_GPU_WRITE(v) ((lm__gpu_arg){(v), true})

typedef struct lm__gpu_call {
  lm__gpu_kernel_key
      key;  ///< group {0, 0, 0}: chosen for `items`, for kernels that ask LM_LINEAR_ID
  int32_t arg_count;
  lm__gpu_arg args[LM_GPU_MAX_ARGS];  ///< in the order of the kernel's slots
  const void* params;                 ///< the kernel's LM_PARAMS as a C struct; copied
  size_t params_bytes;
  /// With key.group {0,0,0}: items[0] work-items in one dimension (LM_LINEAR_ID counts them),
  /// items[1] and [2] are 0. Else work-GROUPS in each dimension.
  uint32_t items[3];
  const char* label;  ///< kernel variant for reports; static string; NULL: key.name
  /// Bit i: each work-item reads elements of args[i] before it writes the same elements of the one
  /// argument that is written, and no other reads them: that argument may lie over args[i] where
  /// nothing needs it afterwards.
  uint32_t overwrites;
} lm__gpu_call;

/// Adds a dispatch for `node` and notes the kernel for the report.
lm_status lm__gpu_emit(lm__gpu_build* build, const lm_node* node, const lm__gpu_call* call,
                       lm_error* err);

#endif  // LITMARK_GPU_BUILD_H_

// SPDX-License-Identifier: MIT
//
// Runs one operator from a table of cases. A case states the operator, its inputs and what comes
// out, or which refusal. The fixture builds a model around it (plain structs, no file), runs it in
// several ways and compares:
//   - alone, and behind copies of its inputs so that the planner may let it work in place;
//   - with in-place execution allowed and forbidden;
//   - twice, because the second run must not see what the first one left;
//   - on the reference kernels, and on every delegate of the build that is present here.
// Outputs are filled with rubbish before a run, inputs must survive it, a run must not allocate,
// and nothing may leak.
#ifndef LITMARK_TESTS_OP_FIXTURE_H_
#define LITMARK_TESTS_OP_FIXTURE_H_

#include "litmark/interpreter.h"

#define OP_MAX_INPUTS 24
#define OP_MAX_OUTPUTS 4

typedef enum op_tensor_kind {
  OP_END,       ///< no further tensors
  OP_RUNTIME,   ///< an input that the caller writes, or an output
  OP_CONSTANT,  ///< contents in the model
  OP_VARIABLE,  ///< keeps its value between invocations; starts as zeros
  OP_ABSENT,    ///< optional input that is not there
} op_tensor_kind;

/// A tensor with its contents. Values are stated as double, whatever the type.
typedef struct op_tensor {
  op_tensor_kind kind;
  lm_type type;
  bool is_stated;  ///< outputs: the file says `stated`, and the op has to know better
  lm_type stated;
  int32_t rank;
  int32_t dims[LM_MAX_RANK];
  const double* values;  ///< NULL: zeros
  int32_t value_count;
  const float* scales;  ///< NULL: not quantized
  const int32_t* zero_points;
  int32_t scale_count;
  int32_t axis;
} op_tensor;

/// An op with what it must do. Expected floats may differ by `tolerance` relative to themselves
/// (0: 1e-5); integers must agree.
typedef struct op_case {
  const char* name;
  int32_t builtin;
  int32_t version;  ///< 0: 1
  lm_options_kind options_kind;
  const void* options;
  const char* custom_name;
  const uint8_t* custom_options;
  size_t custom_options_bytes;
  op_tensor inputs[OP_MAX_INPUTS];
  op_tensor outputs[OP_MAX_OUTPUTS];
  double tolerance;
  lm_status status;     ///< LM_OK, or how the case must fail: while planning or in the first run
  const char* message;  ///< part of the message of that failure
} op_case;

#define OP_COUNT(type, ...) (int32_t)(sizeof((type[]){__VA_ARGS__}) / sizeof(type))

#define IN(type_, ...) \
  { .kind = OP_RUNTIME, .type = type_, __VA_ARGS__ }
#define OUT(type_, ...) \
  { .kind = OP_RUNTIME, .type = type_, __VA_ARGS__ }
#define CONST(type_, ...) \
  { .kind = OP_CONSTANT, .type = type_, __VA_ARGS__ }
#define VARIABLE(type_, ...) \
  { .kind = OP_VARIABLE, .type = type_, __VA_ARGS__ }
#define ABSENT \
  { .kind = OP_ABSENT }
#define SHAPE(...) .rank = OP_COUNT(int32_t, __VA_ARGS__), .dims = {__VA_ARGS__}
#define SCALAR .rank = 0
#define STATED(type_) .is_stated = true, .stated = type_
#define VALUES(...) \
  .values = (const double[]){__VA_ARGS__}, .value_count = OP_COUNT(double, __VA_ARGS__)
#define QUANT(scale_, zero_point_) \
  .scales = (const float[]){scale_}, .zero_points = (const int32_t[]){zero_point_}, .scale_count = 1
/// Per channel; zero points are 0.
#define PER_CHANNEL(axis_, ...)                                                  \
  .scales = (const float[]){__VA_ARGS__}, .zero_points = (const int32_t[64]){0}, \
  .scale_count = OP_COUNT(float, __VA_ARGS__), .axis = axis_
#define OP(builtin_) .builtin = LM_BUILTIN_##builtin_
#define OPTIONS(kind_, type_, ...) \
  .options_kind = LM_OPTIONS_##kind_, .options = &(const type_) { __VA_ARGS__ }
#define REFUSED(status_, message_) .status = LM_##status_, .message = message_

/// Runs every case as a cmocka program: one test for the reference kernels, one for each delegate.
/// Returns the exit code.
int op_test_main(const char* group, const op_case* cases, int32_t count);

#define OP_TEST_MAIN(group, cases)                                                    \
  int main(void) {                                                                    \
    return op_test_main(group, cases, (int32_t)(sizeof(cases) / sizeof((cases)[0]))); \
  }

#endif  // LITMARK_TESTS_OP_FIXTURE_H_

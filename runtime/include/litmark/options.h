// SPDX-License-Identifier: MIT
//
// What an operator's options table says, as plain C. The reader fills these; ops and delegates read
// them through lm_node_def.options. Enumerators have the values of the file.
#ifndef LITMARK_OPTIONS_H_
#define LITMARK_OPTIONS_H_

#include <stdbool.h>
#include <stdint.h>

#include "litmark/tensor.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum lm_padding { LM_PADDING_SAME = 0, LM_PADDING_VALID = 1 } lm_padding;

typedef enum lm_activation {
  LM_ACTIVATION_NONE = 0,
  LM_ACTIVATION_RELU = 1,
  LM_ACTIVATION_RELU_N1_TO_1 = 2,
  LM_ACTIVATION_RELU6 = 3,
  LM_ACTIVATION_TANH = 4,
  LM_ACTIVATION_SIGN_BIT = 5,
} lm_activation;

/// CONV_2D, DEPTHWISE_CONV_2D and TRANSPOSE_CONV. Strides and dilations are in elements.
typedef struct lm_conv_options {
  lm_padding padding;
  int32_t stride_h, stride_w;
  int32_t dilation_h, dilation_w;  ///< 1: dense
  int32_t depth_multiplier;        ///< DEPTHWISE_CONV_2D only
  lm_activation activation;
} lm_conv_options;

typedef struct lm_pool_options {
  lm_padding padding;
  int32_t stride_h, stride_w;
  int32_t filter_h, filter_w;
  lm_activation activation;
} lm_pool_options;

typedef struct lm_fully_connected_options {
  lm_activation activation;
  int32_t weights_format;  ///< 0: plain rows; others are not supported
  bool keep_num_dims;
  bool asymmetric_quantize_inputs;  ///< dynamic-range models
} lm_fully_connected_options;

/// ADD, SUB, MUL, DIV, L2_NORMALIZATION.
typedef struct lm_arithmetic_options {
  lm_activation activation;
  bool pot_scale_int16;
} lm_arithmetic_options;

typedef struct lm_concatenation_options {
  int32_t axis;
  lm_activation activation;
} lm_concatenation_options;

typedef struct lm_softmax_options {
  float beta;
} lm_softmax_options;

typedef struct lm_leaky_relu_options {
  float alpha;
} lm_leaky_relu_options;

typedef struct lm_gelu_options {
  bool approximate;
} lm_gelu_options;

typedef struct lm_lrn_options {
  int32_t radius;
  float bias, alpha, beta;
} lm_lrn_options;

/// RESHAPE (new_shape), SQUEEZE (squeeze_dims).
typedef struct lm_dims_options {
  int32_t count;
  int32_t values[LM_MAX_RANK];
} lm_dims_options;

/// RESIZE_BILINEAR, RESIZE_NEAREST_NEIGHBOR.
typedef struct lm_resize_options {
  bool align_corners;
  bool half_pixel_centers;
} lm_resize_options;

typedef struct lm_strided_slice_options {
  int32_t begin_mask, end_mask, ellipsis_mask, new_axis_mask, shrink_axis_mask;
  bool offset;
} lm_strided_slice_options;

/// MEAN, SUM, REDUCE_*.
typedef struct lm_reducer_options {
  bool keep_dims;
} lm_reducer_options;

/// One integer: SPLIT (num_splits), SPACE_TO_DEPTH and DEPTH_TO_SPACE (block_size),
/// ONE_HOT (axis), MIRROR_PAD (mode), CALL_ONCE (subgraph).
typedef struct lm_int_options {
  int32_t value;
} lm_int_options;

/// An axis and a count: PACK (values_count), UNPACK (num), GATHER (batch_dims).
typedef struct lm_axis_options {
  int32_t axis;
  int32_t count;
} lm_axis_options;

/// ARG_MAX, ARG_MIN, SHAPE, CAST: the type of the output.
typedef struct lm_type_options {
  lm_type output_type;
} lm_type_options;

/// LSTM, UNIDIRECTIONAL_SEQUENCE_LSTM.
typedef struct lm_lstm_options {
  lm_activation activation;
  float cell_clip, proj_clip;
  bool time_major;
  bool asymmetric_quantize_inputs;
  bool diagonal_recurrent;
  int32_t kernel_type;  ///< LSTM only: 0 full, 1 basic
} lm_lstm_options;

/// SVDF, RNN, UNIDIRECTIONAL_SEQUENCE_RNN.
typedef struct lm_rnn_options {
  lm_activation activation;
  int32_t rank;     ///< SVDF only
  bool time_major;  ///< sequences only
  bool asymmetric_quantize_inputs;
} lm_rnn_options;

typedef struct lm_batch_matmul_options {
  bool adj_x, adj_y;
  bool asymmetric_quantize_inputs;
} lm_batch_matmul_options;

typedef struct lm_cumsum_options {
  bool exclusive, reverse;
} lm_cumsum_options;

/// IF (then, else) and WHILE (cond, body): subgraph indices, checked at load.
typedef struct lm_branch_options {
  int32_t first_subgraph, second_subgraph;
} lm_branch_options;

typedef struct lm_var_handle_options {
  const char* container;    ///< BORROWED from the model; never NULL
  const char* shared_name;  ///< BORROWED from the model; never NULL
} lm_var_handle_options;

/// Which struct lm_node_def.options points to.
#define LM_OPTIONS_LIST(X)                       \
  X(CONV, lm_conv_options)                       \
  X(POOL, lm_pool_options)                       \
  X(FULLY_CONNECTED, lm_fully_connected_options) \
  X(ARITHMETIC, lm_arithmetic_options)           \
  X(CONCATENATION, lm_concatenation_options)     \
  X(SOFTMAX, lm_softmax_options)                 \
  X(LEAKY_RELU, lm_leaky_relu_options)           \
  X(GELU, lm_gelu_options)                       \
  X(LRN, lm_lrn_options)                         \
  X(DIMS, lm_dims_options)                       \
  X(RESIZE, lm_resize_options)                   \
  X(STRIDED_SLICE, lm_strided_slice_options)     \
  X(REDUCER, lm_reducer_options)                 \
  X(INT, lm_int_options)                         \
  X(AXIS, lm_axis_options)                       \
  X(TYPE, lm_type_options)                       \
  X(LSTM, lm_lstm_options)                       \
  X(RNN, lm_rnn_options)                         \
  X(BATCH_MATMUL, lm_batch_matmul_options)       \
  X(CUMSUM, lm_cumsum_options)                   \
  X(BRANCH, lm_branch_options)                   \
  X(VAR_HANDLE, lm_var_handle_options)

typedef enum lm_options_kind {
  LM_OPTIONS_NONE = 0,  ///< the table has no fields, or the file has no table
#define LM_OPTIONS_ENUM(name, type) LM_OPTIONS_##name,
  LM_OPTIONS_LIST(LM_OPTIONS_ENUM)
#undef LM_OPTIONS_ENUM
} lm_options_kind;

#ifdef __cplusplus
}
#endif

#endif  // LITMARK_OPTIONS_H_

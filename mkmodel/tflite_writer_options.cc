// SPDX-License-Identifier: MIT
//
// C structs of litmark/options.h -> options tables of the file.
#include "tflite_writer_options.h"

namespace fb = litmark::fb;
using Id = fb::BuiltinOptions;

namespace {

// The union owns the table from here on; it has no setter of its own because some of its members
// share one table type.
template <typename Table>
Table* Put(fb::BuiltinOptionsUnion* out, Id id) {
  out->Reset();
  Table* table = new Table();
  out->type = id;
  out->value = table;
  return table;
}

int8_t Byte(int32_t value) { return static_cast<int8_t>(value); }

template <typename Table>
void PutConvFields(Table* t, const lm_conv_options& o) {
  t->padding = Byte(o.padding);
  t->stride_w = o.stride_w;
  t->stride_h = o.stride_h;
  t->fused_activation_function = Byte(o.activation);
}

bool PutConv(int32_t builtin, const lm_conv_options& o, fb::BuiltinOptionsUnion* out) {
  switch (builtin) {
    case LM_BUILTIN_CONV_2D: {
      auto* t = Put<fb::Conv2DOptionsT>(out, Id::Conv2DOptions);
      PutConvFields(t, o);
      t->dilation_w_factor = o.dilation_w;
      t->dilation_h_factor = o.dilation_h;
      return true;
    }
    case LM_BUILTIN_DEPTHWISE_CONV_2D: {
      auto* t = Put<fb::DepthwiseConv2DOptionsT>(out, Id::DepthwiseConv2DOptions);
      PutConvFields(t, o);
      t->depth_multiplier = o.depth_multiplier;
      t->dilation_w_factor = o.dilation_w;
      t->dilation_h_factor = o.dilation_h;
      return true;
    }
    case LM_BUILTIN_TRANSPOSE_CONV:
      PutConvFields(Put<fb::TransposeConvOptionsT>(out, Id::TransposeConvOptions), o);
      return true;
    default:
      return false;
  }
}

bool PutPool(int32_t builtin, const lm_pool_options& o, fb::BuiltinOptionsUnion* out) {
  if (builtin != LM_BUILTIN_AVERAGE_POOL_2D && builtin != LM_BUILTIN_MAX_POOL_2D &&
      builtin != LM_BUILTIN_L2_POOL_2D) {
    return false;
  }
  auto* t = Put<fb::Pool2DOptionsT>(out, Id::Pool2DOptions);
  t->padding = Byte(o.padding);
  t->stride_w = o.stride_w;
  t->stride_h = o.stride_h;
  t->filter_width = o.filter_w;
  t->filter_height = o.filter_h;
  t->fused_activation_function = Byte(o.activation);
  return true;
}

bool PutFullyConnected(int32_t builtin, const lm_fully_connected_options& o,
                       fb::BuiltinOptionsUnion* out) {
  if (builtin != LM_BUILTIN_FULLY_CONNECTED) return false;
  auto* t = Put<fb::FullyConnectedOptionsT>(out, Id::FullyConnectedOptions);
  t->fused_activation_function = Byte(o.activation);
  t->weights_format = Byte(o.weights_format);
  t->keep_num_dims = o.keep_num_dims;
  t->asymmetric_quantize_inputs = o.asymmetric_quantize_inputs;
  return true;
}

bool PutArithmetic(int32_t builtin, const lm_arithmetic_options& o, fb::BuiltinOptionsUnion* out) {
  switch (builtin) {
    case LM_BUILTIN_ADD: {
      auto* t = Put<fb::AddOptionsT>(out, Id::AddOptions);
      t->fused_activation_function = Byte(o.activation);
      t->pot_scale_int16 = o.pot_scale_int16;
      return true;
    }
    case LM_BUILTIN_SUB: {
      auto* t = Put<fb::SubOptionsT>(out, Id::SubOptions);
      t->fused_activation_function = Byte(o.activation);
      t->pot_scale_int16 = o.pot_scale_int16;
      return true;
    }
    case LM_BUILTIN_MUL:
      Put<fb::ActivationOptionsT>(out, Id::MulOptions)->fused_activation_function =
          Byte(o.activation);
      return true;
    case LM_BUILTIN_DIV:
      Put<fb::ActivationOptionsT>(out, Id::DivOptions)->fused_activation_function =
          Byte(o.activation);
      return true;
    case LM_BUILTIN_L2_NORMALIZATION:
      Put<fb::ActivationOptionsT>(out, Id::L2NormOptions)->fused_activation_function =
          Byte(o.activation);
      return true;
    default:
      return false;
  }
}

bool PutDims(int32_t builtin, const lm_dims_options& o, fb::BuiltinOptionsUnion* out) {
  const std::vector<int32_t> dims(o.values, o.values + o.count);
  switch (builtin) {
    case LM_BUILTIN_RESHAPE:
      Put<fb::ReshapeOptionsT>(out, Id::ReshapeOptions)->new_shape = dims;
      return true;
    case LM_BUILTIN_SQUEEZE:
      Put<fb::SqueezeOptionsT>(out, Id::SqueezeOptions)->squeeze_dims = dims;
      return true;
    default:
      return false;
  }
}

bool PutResize(int32_t builtin, const lm_resize_options& o, fb::BuiltinOptionsUnion* out) {
  if (builtin == LM_BUILTIN_RESIZE_BILINEAR) {
    auto* t = Put<fb::ResizeBilinearOptionsT>(out, Id::ResizeBilinearOptions);
    t->align_corners = o.align_corners;
    t->half_pixel_centers = o.half_pixel_centers;
    return true;
  }
  if (builtin != LM_BUILTIN_RESIZE_NEAREST_NEIGHBOR) return false;
  auto* t = Put<fb::ResizeNearestNeighborOptionsT>(out, Id::ResizeNearestNeighborOptions);
  t->align_corners = o.align_corners;
  t->half_pixel_centers = o.half_pixel_centers;
  return true;
}

bool PutStridedSlice(int32_t builtin, const lm_strided_slice_options& o,
                     fb::BuiltinOptionsUnion* out) {
  if (builtin != LM_BUILTIN_STRIDED_SLICE) return false;
  auto* t = Put<fb::StridedSliceOptionsT>(out, Id::StridedSliceOptions);
  t->begin_mask = o.begin_mask;
  t->end_mask = o.end_mask;
  t->ellipsis_mask = o.ellipsis_mask;
  t->new_axis_mask = o.new_axis_mask;
  t->shrink_axis_mask = o.shrink_axis_mask;
  t->offset = o.offset;
  return true;
}

bool PutInt(int32_t builtin, int32_t value, fb::BuiltinOptionsUnion* out) {
  switch (builtin) {
    case LM_BUILTIN_SPLIT:
      Put<fb::SplitOptionsT>(out, Id::SplitOptions)->num_splits = value;
      return true;
    case LM_BUILTIN_SPLIT_V:
      Put<fb::SplitOptionsT>(out, Id::SplitVOptions)->num_splits = value;
      return true;
    case LM_BUILTIN_SPACE_TO_DEPTH:
      Put<fb::SpaceToDepthOptionsT>(out, Id::SpaceToDepthOptions)->block_size = value;
      return true;
    case LM_BUILTIN_DEPTH_TO_SPACE:
      Put<fb::SpaceToDepthOptionsT>(out, Id::DepthToSpaceOptions)->block_size = value;
      return true;
    case LM_BUILTIN_ONE_HOT:
      Put<fb::OneHotOptionsT>(out, Id::OneHotOptions)->axis = value;
      return true;
    case LM_BUILTIN_MIRROR_PAD:
      Put<fb::MirrorPadOptionsT>(out, Id::MirrorPadOptions)->mode = Byte(value);
      return true;
    case LM_BUILTIN_CALL_ONCE:
      Put<fb::CallOnceOptionsT>(out, Id::CallOnceOptions)->init_subgraph_index = value;
      return true;
    default:
      return false;
  }
}

bool PutAxis(int32_t builtin, const lm_axis_options& o, fb::BuiltinOptionsUnion* out) {
  switch (builtin) {
    case LM_BUILTIN_PACK: {
      auto* t = Put<fb::PackOptionsT>(out, Id::PackOptions);
      t->axis = o.axis;
      t->values_count = o.count;
      return true;
    }
    case LM_BUILTIN_UNPACK: {
      auto* t = Put<fb::UnpackOptionsT>(out, Id::UnpackOptions);
      t->axis = o.axis;
      t->num = o.count;
      return true;
    }
    case LM_BUILTIN_GATHER: {
      auto* t = Put<fb::GatherOptionsT>(out, Id::GatherOptions);
      t->axis = o.axis;
      t->batch_dims = o.count;
      return true;
    }
    default:
      return false;
  }
}

bool PutType(int32_t builtin, lm_type type, fb::BuiltinOptionsUnion* out) {
  switch (builtin) {
    case LM_BUILTIN_ARG_MAX:
      Put<fb::ArgMaxOptionsT>(out, Id::ArgMaxOptions)->output_type = Byte(type);
      return true;
    case LM_BUILTIN_ARG_MIN:
      Put<fb::ArgMaxOptionsT>(out, Id::ArgMinOptions)->output_type = Byte(type);
      return true;
    case LM_BUILTIN_SHAPE:
      Put<fb::ShapeOptionsT>(out, Id::ShapeOptions)->out_type = Byte(type);
      return true;
    case LM_BUILTIN_CAST:
      Put<fb::CastOptionsT>(out, Id::CastOptions)->out_data_type = Byte(type);
      return true;
    default:
      return false;
  }
}

bool PutLstm(int32_t builtin, const lm_lstm_options& o, fb::BuiltinOptionsUnion* out) {
  if (builtin == LM_BUILTIN_LSTM) {
    auto* t = Put<fb::LSTMOptionsT>(out, Id::LSTMOptions);
    t->fused_activation_function = Byte(o.activation);
    t->cell_clip = o.cell_clip;
    t->proj_clip = o.proj_clip;
    t->kernel_type = Byte(o.kernel_type);
    t->asymmetric_quantize_inputs = o.asymmetric_quantize_inputs;
    return true;
  }
  if (builtin != LM_BUILTIN_UNIDIRECTIONAL_SEQUENCE_LSTM) return false;
  auto* t = Put<fb::UnidirectionalSequenceLSTMOptionsT>(out, Id::UnidirectionalSequenceLSTMOptions);
  t->fused_activation_function = Byte(o.activation);
  t->cell_clip = o.cell_clip;
  t->proj_clip = o.proj_clip;
  t->time_major = o.time_major;
  t->asymmetric_quantize_inputs = o.asymmetric_quantize_inputs;
  t->diagonal_recurrent_tensors = o.diagonal_recurrent;
  return true;
}

bool PutRnn(int32_t builtin, const lm_rnn_options& o, fb::BuiltinOptionsUnion* out) {
  switch (builtin) {
    case LM_BUILTIN_SVDF: {
      auto* t = Put<fb::SVDFOptionsT>(out, Id::SVDFOptions);
      t->rank = o.rank;
      t->fused_activation_function = Byte(o.activation);
      t->asymmetric_quantize_inputs = o.asymmetric_quantize_inputs;
      return true;
    }
    case LM_BUILTIN_RNN: {
      auto* t = Put<fb::RNNOptionsT>(out, Id::RNNOptions);
      t->fused_activation_function = Byte(o.activation);
      t->asymmetric_quantize_inputs = o.asymmetric_quantize_inputs;
      return true;
    }
    case LM_BUILTIN_UNIDIRECTIONAL_SEQUENCE_RNN: {
      auto* t = Put<fb::SequenceRNNOptionsT>(out, Id::SequenceRNNOptions);
      t->time_major = o.time_major;
      t->fused_activation_function = Byte(o.activation);
      t->asymmetric_quantize_inputs = o.asymmetric_quantize_inputs;
      return true;
    }
    default:
      return false;
  }
}

bool PutBranch(int32_t builtin, const lm_branch_options& o, fb::BuiltinOptionsUnion* out) {
  if (builtin == LM_BUILTIN_IF) {
    auto* t = Put<fb::IfOptionsT>(out, Id::IfOptions);
    t->then_subgraph_index = o.first_subgraph;
    t->else_subgraph_index = o.second_subgraph;
    return true;
  }
  if (builtin != LM_BUILTIN_WHILE) return false;
  auto* t = Put<fb::WhileOptionsT>(out, Id::WhileOptions);
  t->cond_subgraph_index = o.first_subgraph;
  t->body_subgraph_index = o.second_subgraph;
  return true;
}

bool IsReducer(int32_t builtin) {
  switch (builtin) {
    case LM_BUILTIN_MEAN:
    case LM_BUILTIN_SUM:
    case LM_BUILTIN_REDUCE_PROD:
    case LM_BUILTIN_REDUCE_MAX:
    case LM_BUILTIN_REDUCE_MIN:
    case LM_BUILTIN_REDUCE_ANY:
    case LM_BUILTIN_REDUCE_ALL:
      return true;
    default:
      return false;
  }
}

// Options that belong to one op alone.
bool PutRecord(const lm_writer_node& node, fb::BuiltinOptionsUnion* out) {
  const int32_t op = node.builtin;
  const void* p = node.options;
  if (node.options_kind == LM_OPTIONS_LRN && op == LM_BUILTIN_LOCAL_RESPONSE_NORMALIZATION) {
    const auto* o = static_cast<const lm_lrn_options*>(p);
    auto* t =
        Put<fb::LocalResponseNormalizationOptionsT>(out, Id::LocalResponseNormalizationOptions);
    t->radius = o->radius;
    t->bias = o->bias;
    t->alpha = o->alpha;
    t->beta = o->beta;
    return true;
  }
  if (node.options_kind == LM_OPTIONS_BATCH_MATMUL && op == LM_BUILTIN_BATCH_MATMUL) {
    const auto* o = static_cast<const lm_batch_matmul_options*>(p);
    auto* t = Put<fb::BatchMatMulOptionsT>(out, Id::BatchMatMulOptions);
    t->adj_x = o->adj_x;
    t->adj_y = o->adj_y;
    t->asymmetric_quantize_inputs = o->asymmetric_quantize_inputs;
    return true;
  }
  if (node.options_kind == LM_OPTIONS_CUMSUM && op == LM_BUILTIN_CUMSUM) {
    const auto* o = static_cast<const lm_cumsum_options*>(p);
    auto* t = Put<fb::CumsumOptionsT>(out, Id::CumsumOptions);
    t->exclusive = o->exclusive;
    t->reverse = o->reverse;
    return true;
  }
  if (node.options_kind == LM_OPTIONS_VAR_HANDLE && op == LM_BUILTIN_VAR_HANDLE) {
    const auto* o = static_cast<const lm_var_handle_options*>(p);
    auto* t = Put<fb::VarHandleOptionsT>(out, Id::VarHandleOptions);
    t->container = o->container;
    t->shared_name = o->shared_name;
    return true;
  }
  return false;
}

// The same, of tables with one field or two.
bool PutSingle(const lm_writer_node& node, fb::BuiltinOptionsUnion* out) {
  const int32_t op = node.builtin;
  const void* p = node.options;
  if (node.options_kind == LM_OPTIONS_CONCATENATION && op == LM_BUILTIN_CONCATENATION) {
    const auto* o = static_cast<const lm_concatenation_options*>(p);
    auto* t = Put<fb::ConcatenationOptionsT>(out, Id::ConcatenationOptions);
    t->axis = o->axis;
    t->fused_activation_function = Byte(o->activation);
    return true;
  }
  if (node.options_kind == LM_OPTIONS_SOFTMAX && op == LM_BUILTIN_SOFTMAX) {
    Put<fb::SoftmaxOptionsT>(out, Id::SoftmaxOptions)->beta =
        static_cast<const lm_softmax_options*>(p)->beta;
    return true;
  }
  if (node.options_kind == LM_OPTIONS_LEAKY_RELU && op == LM_BUILTIN_LEAKY_RELU) {
    Put<fb::LeakyReluOptionsT>(out, Id::LeakyReluOptions)->alpha =
        static_cast<const lm_leaky_relu_options*>(p)->alpha;
    return true;
  }
  if (node.options_kind == LM_OPTIONS_GELU && op == LM_BUILTIN_GELU) {
    Put<fb::GeluOptionsT>(out, Id::GeluOptions)->approximate =
        static_cast<const lm_gelu_options*>(p)->approximate;
    return true;
  }
  if (node.options_kind == LM_OPTIONS_REDUCER && IsReducer(op)) {
    Put<fb::ReducerOptionsT>(out, Id::ReducerOptions)->keep_dims =
        static_cast<const lm_reducer_options*>(p)->keep_dims;
    return true;
  }
  return PutRecord(node, out);
}

}  // namespace

bool lm__writer_options(const lm_writer_node& node, fb::BuiltinOptionsUnion* out) {
  const int32_t op = node.builtin;
  const void* p = node.options;
  if (node.options_kind == LM_OPTIONS_NONE) return true;
  if (p == nullptr) return false;
  switch (node.options_kind) {
    case LM_OPTIONS_CONV:
      return PutConv(op, *static_cast<const lm_conv_options*>(p), out);
    case LM_OPTIONS_POOL:
      return PutPool(op, *static_cast<const lm_pool_options*>(p), out);
    case LM_OPTIONS_FULLY_CONNECTED:
      return PutFullyConnected(op, *static_cast<const lm_fully_connected_options*>(p), out);
    case LM_OPTIONS_ARITHMETIC:
      return PutArithmetic(op, *static_cast<const lm_arithmetic_options*>(p), out);
    case LM_OPTIONS_DIMS:
      return PutDims(op, *static_cast<const lm_dims_options*>(p), out);
    case LM_OPTIONS_RESIZE:
      return PutResize(op, *static_cast<const lm_resize_options*>(p), out);
    case LM_OPTIONS_STRIDED_SLICE:
      return PutStridedSlice(op, *static_cast<const lm_strided_slice_options*>(p), out);
    case LM_OPTIONS_INT:
      return PutInt(op, static_cast<const lm_int_options*>(p)->value, out);
    case LM_OPTIONS_AXIS:
      return PutAxis(op, *static_cast<const lm_axis_options*>(p), out);
    case LM_OPTIONS_TYPE:
      return PutType(op, static_cast<const lm_type_options*>(p)->output_type, out);
    case LM_OPTIONS_LSTM:
      return PutLstm(op, *static_cast<const lm_lstm_options*>(p), out);
    case LM_OPTIONS_RNN:
      return PutRnn(op, *static_cast<const lm_rnn_options*>(p), out);
    case LM_OPTIONS_BRANCH:
      return PutBranch(op, *static_cast<const lm_branch_options*>(p), out);
    default:
      return PutSingle(node, out);
  }
}

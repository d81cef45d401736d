// SPDX-License-Identifier: MIT
#include "model/tflite_options.h"

#include "tflite_generated.h"

namespace fb = litmark::fb;

namespace {

struct Context {
  lm__arena* arena;
  int32_t subgraph_count;
  lm_node_def* node;
  lm_error* err;
};

// Hangs `value` onto the node.
template <typename T>
lm_status store(const Context& c, lm_options_kind kind, const T& value) {
  auto* copy = static_cast<T*>(lm__arena_alloc(c.arena, sizeof(T)));
  if (copy == nullptr) return LM_FAIL(c.err, LM_OUT_OF_MEMORY, "options: no memory");
  *copy = value;
  c.node->options_kind = kind;
  c.node->options = copy;
  return LM_OK;
}

// Small enums of the file, checked: C code switches over them.
lm_status to_padding(const Context& c, int8_t value, lm_padding* out) {
  if (value < 0 || value > LM_PADDING_VALID) {
    return LM_FAIL(c.err, LM_BAD_MODEL, "padding mode %d is unknown", value);
  }
  *out = static_cast<lm_padding>(value);
  return LM_OK;
}

lm_status to_activation(const Context& c, int8_t value, lm_activation* out) {
  if (value < 0 || value > LM_ACTIVATION_SIGN_BIT) {
    return LM_FAIL(c.err, LM_BAD_MODEL, "fused activation %d is unknown", value);
  }
  *out = static_cast<lm_activation>(value);
  return LM_OK;
}

lm_status to_type(const Context& c, int8_t value, lm_type* out) {
  if (value < 0 || value > LM_FLOAT8_E5M2) {
    return LM_FAIL(c.err, LM_BAD_MODEL, "element type %d is unknown", value);
  }
  *out = static_cast<lm_type>(value);
  return LM_OK;
}

lm_status store_type(const Context& c, int8_t type) {
  lm_type_options o = {};
  const lm_status status = to_type(c, type, &o.output_type);
  return status != LM_OK ? status : store(c, LM_OPTIONS_TYPE, o);
}

lm_status store_dims(const Context& c, const flatbuffers::Vector<int32_t>* dims) {
  lm_dims_options o = {};
  o.count = dims == nullptr ? 0 : static_cast<int32_t>(dims->size());
  if (o.count > LM_MAX_RANK) {
    return LM_FAIL(c.err, LM_UNSUPPORTED, "%d dimensions in the options, at most %d", o.count,
                   LM_MAX_RANK);
  }
  for (int32_t i = 0; i < o.count; ++i) {
    o.values[i] = dims->Get(static_cast<flatbuffers::uoffset_t>(i));
  }
  return store(c, LM_OPTIONS_DIMS, o);
}

lm_status store_activation(const Context& c, int8_t activation, bool pot_scale_int16) {
  lm_arithmetic_options o = {};
  o.pot_scale_int16 = pot_scale_int16;
  const lm_status status = to_activation(c, activation, &o.activation);
  return status != LM_OK ? status : store(c, LM_OPTIONS_ARITHMETIC, o);
}

lm_status store_branch(const Context& c, int32_t first, int32_t second) {
  const int32_t given[2] = {first, second};
  for (const int32_t subgraph : given) {
    if (subgraph < 0 || subgraph >= c.subgraph_count) {
      return LM_FAIL(c.err, LM_BAD_MODEL, "subgraph %d of %d", subgraph, c.subgraph_count);
    }
  }
  return store(c, LM_OPTIONS_BRANCH, lm_branch_options{first, second});
}

lm_status read_conv(const Context& c, const fb::Conv2DOptions* t) {
  lm_conv_options o = {};
  o.stride_h = t->stride_h();
  o.stride_w = t->stride_w();
  o.dilation_h = t->dilation_h_factor();
  o.dilation_w = t->dilation_w_factor();
  lm_status status = to_padding(c, t->padding(), &o.padding);
  if (status == LM_OK) status = to_activation(c, t->fused_activation_function(), &o.activation);
  return status != LM_OK ? status : store(c, LM_OPTIONS_CONV, o);
}

lm_status read_depthwise(const Context& c, const fb::DepthwiseConv2DOptions* t) {
  lm_conv_options o = {};
  o.stride_h = t->stride_h();
  o.stride_w = t->stride_w();
  o.dilation_h = t->dilation_h_factor();
  o.dilation_w = t->dilation_w_factor();
  o.depth_multiplier = t->depth_multiplier();
  lm_status status = to_padding(c, t->padding(), &o.padding);
  if (status == LM_OK) status = to_activation(c, t->fused_activation_function(), &o.activation);
  return status != LM_OK ? status : store(c, LM_OPTIONS_CONV, o);
}

lm_status read_transpose_conv(const Context& c, const fb::TransposeConvOptions* t) {
  lm_conv_options o = {};
  o.stride_h = t->stride_h();
  o.stride_w = t->stride_w();
  o.dilation_h = o.dilation_w = 1;
  lm_status status = to_padding(c, t->padding(), &o.padding);
  if (status == LM_OK) status = to_activation(c, t->fused_activation_function(), &o.activation);
  return status != LM_OK ? status : store(c, LM_OPTIONS_CONV, o);
}

lm_status read_pool(const Context& c, const fb::Pool2DOptions* t) {
  lm_pool_options o = {};
  o.stride_h = t->stride_h();
  o.stride_w = t->stride_w();
  o.filter_h = t->filter_height();
  o.filter_w = t->filter_width();
  lm_status status = to_padding(c, t->padding(), &o.padding);
  if (status == LM_OK) status = to_activation(c, t->fused_activation_function(), &o.activation);
  return status != LM_OK ? status : store(c, LM_OPTIONS_POOL, o);
}

lm_status read_fully_connected(const Context& c, const fb::FullyConnectedOptions* t) {
  lm_fully_connected_options o = {};
  o.weights_format = t->weights_format();
  o.keep_num_dims = t->keep_num_dims();
  o.asymmetric_quantize_inputs = t->asymmetric_quantize_inputs();
  const lm_status status = to_activation(c, t->fused_activation_function(), &o.activation);
  return status != LM_OK ? status : store(c, LM_OPTIONS_FULLY_CONNECTED, o);
}

lm_status read_concatenation(const Context& c, const fb::ConcatenationOptions* t) {
  lm_concatenation_options o = {};
  o.axis = t->axis();
  const lm_status status = to_activation(c, t->fused_activation_function(), &o.activation);
  return status != LM_OK ? status : store(c, LM_OPTIONS_CONCATENATION, o);
}

lm_status read_lstm(const Context& c, const fb::LSTMOptions* t) {
  lm_lstm_options o = {};
  o.cell_clip = t->cell_clip();
  o.proj_clip = t->proj_clip();
  o.kernel_type = t->kernel_type();
  o.asymmetric_quantize_inputs = t->asymmetric_quantize_inputs();
  const lm_status status = to_activation(c, t->fused_activation_function(), &o.activation);
  return status != LM_OK ? status : store(c, LM_OPTIONS_LSTM, o);
}

lm_status read_sequence_lstm(const Context& c, const fb::UnidirectionalSequenceLSTMOptions* t) {
  lm_lstm_options o = {};
  o.cell_clip = t->cell_clip();
  o.proj_clip = t->proj_clip();
  o.time_major = t->time_major();
  o.asymmetric_quantize_inputs = t->asymmetric_quantize_inputs();
  o.diagonal_recurrent = t->diagonal_recurrent_tensors();
  const lm_status status = to_activation(c, t->fused_activation_function(), &o.activation);
  return status != LM_OK ? status : store(c, LM_OPTIONS_LSTM, o);
}

lm_status store_rnn(const Context& c, int8_t activation, int32_t rank, bool time_major,
                    bool asymmetric) {
  lm_rnn_options o = {};
  o.rank = rank;
  o.time_major = time_major;
  o.asymmetric_quantize_inputs = asymmetric;
  const lm_status status = to_activation(c, activation, &o.activation);
  return status != LM_OK ? status : store(c, LM_OPTIONS_RNN, o);
}

}  // namespace

lm_status lm__tflite_read_options(const fb::Operator* op, lm__arena* arena, int32_t subgraph_count,
                                  lm_node_def* node, lm_error* err) {
  node->options_kind = LM_OPTIONS_NONE;
  node->options = nullptr;
  if (op->builtin_options() == nullptr) return LM_OK;
  const Context c{arena, subgraph_count, node, err};
  using B = fb::BuiltinOptions;
  switch (op->builtin_options_type()) {
    case B::Conv2DOptions:
      return read_conv(c, op->builtin_options_as_Conv2DOptions());
    case B::DepthwiseConv2DOptions:
      return read_depthwise(c, op->builtin_options_as_DepthwiseConv2DOptions());
    case B::TransposeConvOptions:
      return read_transpose_conv(c, op->builtin_options_as_TransposeConvOptions());
    case B::Pool2DOptions:
      return read_pool(c, op->builtin_options_as_Pool2DOptions());
    case B::FullyConnectedOptions:
      return read_fully_connected(c, op->builtin_options_as_FullyConnectedOptions());
    case B::ConcatenationOptions:
      return read_concatenation(c, op->builtin_options_as_ConcatenationOptions());
    case B::LSTMOptions:
      return read_lstm(c, op->builtin_options_as_LSTMOptions());
    case B::UnidirectionalSequenceLSTMOptions:
      return read_sequence_lstm(c, op->builtin_options_as_UnidirectionalSequenceLSTMOptions());
    case B::SVDFOptions: {
      const auto* t = op->builtin_options_as_SVDFOptions();
      return store_rnn(c, t->fused_activation_function(), t->rank(), false,
                       t->asymmetric_quantize_inputs());
    }
    case B::RNNOptions: {
      const auto* t = op->builtin_options_as_RNNOptions();
      return store_rnn(c, t->fused_activation_function(), 0, false,
                       t->asymmetric_quantize_inputs());
    }
    case B::SequenceRNNOptions: {
      const auto* t = op->builtin_options_as_SequenceRNNOptions();
      return store_rnn(c, t->fused_activation_function(), 0, t->time_major(),
                       t->asymmetric_quantize_inputs());
    }
    case B::AddOptions: {
      const auto* t = op->builtin_options_as_AddOptions();
      return store_activation(c, t->fused_activation_function(), t->pot_scale_int16());
    }
    case B::SubOptions: {
      const auto* t = op->builtin_options_as_SubOptions();
      return store_activation(c, t->fused_activation_function(), t->pot_scale_int16());
    }
    case B::MulOptions:
    case B::DivOptions:
    case B::L2NormOptions: {
      const auto* t = static_cast<const fb::ActivationOptions*>(op->builtin_options());
      return store_activation(c, t->fused_activation_function(), false);
    }
    case B::SoftmaxOptions:
      return store(c, LM_OPTIONS_SOFTMAX,
                   lm_softmax_options{op->builtin_options_as_SoftmaxOptions()->beta()});
    case B::LeakyReluOptions:
      return store(c, LM_OPTIONS_LEAKY_RELU,
                   lm_leaky_relu_options{op->builtin_options_as_LeakyReluOptions()->alpha()});
    case B::GeluOptions:
      return store(c, LM_OPTIONS_GELU,
                   lm_gelu_options{op->builtin_options_as_GeluOptions()->approximate()});
    case B::LocalResponseNormalizationOptions: {
      const auto* t = op->builtin_options_as_LocalResponseNormalizationOptions();
      return store(c, LM_OPTIONS_LRN,
                   lm_lrn_options{t->radius(), t->bias(), t->alpha(), t->beta()});
    }
    case B::ReshapeOptions:
      return store_dims(c, op->builtin_options_as_ReshapeOptions()->new_shape());
    case B::SqueezeOptions:
      return store_dims(c, op->builtin_options_as_SqueezeOptions()->squeeze_dims());
    case B::ResizeBilinearOptions: {
      const auto* t = op->builtin_options_as_ResizeBilinearOptions();
      return store(c, LM_OPTIONS_RESIZE,
                   lm_resize_options{t->align_corners(), t->half_pixel_centers()});
    }
    case B::ResizeNearestNeighborOptions: {
      const auto* t = op->builtin_options_as_ResizeNearestNeighborOptions();
      return store(c, LM_OPTIONS_RESIZE,
                   lm_resize_options{t->align_corners(), t->half_pixel_centers()});
    }
    case B::StridedSliceOptions: {
      const auto* t = op->builtin_options_as_StridedSliceOptions();
      return store(
          c, LM_OPTIONS_STRIDED_SLICE,
          lm_strided_slice_options{t->begin_mask(), t->end_mask(), t->ellipsis_mask(),
                                   t->new_axis_mask(), t->shrink_axis_mask(), t->offset()});
    }
    case B::ReducerOptions:
      return store(c, LM_OPTIONS_REDUCER,
                   lm_reducer_options{op->builtin_options_as_ReducerOptions()->keep_dims()});
    case B::SplitOptions:
    case B::SplitVOptions: {
      const auto* t = static_cast<const fb::SplitOptions*>(op->builtin_options());
      return store(c, LM_OPTIONS_INT, lm_int_options{t->num_splits()});
    }
    case B::SpaceToDepthOptions:
    case B::DepthToSpaceOptions: {
      const auto* t = static_cast<const fb::SpaceToDepthOptions*>(op->builtin_options());
      return store(c, LM_OPTIONS_INT, lm_int_options{t->block_size()});
    }
    case B::OneHotOptions:
      return store(c, LM_OPTIONS_INT,
                   lm_int_options{op->builtin_options_as_OneHotOptions()->axis()});
    case B::MirrorPadOptions:
      return store(c, LM_OPTIONS_INT,
                   lm_int_options{op->builtin_options_as_MirrorPadOptions()->mode()});
    case B::PackOptions: {
      const auto* t = op->builtin_options_as_PackOptions();
      return store(c, LM_OPTIONS_AXIS, lm_axis_options{t->axis(), t->values_count()});
    }
    case B::UnpackOptions: {
      const auto* t = op->builtin_options_as_UnpackOptions();
      return store(c, LM_OPTIONS_AXIS, lm_axis_options{t->axis(), t->num()});
    }
    case B::GatherOptions: {
      const auto* t = op->builtin_options_as_GatherOptions();
      return store(c, LM_OPTIONS_AXIS, lm_axis_options{t->axis(), t->batch_dims()});
    }
    case B::ArgMaxOptions:
    case B::ArgMinOptions:
      return store_type(
          c, static_cast<const fb::ArgMaxOptions*>(op->builtin_options())->output_type());
    case B::ShapeOptions:
      return store_type(c, op->builtin_options_as_ShapeOptions()->out_type());
    case B::CastOptions:
      return store_type(c, op->builtin_options_as_CastOptions()->out_data_type());
    case B::BatchMatMulOptions: {
      const auto* t = op->builtin_options_as_BatchMatMulOptions();
      return store(
          c, LM_OPTIONS_BATCH_MATMUL,
          lm_batch_matmul_options{t->adj_x(), t->adj_y(), t->asymmetric_quantize_inputs()});
    }
    case B::CumsumOptions: {
      const auto* t = op->builtin_options_as_CumsumOptions();
      return store(c, LM_OPTIONS_CUMSUM, lm_cumsum_options{t->exclusive(), t->reverse()});
    }
    case B::IfOptions: {
      const auto* t = op->builtin_options_as_IfOptions();
      return store_branch(c, t->then_subgraph_index(), t->else_subgraph_index());
    }
    case B::WhileOptions: {
      const auto* t = op->builtin_options_as_WhileOptions();
      return store_branch(c, t->cond_subgraph_index(), t->body_subgraph_index());
    }
    case B::CallOnceOptions: {
      const int32_t subgraph = op->builtin_options_as_CallOnceOptions()->init_subgraph_index();
      return store_branch(c, subgraph, subgraph);
    }
    case B::VarHandleOptions: {
      const auto* t = op->builtin_options_as_VarHandleOptions();
      return store(
          c, LM_OPTIONS_VAR_HANDLE,
          lm_var_handle_options{t->container() == nullptr ? "" : t->container()->c_str(),
                                t->shared_name() == nullptr ? "" : t->shared_name()->c_str()});
    }
    default:
      return LM_OK;
  }
}

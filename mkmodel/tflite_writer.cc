// SPDX-License-Identifier: MIT
#include "tflite_writer.h"

#include <string.h>

#include <exception>
#include <memory>
#include <new>
#include <utility>

#include "tflite_generated.h"

#include "tflite_writer_options.h"

namespace fb = litmark::fb;

struct lm_writer {
  fb::ModelT model;
  lm_status status = LM_OK;
  char message[200] = {0};
};

namespace {

constexpr int32_t kSchemaVersion = 3;
constexpr int32_t kLastOneByteCode = 126;  // larger codes live in a field of their own
constexpr int8_t kPlaceholderCode = 127;
constexpr size_t kMaxFileBytes = (size_t{1} << 31) - 1;  // FlatBuffers' offsets are 32 bits, signed

void Fail(lm_writer* writer, lm_status status, const char* message) {
  if (writer->status != LM_OK) return;
  writer->status = status;
  strncpy(writer->message, message, sizeof writer->message - 1);
}

// Runs `body`; what it throws becomes the writer's failure. Nothing here throws anything but the
// C++ library's own exceptions: no memory, or a vector beyond its maximum.
template <typename Body>
void Guard(lm_writer* writer, Body body) {
  if (writer->status != LM_OK) return;
  try {
    body();
  } catch (const std::exception&) {
    Fail(writer, LM_OUT_OF_MEMORY, "no memory for the model");
  }
}

uint32_t AddBuffer(fb::ModelT* model, const void* data, size_t bytes) {
  auto buffer = std::make_unique<fb::BufferT>();
  if (bytes > 0) {
    const auto* begin = static_cast<const uint8_t*>(data);
    buffer->data.assign(begin, begin + bytes);
  }
  model->buffers.push_back(std::move(buffer));
  return static_cast<uint32_t>(model->buffers.size() - 1);
}

std::unique_ptr<fb::QuantizationParametersT> MakeQuantization(const lm_quantization& q) {
  if (q.count <= 0) return nullptr;
  auto table = std::make_unique<fb::QuantizationParametersT>();
  table->scale.assign(q.scales, q.scales + q.count);
  table->zero_point.assign(q.zero_points, q.zero_points + q.count);
  table->quantized_dimension = q.axis;
  return table;
}

bool TensorIs(const fb::SubGraphT& graph, const int32_t* list, int32_t count, int32_t i,
              lm_type type) {
  if (i >= count || list[i] < 0 || list[i] >= static_cast<int32_t>(graph.tensors.size())) {
    return false;
  }
  return graph.tensors[static_cast<size_t>(list[i])]->type == static_cast<int8_t>(type);
}

// LiteRT's versions of the ops of image networks (its op_version.cc): most got their int8 form in
// version 2, a few later.
int32_t DefaultVersion(const fb::SubGraphT& graph, const lm_writer_node& node) {
  const auto input_is = [&](int32_t i, lm_type type) {
    return TensorIs(graph, node.inputs, node.input_count, i, type);
  };
  switch (node.builtin) {
    case LM_BUILTIN_CONV_2D:
    case LM_BUILTIN_DEPTHWISE_CONV_2D:
      if (input_is(0, LM_INT8) && input_is(1, LM_INT8)) return 3;
      if (node.builtin == LM_BUILTIN_DEPTHWISE_CONV_2D && node.options_kind == LM_OPTIONS_CONV) {
        const auto* o = static_cast<const lm_conv_options*>(node.options);
        return o != nullptr && (o->dilation_h != 1 || o->dilation_w != 1) ? 2 : 1;
      }
      return 1;
    case LM_BUILTIN_FULLY_CONNECTED:
      return input_is(0, LM_INT8) && input_is(1, LM_INT8) ? 4 : 1;
    case LM_BUILTIN_DEQUANTIZE:
      return input_is(0, LM_FLOAT16) ? 3 : input_is(0, LM_INT8) ? 2 : 1;
    case LM_BUILTIN_SPLIT:
      return input_is(1, LM_INT8) ? 2 : 1;
    case LM_BUILTIN_TRANSPOSE_CONV:
      return node.input_count > 3 ? 3 : input_is(1, LM_INT8) ? 2 : 1;
    case LM_BUILTIN_RELU:
    case LM_BUILTIN_RELU6:
      return input_is(0, LM_INT8) || input_is(0, LM_UINT8) ? 2 : 1;
    case LM_BUILTIN_ADD:
    case LM_BUILTIN_AVERAGE_POOL_2D:
    case LM_BUILTIN_CONCATENATION:
    case LM_BUILTIN_LEAKY_RELU:
    case LM_BUILTIN_LOGISTIC:
    case LM_BUILTIN_MAX_POOL_2D:
    case LM_BUILTIN_MEAN:
    case LM_BUILTIN_MUL:
    case LM_BUILTIN_PAD:
    case LM_BUILTIN_RESIZE_BILINEAR:
    case LM_BUILTIN_RESIZE_NEAREST_NEIGHBOR:
    case LM_BUILTIN_SOFTMAX:
    case LM_BUILTIN_STRIDED_SLICE:
    case LM_BUILTIN_SUB:
    case LM_BUILTIN_TANH:
    case LM_BUILTIN_TRANSPOSE:
      return input_is(0, LM_INT8) ? 2 : 1;
    default:
      return 1;
  }
}

uint32_t FindOrAddCode(fb::ModelT* model, const lm_writer_node& node, int32_t version) {
  const char* custom = node.custom_name != nullptr ? node.custom_name : "";
  for (size_t i = 0; i < model->operator_codes.size(); ++i) {
    const fb::OperatorCodeT& code = *model->operator_codes[i];
    if (code.builtin_code == node.builtin && code.version == version &&
        code.custom_code == custom) {
      return static_cast<uint32_t>(i);
    }
  }
  auto code = std::make_unique<fb::OperatorCodeT>();
  code->builtin_code = node.builtin;
  code->deprecated_builtin_code =
      node.builtin <= kLastOneByteCode ? static_cast<int8_t>(node.builtin) : kPlaceholderCode;
  code->custom_code = custom;
  code->version = version;
  model->operator_codes.push_back(std::move(code));
  return static_cast<uint32_t>(model->operator_codes.size() - 1);
}

}  // namespace

lm_writer* lm_writer_create(const char* description) {
  lm_writer* writer = new (std::nothrow) lm_writer;
  if (writer == nullptr) return nullptr;
  Guard(writer, [&] {
    writer->model.version = kSchemaVersion;
    if (description != nullptr) writer->model.description = description;
    writer->model.subgraphs.push_back(std::make_unique<fb::SubGraphT>());
    writer->model.subgraphs[0]->name = "main";
    AddBuffer(&writer->model, nullptr, 0);  // buffer 0 stands for "no contents", by convention
  });
  if (writer->status != LM_OK) {
    delete writer;
    return nullptr;
  }
  return writer;
}

void lm_writer_destroy(lm_writer* writer) { delete writer; }

int32_t lm_writer_add_tensor(lm_writer* writer, const lm_writer_tensor* tensor) {
  int32_t index = -1;
  Guard(writer, [&] {
    auto t = std::make_unique<fb::TensorT>();
    bool dynamic = false;
    for (int32_t i = 0; i < tensor->shape.rank; ++i) {
      const int32_t dim = tensor->shape.dims[i];
      dynamic = dynamic || dim < 0;
      t->shape.push_back(dim < 0 ? 1 : dim);
      t->shape_signature.push_back(dim);
    }
    if (!dynamic) t->shape_signature.clear();
    t->type = static_cast<int8_t>(tensor->type);
    if (tensor->name != nullptr) t->name = tensor->name;
    t->quantization = MakeQuantization(tensor->quantization);
    t->is_variable = tensor->is_variable;
    t->has_rank = true;
    if (tensor->data != nullptr) {
      t->buffer = AddBuffer(&writer->model, tensor->data, tensor->data_bytes);
    }
    auto& tensors = writer->model.subgraphs[0]->tensors;
    tensors.push_back(std::move(t));
    index = static_cast<int32_t>(tensors.size() - 1);
  });
  return index;
}

void lm_writer_add_node(lm_writer* writer, const lm_writer_node* node) {
  Guard(writer, [&] {
    fb::SubGraphT& graph = *writer->model.subgraphs[0];
    auto op = std::make_unique<fb::OperatorT>();
    const int32_t version = node->version > 0 ? node->version : DefaultVersion(graph, *node);
    op->opcode_index = FindOrAddCode(&writer->model, *node, version);
    op->inputs.assign(node->inputs, node->inputs + node->input_count);
    op->outputs.assign(node->outputs, node->outputs + node->output_count);
    if (node->custom_options_bytes > 0) {
      op->custom_options.assign(node->custom_options,
                                node->custom_options + node->custom_options_bytes);
    }
    if (!lm__writer_options(*node, &op->builtin_options)) {
      Fail(writer, LM_INVALID_ARGUMENT, "options that do not belong to their op");
      return;
    }
    graph.operators.push_back(std::move(op));
  });
}

void lm_writer_set_io(lm_writer* writer, const int32_t* inputs, int32_t input_count,
                      const int32_t* outputs, int32_t output_count) {
  Guard(writer, [&] {
    fb::SubGraphT& graph = *writer->model.subgraphs[0];
    graph.inputs.assign(inputs, inputs + input_count);
    graph.outputs.assign(outputs, outputs + output_count);
  });
}

void lm_writer_add_metadata(lm_writer* writer, const char* name, const void* data, size_t bytes) {
  Guard(writer, [&] {
    auto metadata = std::make_unique<fb::MetadataT>();
    metadata->name = name;
    metadata->buffer = AddBuffer(&writer->model, data, bytes);
    writer->model.metadata.push_back(std::move(metadata));
  });
}

lm_status lm_writer_finish(lm_writer* writer, lm_allocator allocator, void** out_data,
                           size_t* out_bytes, lm_error* err) {
  *out_data = nullptr;
  *out_bytes = 0;
  // FlatBufferBuilder asserts beyond its limit, so the limit is checked before it is used.
  size_t contents = 0;
  for (const auto& buffer : writer->model.buffers) contents += buffer->data.size();
  if (contents > kMaxFileBytes - (kMaxFileBytes >> 6)) {
    Fail(writer, LM_INVALID_ARGUMENT, "the model is larger than a .tflite file can be (2 GB)");
  }
  Guard(writer, [&] {
    flatbuffers::FlatBufferBuilder builder(contents + (contents >> 6) + 65536);
    builder.Finish(fb::Model::Pack(builder, &writer->model), fb::ModelIdentifier());
    void* data = lm_alloc(allocator, builder.GetSize());
    if (data == nullptr) throw std::bad_alloc();
    memcpy(data, builder.GetBufferPointer(), builder.GetSize());
    *out_data = data;
    *out_bytes = builder.GetSize();
  });
  if (writer->status == LM_OK) return LM_OK;
  return LM_FAIL(err, writer->status, "writing a model: %s", writer->message);
}

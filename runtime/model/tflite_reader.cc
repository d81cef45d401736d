// SPDX-License-Identifier: MIT
//
// One of the project's C++ files: FlatBuffers' own Verifier and generated reader on one side, plain
// C structs on the other. Nothing outside this file sees a FlatBuffers type.
#include "model/tflite_reader.h"

#include <math.h>
#include <string.h>

#include "litmark/graph.h"
#include "model/tflite_options.h"
#include "tflite_generated.h"

namespace fb = litmark::fb;

namespace {

// Everything that a read needs, so that helpers take one argument.
struct Reader {
  const uint8_t* data;
  size_t size;
  lm__arena* arena;
  lm_model* out;
  const fb::Model* model;
  lm_error* err;

  template <typename T>
  T* array(size_t count) {
    return static_cast<T*>(lm__arena_alloc_array(arena, count, sizeof(T)));
  }
};

lm_status out_of_memory(const Reader& r, const char* what) {
  return LM_FAIL(r.err, LM_OUT_OF_MEMORY, "%s: no memory", what);
}

template <typename V>
int32_t count_of(const V* vector) {
  return vector == nullptr ? 0 : static_cast<int32_t>(vector->size());
}

const char* text_of(const flatbuffers::String* s) { return s == nullptr ? "" : s->c_str(); }

// Strings and small vectors are borrowed from the file; indices are copied, because the file's
// integers may lie anywhere.
lm_status copy_indices(const Reader& r, const flatbuffers::Vector<int32_t>* from, int32_t min,
                       int32_t limit, const char* owner, int32_t number, const char* what,
                       const int32_t** out, int32_t* out_count) {
  const int32_t count = count_of(from);
  auto* to = const_cast<Reader&>(r).array<int32_t>(static_cast<size_t>(count));
  if (to == nullptr) return out_of_memory(r, what);
  for (int32_t i = 0; i < count; ++i) {
    to[i] = from->Get(static_cast<flatbuffers::uoffset_t>(i));
    if (to[i] < min || to[i] >= limit) {
      return LM_FAIL(r.err, LM_BAD_MODEL, "%s %d: %s %d is tensor %d of %d", owner, number, what, i,
                     to[i], limit);
    }
  }
  *out = to;
  *out_count = count;
  return LM_OK;
}

// ---------------------------------------------------------------- tensors

// Contents of buffer `index`; bytes 0 for tensors without contents.
lm_status read_buffer(const Reader& r, uint32_t index, const uint8_t** out, size_t* out_bytes) {
  *out = nullptr;
  *out_bytes = 0;
  const auto* buffers = r.model->buffers();
  if (index == 0 && count_of(buffers) == 0) return LM_OK;  // buffer 0 stands for no contents
  if (index >= static_cast<uint32_t>(count_of(buffers))) {
    return LM_FAIL(r.err, LM_BAD_MODEL, "buffer %u of %d", index, count_of(buffers));
  }
  const fb::Buffer* buffer = buffers->Get(index);
  if (buffer == nullptr) return LM_OK;
  if (buffer->data() != nullptr && buffer->data()->size() > 0) {
    *out = buffer->data()->data();
    *out_bytes = buffer->data()->size();
  } else if (buffer->offset() > 1) {  // 0 and 1 mean: no contents behind the FlatBuffer
    if (buffer->offset() > r.size || buffer->size() > r.size - buffer->offset()) {
      return LM_FAIL(r.err, LM_BAD_MODEL, "buffer %u: bytes %llu to +%llu of a file of %zu", index,
                     static_cast<unsigned long long>(buffer->offset()),
                     static_cast<unsigned long long>(buffer->size()), r.size);
    }
    *out = r.data + buffer->offset();
    *out_bytes = buffer->size();
  }
  return LM_OK;
}

lm_status read_shape(const Reader& r, const flatbuffers::Vector<int32_t>* from, const char* name,
                     int32_t min, lm_shape* out) {
  *out = lm_shape{};
  const int32_t rank = count_of(from);
  if (rank > LM_MAX_RANK) {
    return LM_FAIL(r.err, LM_UNSUPPORTED, "tensor '%.80s' has rank %d, at most %d", name, rank,
                   LM_MAX_RANK);
  }
  out->rank = rank;
  for (int32_t i = 0; i < rank; ++i) {
    out->dims[i] = from->Get(static_cast<flatbuffers::uoffset_t>(i));
    if (out->dims[i] < min) {
      return LM_FAIL(r.err, LM_BAD_MODEL, "tensor '%.80s': dimension %d is %d", name, i,
                     out->dims[i]);
    }
  }
  return LM_OK;
}

lm_status read_zero_points(const Reader& r, const fb::QuantizationParameters* from,
                           const lm_tensor_def* t, int32_t count, int32_t* out) {
  int32_t low = 0, high = 0;
  switch (t->type) {
    case LM_INT8:
      low = INT8_MIN, high = INT8_MAX;
      break;
    case LM_UINT8:
      high = UINT8_MAX;
      break;
    case LM_INT16:
      low = INT16_MIN, high = INT16_MAX;
      break;
    default:
      low = INT32_MIN, high = INT32_MAX;
  }
  const auto* zero_points = from->zero_point();
  const int32_t given = count_of(zero_points);
  if (given > 1 && given != count) {
    return LM_FAIL(r.err, LM_BAD_MODEL, "tensor '%.80s': %d scales, %d zero points", t->name, count,
                   given);
  }
  for (int32_t i = 0; i < count; ++i) {
    // One zero point stands for all channels; none means 0.
    const int64_t z =
        given == 0 ? 0 : zero_points->Get(static_cast<flatbuffers::uoffset_t>(given == 1 ? 0 : i));
    if (z < low || z > high) {
      return LM_FAIL(r.err, LM_BAD_MODEL, "tensor '%.80s': zero point %lld is outside %s", t->name,
                     static_cast<long long>(z), lm_type_name(t->type));
    }
    out[i] = static_cast<int32_t>(z);
  }
  return LM_OK;
}

bool is_integer(lm_type type) {
  return type == LM_INT8 || type == LM_UINT8 || type == LM_INT16 || type == LM_INT32 ||
         type == LM_INT4 || type == LM_INT64;
}

lm_status read_quantization(Reader& r, const fb::QuantizationParameters* from, lm_tensor_def* t) {
  if (from == nullptr) return LM_OK;
  if (from->details_type() == fb::QuantizationDetails::BlockwiseQuantization) {
    t->block_size = from->details_as_BlockwiseQuantization()->block_size();
  }
  const int32_t count = count_of(from->scale());
  if (count == 0) return LM_OK;
  int32_t axis = from->quantized_dimension();
  // Old converters gave biases the axis of their weights.
  if (t->shape.rank == 1 && t->shape.dims[0] == count) axis = 0;
  if (count > 1) {
    if (axis < 0 || axis >= t->shape.rank) {
      return LM_FAIL(r.err, LM_BAD_MODEL, "tensor '%.80s': quantized dimension %d, rank %d",
                     t->name, axis, t->shape.rank);
    }
    if (t->shape.dims[axis] != count) {
      return LM_FAIL(r.err, LM_BAD_MODEL, "tensor '%.80s': %d scales, dimension %d has %d", t->name,
                     count, axis, t->shape.dims[axis]);
    }
  }
  auto* scales = r.array<float>(static_cast<size_t>(count));
  auto* zero_points = r.array<int32_t>(static_cast<size_t>(count));
  if (scales == nullptr || zero_points == nullptr) return out_of_memory(r, "quantization");
  for (int32_t i = 0; i < count; ++i) {
    scales[i] = from->scale()->Get(static_cast<flatbuffers::uoffset_t>(i));
    // A scale of 0 on a tensor of strings or floats says nothing, and files with it exist.
    if (scales[i] == 0.0f && !is_integer(t->type)) return LM_OK;
    if (!isfinite(scales[i]) || scales[i] <= 0.0f) {
      return LM_FAIL(r.err, LM_BAD_MODEL, "tensor '%.80s': scale %d is %g", t->name, i,
                     static_cast<double>(scales[i]));
    }
  }
  const lm_status status = read_zero_points(r, from, t, count, zero_points);
  if (status != LM_OK) return status;
  t->quantization = lm_quantization{count, count > 1 ? axis : 0, scales, zero_points};
  return LM_OK;
}

// Contents must cover the shape, and be aligned for C: files exist that do not align.
lm_status read_contents(Reader& r, const fb::Tensor* from, lm_tensor_def* t) {
  t->buffer_index = static_cast<int32_t>(from->buffer());
  const uint8_t* data;
  size_t bytes;
  lm_status status = read_buffer(r, from->buffer(), &data, &bytes);
  if (status != LM_OK) return status;
  if (data == nullptr) return LM_OK;
  size_t needed;
  if (lm_type_bits(t->type) != 0) {
    if (!lm_shape_bytes(&t->shape, t->type, &needed)) {
      return LM_FAIL(r.err, LM_BAD_MODEL, "tensor '%.80s' is too large", t->name);
    }
    if (!t->is_sparse && bytes < needed) {
      return LM_FAIL(r.err, LM_BAD_MODEL, "tensor '%.80s' needs %zu bytes, its buffer holds %zu",
                     t->name, needed, bytes);
    }
  }
  size_t alignment = lm_type_bytes(t->type);
  if (alignment > 8) alignment = 8;
  if (alignment > 1 && reinterpret_cast<uintptr_t>(data) % alignment != 0) {
    void* copy = lm__arena_alloc(r.arena, bytes);
    if (copy == nullptr) return out_of_memory(r, "misaligned constant");
    memcpy(copy, data, bytes);
    data = static_cast<const uint8_t*>(copy);
  }
  t->data = data;
  t->data_bytes = bytes;
  return LM_OK;
}

lm_status read_tensor(Reader& r, const fb::Tensor* from, lm_tensor_def* t) {
  t->name = text_of(from->name());
  const int8_t type = from->type();
  if (strcmp(lm_type_name(static_cast<lm_type>(static_cast<uint8_t>(type))), "unknown") == 0) {
    return LM_FAIL(r.err, LM_BAD_MODEL, "tensor '%.80s': type %d is unknown", t->name, type);
  }
  t->type = static_cast<lm_type>(type);
  lm_status status = read_shape(r, from->shape(), t->name, -1, &t->shape);
  if (status != LM_OK) return status;
  t->shape_signature = t->shape;
  if (count_of(from->shape_signature()) > 0) {
    status = read_shape(r, from->shape_signature(), t->name, -1, &t->shape_signature);
    if (status != LM_OK) return status;
    if (t->shape_signature.rank != t->shape.rank) {
      return LM_FAIL(r.err, LM_BAD_MODEL, "tensor '%.80s': shape of rank %d, signature of rank %d",
                     t->name, t->shape.rank, t->shape_signature.rank);
    }
  }
  for (int32_t i = 0; i < t->shape.rank; ++i) {
    if (t->shape.dims[i] < 0) t->shape.dims[i] = 1;
  }
  t->is_variable = from->is_variable();
  t->is_sparse = from->sparsity() != nullptr;
  status = read_quantization(r, from->quantization(), t);
  return status != LM_OK ? status : read_contents(r, from, t);
}

// ---------------------------------------------------------------- operators

lm_status read_operator(Reader& r, const fb::Operator* from, int32_t number, int32_t tensor_count,
                        lm_node_def* n) {
  const auto* codes = r.model->operator_codes();
  if (from->opcode_index() >= static_cast<uint32_t>(count_of(codes)) ||
      codes->Get(from->opcode_index()) == nullptr) {
    return LM_FAIL(r.err, LM_BAD_MODEL, "operator %d: operator code %u of %d", number,
                   from->opcode_index(), count_of(codes));
  }
  const fb::OperatorCode* code = codes->Get(from->opcode_index());
  // Codes up to 126 may stand in the old one-byte field alone; the larger of the two is meant.
  n->builtin = code->builtin_code() > code->deprecated_builtin_code()
                   ? code->builtin_code()
                   : code->deprecated_builtin_code();
  n->custom_name = n->builtin == LM_BUILTIN_CUSTOM ? text_of(code->custom_code()) : "";
  n->version = code->version();

  lm_status status = copy_indices(r, from->inputs(), -1, tensor_count, "operator", number, "input",
                                  &n->inputs, &n->input_count);
  if (status != LM_OK) return status;
  status = copy_indices(r, from->outputs(), 0, tensor_count, "operator", number, "output",
                        &n->outputs, &n->output_count);
  if (status != LM_OK) return status;
  status = copy_indices(r, from->intermediates(), -1, tensor_count, "operator", number,
                        "intermediate", &n->intermediates, &n->intermediate_count);
  if (status != LM_OK) return status;

  if (from->custom_options() != nullptr) {
    n->custom_options = from->custom_options()->data();
    n->custom_options_bytes = from->custom_options()->size();
  } else if (from->large_custom_options_offset() > 1) {
    const uint64_t offset = from->large_custom_options_offset();
    const uint64_t bytes = from->large_custom_options_size();
    if (offset > r.size || bytes > r.size - offset) {
      return LM_FAIL(r.err, LM_BAD_MODEL, "operator %d: custom options lie outside the file",
                     number);
    }
    n->custom_options = r.data + offset;
    n->custom_options_bytes = bytes;
  }
  status = lm__tflite_read_options(from, r.arena, count_of(r.model->subgraphs()), n, r.err);
  if (status == LM_OK || r.err == nullptr) return status;
  // Say which operator it was: the options reader knows fields only.
  lm_error inner = *r.err;
  lm_error_clear(r.err);
  return lm_error_set(r.err, inner.status, inner.file, inner.line, "operator %d (%.60s): %s",
                      number, lm_node_name(n), inner.message);
}

lm_status read_subgraph(Reader& r, const fb::SubGraph* from, int32_t number, lm_subgraph_def* s) {
  s->name = text_of(from->name());
  s->tensor_count = count_of(from->tensors());
  s->node_count = count_of(from->operators());
  auto* tensors = r.array<lm_tensor_def>(static_cast<size_t>(s->tensor_count));
  auto* nodes = r.array<lm_node_def>(static_cast<size_t>(s->node_count));
  if (tensors == nullptr || nodes == nullptr) return out_of_memory(r, "subgraph");
  s->tensors = tensors;
  s->nodes = nodes;
  for (int32_t i = 0; i < s->tensor_count; ++i) {
    const fb::Tensor* t = from->tensors()->Get(static_cast<flatbuffers::uoffset_t>(i));
    const lm_status status = read_tensor(r, t, &tensors[i]);
    if (status != LM_OK) return status;
  }
  for (int32_t i = 0; i < s->node_count; ++i) {
    const fb::Operator* op = from->operators()->Get(static_cast<flatbuffers::uoffset_t>(i));
    const lm_status status = read_operator(r, op, i, s->tensor_count, &nodes[i]);
    if (status != LM_OK) return status;
  }
  lm_status status = copy_indices(r, from->inputs(), 0, s->tensor_count, "subgraph", number,
                                  "input", &s->inputs, &s->input_count);
  if (status != LM_OK) return status;
  return copy_indices(r, from->outputs(), 0, s->tensor_count, "subgraph", number, "output",
                      &s->outputs, &s->output_count);
}

// ---------------------------------------------------------------- the rest of the file

lm_status read_tensor_maps(Reader& r,
                           const flatbuffers::Vector<flatbuffers::Offset<fb::TensorMap>>* from,
                           int32_t tensor_count, const lm_signature_tensor** out,
                           int32_t* out_count) {
  const int32_t count = count_of(from);
  auto* to = r.array<lm_signature_tensor>(static_cast<size_t>(count));
  if (to == nullptr) return out_of_memory(r, "signature");
  for (int32_t i = 0; i < count; ++i) {
    const fb::TensorMap* map = from->Get(static_cast<flatbuffers::uoffset_t>(i));
    if (map->tensor_index() >= static_cast<uint32_t>(tensor_count)) {
      return LM_FAIL(r.err, LM_BAD_MODEL, "signature: '%.60s' is tensor %u of %d",
                     text_of(map->name()), map->tensor_index(), tensor_count);
    }
    to[i] = lm_signature_tensor{text_of(map->name()), static_cast<int32_t>(map->tensor_index())};
  }
  *out = to;
  *out_count = count;
  return LM_OK;
}

lm_status read_signatures(Reader& r) {
  const auto* from = r.model->signature_defs();
  auto* to = r.array<lm_signature_def>(static_cast<size_t>(count_of(from)));
  if (to == nullptr) return out_of_memory(r, "signatures");
  r.out->signatures = to;
  r.out->signature_count = count_of(from);
  for (int32_t i = 0; i < count_of(from); ++i) {
    const fb::SignatureDef* s = from->Get(static_cast<flatbuffers::uoffset_t>(i));
    to[i].key = text_of(s->signature_key());
    if (s->subgraph_index() >= static_cast<uint32_t>(r.out->subgraph_count)) {
      return LM_FAIL(r.err, LM_BAD_MODEL, "signature '%.60s': subgraph %u of %d", to[i].key,
                     s->subgraph_index(), r.out->subgraph_count);
    }
    to[i].subgraph_index = static_cast<int32_t>(s->subgraph_index());
    const int32_t tensor_count = r.out->subgraphs[to[i].subgraph_index].tensor_count;
    lm_status status =
        read_tensor_maps(r, s->inputs(), tensor_count, &to[i].inputs, &to[i].input_count);
    if (status != LM_OK) return status;
    status = read_tensor_maps(r, s->outputs(), tensor_count, &to[i].outputs, &to[i].output_count);
    if (status != LM_OK) return status;
  }
  return LM_OK;
}

lm_status read_metadata(Reader& r) {
  const auto* from = r.model->metadata();
  auto* to = r.array<lm_metadata_def>(static_cast<size_t>(count_of(from)));
  if (to == nullptr) return out_of_memory(r, "metadata");
  r.out->metadata = to;
  r.out->metadata_count = count_of(from);
  for (int32_t i = 0; i < count_of(from); ++i) {
    const fb::Metadata* m = from->Get(static_cast<flatbuffers::uoffset_t>(i));
    to[i].name = text_of(m->name());
    const lm_status status = read_buffer(r, m->buffer(), &to[i].data, &to[i].bytes);
    if (status != LM_OK) return status;
  }
  return LM_OK;
}

lm_status count_constant_bytes(Reader& r) {
  // Tensors may share a buffer: mark each once.
  const int32_t count = count_of(r.model->buffers());
  auto* seen = r.array<bool>(static_cast<size_t>(count));
  if (seen == nullptr) return out_of_memory(r, "buffers");
  for (int32_t s = 0; s < r.out->subgraph_count; ++s) {
    const lm_subgraph_def* subgraph = &r.out->subgraphs[s];
    for (int32_t t = 0; t < subgraph->tensor_count; ++t) {
      const lm_tensor_def* tensor = &subgraph->tensors[t];
      if (tensor->data == nullptr || seen[tensor->buffer_index]) continue;
      seen[tensor->buffer_index] = true;
      r.out->constant_bytes += tensor->data_bytes;
    }
  }
  return LM_OK;
}

lm_status read_model(Reader& r) {
  if (r.model->version() != 3) {
    return LM_FAIL(r.err, LM_UNSUPPORTED, "schema version %u, this build reads 3",
                   r.model->version());
  }
  r.out->description = text_of(r.model->description());
  r.out->file_bytes = r.size;
  r.out->subgraph_count = count_of(r.model->subgraphs());
  if (r.out->subgraph_count == 0) return LM_FAIL(r.err, LM_BAD_MODEL, "holds no subgraph");
  auto* subgraphs = r.array<lm_subgraph_def>(static_cast<size_t>(r.out->subgraph_count));
  if (subgraphs == nullptr) return out_of_memory(r, "subgraphs");
  r.out->subgraphs = subgraphs;
  for (int32_t i = 0; i < r.out->subgraph_count; ++i) {
    const auto* from = r.model->subgraphs()->Get(static_cast<flatbuffers::uoffset_t>(i));
    const lm_status status = read_subgraph(r, from, i, &subgraphs[i]);
    if (status != LM_OK) return status;
  }
  lm_status status = read_signatures(r);
  if (status != LM_OK) return status;
  status = read_metadata(r);
  return status != LM_OK ? status : count_constant_bytes(r);
}

}  // namespace

lm_status lm__tflite_read(const void* data, size_t size, lm__arena* arena, lm_model* model,
                          lm_error* err) {
  // Root offset and identifier.
  if (size < 8) return LM_FAIL(err, LM_BAD_MODEL, "%zu bytes are too few for a model", size);
  const auto* bytes = static_cast<const uint8_t*>(data);
  if (!fb::ModelBufferHasIdentifier(data)) {
    return LM_FAIL(err, LM_BAD_MODEL,
                   "no .tflite file: the identifier at byte 4 is '%c%c%c%c', expected 'TFL3'",
                   bytes[4], bytes[5], bytes[6], bytes[7]);
  }
  // FlatBuffers end at 2 GiB; larger files keep buffers behind them.
  const size_t limit = FLATBUFFERS_MAX_BUFFER_SIZE - 1;
  flatbuffers::Verifier verifier(bytes, size < limit ? size : limit);
  if (!fb::VerifyModelBuffer(verifier)) {
    return LM_FAIL(err, LM_BAD_MODEL,
                   "the FlatBuffers verifier refuses it: an offset or a length "
                   "points outside the file of %zu bytes, or it is cut short",
                   size);
  }
  Reader reader{bytes, size, arena, model, fb::GetModel(data), err};
  return read_model(reader);
}

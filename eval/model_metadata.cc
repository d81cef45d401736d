// SPDX-License-Identifier: MIT
//
// One of the project's C++ files: FlatBuffers' Verifier and the generated reader of TFLITE_METADATA
// on one side, a plain C struct on the other.
#include "model_metadata.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tflite_metadata_generated.h"

namespace md = litmark::md;

namespace {

constexpr size_t kMaxBytes = 64u << 20;

const lm_metadata_def* find_metadata(const lm_model* model) {
  for (int32_t i = 0; i < model->metadata_count; ++i) {
    if (strcmp(model->metadata[i].name, "TFLITE_METADATA") == 0) return &model->metadata[i];
  }
  return nullptr;
}

lm_status copy_numbers(const flatbuffers::Vector<float>* from, const char* what, float* to,
                       int32_t* out_count, lm_error* err) {
  const uint32_t count = from == nullptr ? 0 : from->size();
  if (count != 1 && count != 3) {
    return LM_FAIL(err, LM_BAD_MODEL, "metadata: %u values of %s; 1 or 3 are understood", count,
                   what);
  }
  for (uint32_t i = 0; i < count; ++i) {
    to[i] = from->Get(i);
    if (!isfinite(to[i])) return LM_FAIL(err, LM_BAD_MODEL, "metadata: %s is not finite", what);
  }
  *out_count = static_cast<int32_t>(count);
  return LM_OK;
}

lm_status read_options(const md::NormalizationOptions* options, lm_model_normalization* out,
                       lm_error* err) {
  int32_t means, stds;
  lm_status status = copy_numbers(options->mean(), "mean", out->mean, &means, err);
  if (status == LM_OK) status = copy_numbers(options->std(), "std", out->std, &stds, err);
  if (status != LM_OK) return status;
  out->count = means > stds ? means : stds;
  for (int32_t i = 1; i < out->count; ++i) {
    if (means == 1) out->mean[i] = out->mean[0];
    if (stds == 1) out->std[i] = out->std[0];
  }
  for (int32_t i = 0; i < out->count; ++i) {
    if (out->std[i] == 0) return LM_FAIL(err, LM_BAD_MODEL, "metadata: a std of 0");
  }
  out->present = true;
  return LM_OK;
}

// The first normalisation among the steps of the input; vectors may hold anything up to here.
const md::NormalizationOptions* find_options(const md::ModelMetadata* root, int32_t input_index) {
  const auto* subgraphs = root->subgraph_metadata();
  if (subgraphs == nullptr || subgraphs->size() == 0) return nullptr;
  const auto* inputs = subgraphs->Get(0)->input_tensor_metadata();
  if (inputs == nullptr || static_cast<uint32_t>(input_index) >= inputs->size()) return nullptr;
  const auto* units = inputs->Get(static_cast<uint32_t>(input_index))->process_units();
  for (uint32_t i = 0; units != nullptr && i < units->size(); ++i) {
    const auto* options = units->Get(i)->options_as_NormalizationOptions();
    if (options != nullptr) return options;
  }
  return nullptr;
}

}  // namespace

lm_status lm_model_metadata_read(const lm_model* model, int32_t input_index,
                                 lm_model_normalization* out, lm_error* err) {
  *out = lm_model_normalization{};
  const lm_metadata_def* entry = find_metadata(model);
  if (entry == nullptr) return LM_OK;
  if (entry->bytes > kMaxBytes || entry->bytes < 8) {
    return LM_FAIL(err, LM_BAD_MODEL, "metadata: %zu bytes", entry->bytes);
  }
  // A hostile file may hold it at any address; the reader wants it aligned.
  auto* data = static_cast<uint8_t*>(malloc(entry->bytes));
  if (data == nullptr) return LM_FAIL(err, LM_OUT_OF_MEMORY, "metadata: %zu bytes", entry->bytes);
  memcpy(data, entry->data, entry->bytes);
  flatbuffers::Verifier verifier(data, entry->bytes);
  lm_status status = LM_OK;
  if (!md::VerifyModelMetadataBuffer(verifier)) {
    status =
        LM_FAIL(err, LM_BAD_MODEL, "metadata: %zu bytes that are no TFLITE_METADATA", entry->bytes);
  } else {
    const auto* options = find_options(md::GetModelMetadata(data), input_index);
    if (options != nullptr) status = read_options(options, out, err);
  }
  free(data);
  if (status != LM_OK) *out = lm_model_normalization{};
  return status;
}

// SPDX-License-Identifier: MIT
#include "subject.h"

#include <stdlib.h>

#include "result.h"

// The one input that is not a state of the model.
static lm_status find_input(lm_subject* s, int32_t* out_index, lm_error* err) {
  const int32_t count = lm_interpreter_input_count(s->session.interpreter);
  int32_t found = 0;
  for (int32_t i = 0; i < count; ++i) {
    lm_tensor* input = lm_interpreter_input(s->session.interpreter, i);
    if (input->def->is_variable) continue;
    s->input = input;
    *out_index = i;
    ++found;
  }
  if (found == 1) return LM_OK;
  return LM_FAIL(err, LM_BAD_INPUT, "%d inputs; eval feeds images to models with one", found);
}

// Batch 1, and the height and width that the user chose where the model leaves them open.
static lm_status settle_shape(lm_subject* s, const lm_subject_options* options, int32_t index,
                              lm_error* err) {
  lm_shape shape = s->input->shape;
  const lm_shape* signature = &s->input->def->shape_signature;
  if (shape.rank == 4 || (shape.rank == 3 && shape.dims[2] != 1 && shape.dims[2] != 3)) {
    shape.dims[0] = 1;
  }
  lm_geometry geometry;
  lm_layout layout;
  lm_status status =
      lm_input_geometry(&shape, options->preprocess->layout, &geometry, &layout, err);
  if (status != LM_OK) return status;
  if (shape.rank == 4) {
    const int32_t row = layout == LM_LAYOUT_NCHW ? 2 : 1;
    const bool open =
        signature->rank == 4 && (signature->dims[row] < 0 || signature->dims[row + 1] < 0);
    if (options->height > 0) {
      shape.dims[row] = options->height;
      shape.dims[row + 1] = options->width;
    } else if (open) {
      return LM_FAIL(err, LM_BAD_INPUT,
                     "the model leaves height and width of its input open; name them with --size");
    }
  } else if (options->height > 0) {
    return LM_FAIL(err, LM_INVALID_ARGUMENT, "--size needs an input of four dimensions, not %d",
                   shape.rank);
  }
  if (lm_shape_equal(&shape, &s->input->shape)) return LM_OK;
  return lm_interpreter_resize_input(s->session.interpreter, index, &shape, err);
}

static lm_status find_output(lm_subject* s, int32_t wanted, lm_error* err) {
  const int32_t count = lm_interpreter_output_count(s->session.interpreter);
  if (wanted >= count) {
    return LM_FAIL(err, LM_INVALID_ARGUMENT, "--output %d, but the model has %d outputs", wanted,
                   count);
  }
  if (wanted >= 0 || count == 1) {
    s->output = lm_interpreter_output(s->session.interpreter, wanted >= 0 ? wanted : 0);
    return lm_scores_class_count(s->output, &s->classes, err);
  }
  int32_t found = 0;
  for (int32_t i = 0; i < count; ++i) {
    const lm_tensor* output = lm_interpreter_output(s->session.interpreter, i);
    int32_t classes;
    lm_error ignored = LM_ERROR_INIT;
    if (lm_scores_class_count(output, &classes, &ignored) != LM_OK) continue;
    s->output = output;
    s->classes = classes;
    ++found;
  }
  if (found == 1) return LM_OK;
  return LM_FAIL(err, LM_BAD_INPUT,
                 "%d outputs, of which %d are vectors of scores; choose one with --output", count,
                 found);
}

static lm_status prepare(lm_subject* s, const lm_subject_options* options, int32_t image_count,
                         lm_error* err) {
  int32_t index = 0;
  lm_status status = find_input(s, &index, err);
  if (status == LM_OK) status = settle_shape(s, options, index, err);
  if (status == LM_OK) status = lm_session_plan(&s->session, err);
  if (status == LM_OK) status = find_output(s, options->output_index, err);
  lm_model_normalization metadata = {0};
  const bool flags = options->preprocess->mean_count > 0 || options->preprocess->std_count > 0;
  if (status == LM_OK && !flags) {
    status = lm_model_metadata_read(s->session.model, index, &metadata, err);
  }
  if (status == LM_OK) {
    status = lm_preprocess_init(&s->preprocess, options->preprocess, s->input, &metadata, err);
  }
  if (status != LM_OK) return status;
  s->label_offset =
      options->label_offset >= 0 ? options->label_offset : (s->classes == 1001 ? 1 : 0);
  s->rankings = calloc((size_t)image_count, sizeof *s->rankings);
  s->latency_ms = calloc((size_t)image_count, sizeof *s->latency_ms);
  if (s->rankings == NULL || s->latency_ms == NULL) {
    return LM_FAIL(err, LM_OUT_OF_MEMORY, "answers for %d images", image_count);
  }
  return LM_OK;
}

lm_status lm_subject_open(const lm_subject_options* options, int32_t image_count, lm_subject* out,
                          lm_error* err) {
  *out = (lm_subject){.model_path = options->model_path, .threads = options->threads};
  const lm_session_options session_options = {
      .model_path = options->model_path,
      .delegate = options->delegate,
      .threads = options->threads,
      .device = options->device,
      .flags = options->flags,
      .no_plan = true,
  };
  lm_status status = lm_session_open(&session_options, &out->session, err);
  if (status != LM_OK) {
    *out = (lm_subject){0};
    return status;
  }
  status = lm_hash_file(options->model_path, out->sha256, NULL, err);
  if (status == LM_OK) status = prepare(out, options, image_count, err);
  lm_result_name(out->name, sizeof out->name, options->model_path, out->session.choice.requested,
                 options->threads);
  if (status != LM_OK) lm_subject_close(out);
  return status;
}

void lm_subject_close(lm_subject* subject) {
  lm_session_close(&subject->session);
  free(subject->rankings);
  free(subject->latency_ms);
  *subject = (lm_subject){0};
}

lm_status lm_subject_run(lm_subject* subject, int32_t index, const uint8_t* pixels, int32_t label,
                         lm_error* err) {
  lm_preprocess_values(&subject->preprocess, pixels, subject->input->data);
  // Every image is judged alone, whatever a model remembers.
  lm_interpreter_reset_variables(subject->session.interpreter);
  const uint64_t begin = lm_now_ns();
  const lm_status status = lm_interpreter_invoke(subject->session.interpreter, err);
  const uint64_t end = lm_now_ns();
  if (status != LM_OK) return status;
  subject->latency_ms[subject->ran++] = (double)(end - begin) * 1e-6;
  lm_scores_rank(subject->output, subject->classes, label + subject->label_offset,
                 &subject->rankings[index]);
  return LM_OK;
}

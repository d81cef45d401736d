// SPDX-License-Identifier: MIT
#include "subject.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "model_info.h"
#include "output_check.h"

static lm_status copy_tensor(const lm_tensor* from, bench_tensor* to, lm_error* err) {
  *to = (bench_tensor){.type = from->type, .shape = from->shape, .bytes = from->bytes};
  to->data = malloc(from->bytes > 0 ? from->bytes : 1);
  if (to->data == NULL) return LM_FAIL(err, LM_OUT_OF_MEMORY, "tensor of %zu bytes", from->bytes);
  if (from->bytes > 0) memcpy(to->data, from->data, from->bytes);
  return LM_OK;
}

static void free_tensors(bench_tensor* tensors, int32_t count) {
  for (int32_t i = 0; tensors != NULL && i < count; ++i) free(tensors[i].data);
  free(tensors);
}

static lm_status copy_inputs(lm_session* session, bench_subject* out, lm_error* err) {
  const int32_t count = lm_interpreter_input_count(session->interpreter);
  out->inputs = calloc((size_t)count + 1, sizeof *out->inputs);
  if (out->inputs == NULL) return LM_FAIL(err, LM_OUT_OF_MEMORY, "inputs");
  out->input_count = count;
  lm_status status = LM_OK;
  for (int32_t i = 0; status == LM_OK && i < count; ++i) {
    status = copy_tensor(lm_interpreter_input(session->interpreter, i), &out->inputs[i], err);
  }
  return status;
}

static lm_status copy_outputs(lm_session* session, bench_subject* out, lm_error* err) {
  const int32_t count = lm_interpreter_output_count(session->interpreter);
  out->outputs = calloc((size_t)count + 1, sizeof *out->outputs);
  if (out->outputs == NULL) return LM_FAIL(err, LM_OUT_OF_MEMORY, "outputs");
  out->output_count = count;
  lm_status status = LM_OK;
  for (int32_t i = 0; status == LM_OK && i < count; ++i) {
    status = copy_tensor(lm_interpreter_output(session->interpreter, i), &out->outputs[i], err);
  }
  return status;
}

lm_status bench_subject_open(const bench_options* options, const char* path, bench_subject* out,
                             lm_error* err) {
  *out = (bench_subject){.path = path};
  bench_options plain = *options;
  plain.device = NULL;  // meant for the delegate that is measured
  plain.flags = (lm_delegate_flags){0};
  const bench_config config = {
      .options = &plain, .model = path, .delegate = "reference", .threads = 1};
  lm_session session = {0};
  lm_status status = lm_hash_file(path, out->sha256, &out->bytes, err);
  if (status == LM_OK) status = bench_session_open(&config, &session, err);
  if (status == LM_OK) status = bench_session_plan(&config, &session, err);
  if (status == LM_OK) {
    out->precision = lm_model_precision(session.model);
    out->work = bench_work_of(&session);
    out->macs = lm_interpreter_report(session.interpreter)->macs;
    // Before the run, which may write where inputs were.
    status = copy_inputs(&session, out, err);
  }
  if (status == LM_OK && !options->no_check) {
    status = lm_interpreter_invoke(session.interpreter, err);
    if (status == LM_OK) status = copy_outputs(&session, out, err);
  }
  lm_session_close(&session);
  if (status != LM_OK) bench_subject_free(out);
  return status;
}

void bench_subject_free(bench_subject* subject) {
  free_tensors(subject->inputs, subject->input_count);
  free_tensors(subject->outputs, subject->output_count);
  *subject = (bench_subject){0};
}

lm_status bench_subject_feed(const bench_subject* subject, lm_engine* engine, lm_error* err) {
  if (engine->input_count != subject->input_count) {
    return LM_FAIL(err, LM_UNSUPPORTED, "it has %d inputs, the file %d", engine->input_count,
                   subject->input_count);
  }
  for (int32_t i = 0; i < subject->input_count; ++i) {
    const bench_tensor* want = &subject->inputs[i];
    const lm_engine_tensor* got = &engine->inputs[i];
    if (got->type != want->type || !lm_shape_equal(&got->shape, &want->shape)) {
      char shape[LM_SHAPE_TEXT_SIZE];
      return LM_FAIL(err, LM_UNSUPPORTED, "its input %d ('%.40s') is %s %s, not as in the file", i,
                     got->name, lm_type_name(got->type),
                     lm_shape_format(&got->shape, shape, sizeof shape));
    }
    const lm_status status = lm_engine_set_input(engine, i, want->data, want->bytes, err);
    if (status != LM_OK) return status;
  }
  return LM_OK;
}

static lm_status compare_output(const bench_subject* subject, lm_engine* engine, int32_t o,
                                double tolerance, bench_check* check, bench_difference* out,
                                lm_error* err) {
  const bench_tensor* want = &subject->outputs[o];
  void* got = malloc(want->bytes > 0 ? want->bytes : 1);
  if (got == NULL) return LM_FAIL(err, LM_OUT_OF_MEMORY, "output");
  const lm_status status = lm_engine_read_output(engine, o, got, want->bytes, err);
  if (status == LM_OK) {
    const bool is_half = want->type == LM_FLOAT16 && tolerance < 0;
    bench_check_tensor(want->data, got, want->type, want->bytes,
                       is_half ? fmax(2e-3, out->tolerance) : out->tolerance, check);
    if (o == 0) {
      const int64_t best = bench_best_score(want->data, want->type, &want->shape);
      out->top1_same = best < 0 ? -1 : best == bench_best_score(got, want->type, &want->shape);
    }
  }
  free(got);
  return status;
}

lm_status bench_subject_compare(const bench_subject* subject, lm_engine* engine, double tolerance,
                                bench_difference* out, lm_error* err) {
  *out = (bench_difference){.max_abs = NAN, .max_relative = NAN, .top1_same = -1};
  const double usual = engine->float_tolerance > 0 ? engine->float_tolerance : 1e-5;
  out->tolerance = tolerance < 0 ? usual : tolerance;
  if (subject->outputs == NULL) {
    out->why_unknown = "--no-check";
    return LM_OK;
  }
  out->is_float = true;
  bool same = engine->output_count == subject->output_count;
  for (int32_t o = 0; same && o < subject->output_count; ++o) {
    const bench_tensor* want = &subject->outputs[o];
    same = engine->outputs[o].type == want->type && engine->outputs[o].bytes == want->bytes;
    out->is_float &= bench_type_is_float(want->type);
  }
  if (!same) {
    out->why_unknown = "its outputs are of other types or shapes than the file's";
    return LM_OK;
  }
  bench_check check = {.status = BENCH_CHECK_MATCH, .integer_steps = engine->integer_steps};
  for (int32_t o = 0; o < subject->output_count; ++o) {
    const lm_status status = compare_output(subject, engine, o, tolerance, &check, out, err);
    if (status != LM_OK) return status;
  }
  out->known = true;
  out->elements = check.elements;
  out->wrong = check.mismatched;
  // Shown whether or not the engine is held to it.
  out->mismatched = engine->integer_steps == 0 ? check.mismatched : check.differing;
  out->max_abs = check.max_abs;
  if (out->is_float) out->max_relative = check.max_relative;
  return LM_OK;
}

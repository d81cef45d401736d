// SPDX-License-Identifier: MIT
#include "output_check.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "litmark/kernel_math.h"

static lm_status copy_outputs(lm_session* session, bench_reference* out, lm_error* err) {
  const int32_t count = lm_interpreter_output_count(session->interpreter);
  const size_t room = count > 0 ? (size_t)count : 1;
  out->data = calloc(room, sizeof *out->data);
  out->bytes = calloc(room, sizeof *out->bytes);
  if (out->data == NULL || out->bytes == NULL) return LM_FAIL(err, LM_OUT_OF_MEMORY, "outputs");
  out->count = count;
  for (int32_t i = 0; i < count; ++i) {
    const lm_tensor* tensor = lm_interpreter_output(session->interpreter, i);
    out->data[i] = malloc(tensor->bytes > 0 ? tensor->bytes : 1);
    if (out->data[i] == NULL) {
      return LM_FAIL(err, LM_OUT_OF_MEMORY, "output %d: %zu bytes", i, tensor->bytes);
    }
    out->bytes[i] = tensor->bytes;
    if (tensor->bytes > 0) memcpy(out->data[i], tensor->data, tensor->bytes);
  }
  return LM_OK;
}

lm_status bench_reference_make(const bench_config* config, bench_reference* out, lm_error* err) {
  *out = (bench_reference){0};
  bench_options options = *config->options;
  options.device = NULL;  // meant for the delegate that is measured
  options.flags = (lm_delegate_flags){0};
  const bench_config reference = {
      .options = &options, .model = config->model, .delegate = "reference", .threads = 1};
  lm_session session = {0};
  lm_status status = bench_session_open(&reference, &session, err);
  if (status == LM_OK) status = bench_session_plan(&reference, &session, err);
  if (status == LM_OK) status = lm_interpreter_invoke(session.interpreter, err);
  if (status == LM_OK) status = copy_outputs(&session, out, err);
  lm_session_close(&session);
  if (status != LM_OK) bench_reference_free(out);
  return status;
}

void bench_reference_free(bench_reference* reference) {
  for (int32_t i = 0; i < reference->count; ++i) free(reference->data[i]);
  free(reference->data);
  free(reference->bytes);
  *reference = (bench_reference){0};
}

static double float_at(const void* data, lm_type type, size_t i) {
  switch (type) {
    case LM_FLOAT32:
      return (double)((const float*)data)[i];
    case LM_FLOAT64:
      return ((const double*)data)[i];
    default:
      return (double)lm_half_to_float(((const uint16_t*)data)[i]);
  }
}

static void check_floats(const void* want, const void* got, lm_type type, size_t count,
                         double tolerance, bench_check* out) {
  double largest = 0;
  for (size_t i = 0; i < count; ++i) {
    const double w = fabs(float_at(want, type, i));
    if (isfinite(w)) largest = fmax(largest, w);
  }
  if (tolerance < 0) tolerance = type == LM_FLOAT16 ? 2e-3 : 1e-5;
  for (size_t i = 0; i < count; ++i) {
    const double w = float_at(want, type, i), g = float_at(got, type, i);
    if (w == g || (isnan(w) && isnan(g))) continue;
    const double difference = fabs(w - g);
    if (isfinite(difference)) {
      out->max_abs = fmax(out->max_abs, difference);
      if (largest > 0) out->max_relative = fmax(out->max_relative, difference / largest);
    }
    out->mismatched += !(difference <= tolerance * largest);
  }
}

static double integer_at(const uint8_t* data, lm_type type, size_t i) {
  switch (type) {
    case LM_INT8:
      return ((const int8_t*)data)[i];
    case LM_INT16:
      return ((const int16_t*)(const void*)data)[i];
    case LM_UINT16:
      return ((const uint16_t*)(const void*)data)[i];
    case LM_INT32:
      return ((const int32_t*)(const void*)data)[i];
    case LM_UINT32:
      return ((const uint32_t*)(const void*)data)[i];
    case LM_INT64:
      return (double)((const int64_t*)(const void*)data)[i];
    case LM_UINT64:
      return (double)((const uint64_t*)(const void*)data)[i];
    default:
      return data[i];
  }
}

static void check_integers(const uint8_t* want, const uint8_t* got, lm_type type, size_t count,
                           size_t element, bench_check* out) {
  for (size_t i = 0; i < count; ++i) {
    if (memcmp(want + i * element, got + i * element, element) == 0) continue;
    const double steps = fabs(integer_at(want, type, i) - integer_at(got, type, i));
    ++out->differing;
    out->max_abs = fmax(out->max_abs, steps);
    out->max_steps = fmax(out->max_steps, steps);
    out->mismatched += out->integer_steps >= 0 && !(steps <= out->integer_steps && steps > 0);
  }
}

bool bench_type_is_float(lm_type type) {
  return type == LM_FLOAT32 || type == LM_FLOAT64 || type == LM_FLOAT16;
}

// Element `i` as a number; of a type of whole bytes.
static double value_at(const void* data, lm_type type, size_t i) {
  return bench_type_is_float(type) ? float_at(data, type, i) : integer_at(data, type, i);
}

void bench_check_tensor(const void* want, const void* got, lm_type type, size_t bytes,
                        double tolerance, bench_check* out) {
  // Types of less than a byte, and strings, are compared byte by byte.
  const size_t whole = lm_type_bytes(type), element = whole > 0 ? whole : 1;
  const size_t count = bytes / element;
  out->elements += (int64_t)count;
  if (bench_type_is_float(type)) {
    check_floats(want, got, type, count, tolerance, out);
  } else {
    check_integers(want, got, type, count, element, out);
  }
}

int64_t bench_best_score(const void* data, lm_type type, const lm_shape* shape) {
  const int64_t count = lm_shape_count(shape);
  const bool is_list = shape->rank > 0 && count > 1 && shape->dims[shape->rank - 1] == count;
  if (!is_list || lm_type_bytes(type) == 0) return -1;
  int64_t best = 0;
  double best_value = value_at(data, type, 0);
  for (int64_t i = 1; i < count; ++i) {
    const double value = value_at(data, type, (size_t)i);
    if (!(value > best_value)) continue;
    best = i;
    best_value = value;
  }
  return best;
}

static void check_best_score(const lm_tensor* tensor, const void* want, bench_check* out) {
  const int64_t best = bench_best_score(want, tensor->type, &tensor->shape);
  if (best < 0) return;
  out->top1_same = best == bench_best_score(tensor->data, tensor->type, &tensor->shape);
}

void bench_check_outputs(const lm_session* session, const bench_reference* reference,
                         double tolerance, bench_check* out) {
  const lm_plan_report* report = lm_interpreter_report(session->interpreter);
  // Where quantized tensors were floats on the way, floats are not held to the reference's either.
  const double usual = report->integer_steps < 0     ? INFINITY
                       : report->float_tolerance > 0 ? report->float_tolerance
                                                     : 1e-5;
  *out = (bench_check){.status = BENCH_CHECK_MATCH,
                       .tolerance = tolerance < 0 ? usual : tolerance,
                       .integer_steps = report->integer_steps,
                       .top1_same = -1};
  for (int32_t o = 0; o < reference->count; ++o) {
    const lm_tensor* tensor = lm_interpreter_output(session->interpreter, o);
    if (tensor->bytes != reference->bytes[o]) {
      const size_t whole = lm_type_bytes(tensor->type);
      const int64_t count = (int64_t)(tensor->bytes / (whole > 0 ? whole : 1));
      out->elements += count;
      out->mismatched += count;
      continue;
    }
    const bool is_half = tensor->type == LM_FLOAT16 && tolerance < 0;
    bench_check_tensor(reference->data[o], tensor->data, tensor->type, tensor->bytes,
                       is_half ? fmax(2e-3, usual) : out->tolerance, out);
    if (o == 0) check_best_score(tensor, reference->data[o], out);
  }
  if (out->mismatched > 0) {
    out->status = BENCH_CHECK_MISMATCH;
  } else if (out->differing > 0 || (isinf(out->tolerance) && out->max_abs > 0)) {
    out->status = BENCH_CHECK_SHOWN;
  }
}

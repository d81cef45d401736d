// SPDX-License-Identifier: MIT
#include "op_fixture.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "litmark/delegates.h"

#include "counting_allocator.h"
#include "op_model.h"

/// What one cmocka test works on.
typedef struct op_suite {
  const char* group;
  const op_case* cases;
  int32_t count;
  const lm_delegate_vtable* vtable;  // NULL: the reference kernels
  const char* extra;                 // options of the delegate; NULL: none
} op_suite;

// One way of running a case.
typedef struct op_way {
  bool copies;
  bool no_in_place;
  lm_delegate* delegate;  // NULL: the reference kernels
} op_way;

static const char* way_name(const op_way* way) {
  if (way->copies) return way->no_in_place ? "behind copies" : "in place";
  return way->no_in_place ? "alone, not in place" : "alone";
}

// Largest magnitude of what is expected: delegates may sum in another order.
static double largest(const op_tensor* t) {
  double most = 0.0;
  for (int32_t i = 0; i < t->value_count; ++i) {
    if (isfinite(t->values[i])) most = fmax(most, fabs(t->values[i]));
  }
  return most;
}

// What the delegates of a run are held to, as they say themselves.
typedef struct op_limits {
  double floats;    // relative
  double integers;  // steps of quantized elements
} op_limits;

// Largest finite number of delegates that keep floats in 16 bits.
#define LARGEST_HALF 65504.0
#define HALF_TOLERANCE 1e-3  // of delegates that are held to less

static void check_output(const op_case* c, const op_way* way, int32_t index, const lm_tensor* got,
                         const op_limits* held_to) {
  const op_tensor* want = &c->outputs[index];
  const lm_shape shape = lm_shape_make(want->rank, want->dims);
  if (!lm_shape_equal(&shape, &got->shape)) {
    char a[LM_SHAPE_TEXT_SIZE], b[LM_SHAPE_TEXT_SIZE];
    fail_msg("%s (%s): output %d has shape %s, expected %s", c->name, way_name(way), index,
             lm_shape_format(&got->shape, a, sizeof a), lm_shape_format(&shape, b, sizeof b));
  }
  if (got->type != want->type) {
    fail_msg("%s (%s): output %d is %s, expected %s", c->name, way_name(way), index,
             lm_type_name(got->type), lm_type_name(want->type));
  }
  const int64_t count = op_tensor_elements(want);
  if (want->values != NULL) assert_int_equal(want->value_count, count);
  const bool real = want->type == LM_FLOAT32 || want->type == LM_FLOAT16;
  const double tolerance = fmax(c->tolerance > 0.0 ? c->tolerance : 1e-5, held_to->floats);
  const double steps = want->scale_count > 0 ? held_to->integers : 0.0;
  const double scale = way->delegate != NULL ? largest(want) : 0.0;
  for (int64_t i = 0; i < count; ++i) {
    const double w = want->values != NULL ? want->values[i] : 0.0;
    const double g = op_element(got->data, got->type, i);
    const double limit = real ? tolerance * fmax(fabs(w), scale) : steps;
    if (real && held_to->floats > HALF_TOLERANCE && fabs(w) > LARGEST_HALF) continue;
    if (g == w || (isnan(w) && isnan(g)) || fabs(g - w) <= limit) continue;
    fail_msg("%s (%s): output %d, element %lld is %.9g, expected %.9g", c->name, way_name(way),
             index, (long long)i, g, w);
  }
}

static void write_inputs(const op_case* c, const op_model* m, lm_interpreter* it) {
  for (int32_t i = 0; i < lm_interpreter_output_count(it); ++i) {
    const lm_tensor* t = lm_interpreter_output(it, i);
    if (t->storage == LM_STORAGE_ARENA) memset(t->data, 0xa5, t->bytes);
  }
  for (int32_t i = 0; i < lm_interpreter_input_count(it); ++i) {
    op_tensor_pack(&c->inputs[m->case_inputs[i]], lm_interpreter_input(it, i)->data);
  }
}

static void check_inputs_kept(const op_case* c, const op_way* way, const op_model* m,
                              lm_interpreter* it) {
  for (int32_t i = 0; i < lm_interpreter_input_count(it); ++i) {
    const lm_tensor* t = lm_interpreter_input(it, i);
    if (t->bytes == 0) continue;
    void* want = malloc(t->bytes);
    assert_non_null(want);
    op_tensor_pack(&c->inputs[m->case_inputs[i]], want);
    if (memcmp(want, t->data, t->bytes) != 0) {
      fail_msg("%s (%s): the run changed input %d", c->name, way_name(way), m->case_inputs[i]);
    }
    free(want);
  }
}

static void check_refusal(const op_case* c, const op_way* way, lm_status status,
                          const lm_error* err) {
  if (status != c->status) {
    fail_msg("%s (%s): '%s' (%s), expected '%s'", c->name, way_name(way), lm_status_text(status),
             err->message, lm_status_text(c->status));
  }
  if (c->message == NULL) fail_msg("%s: a refusal needs a message", c->name);
  if (strstr(err->message, c->message) == NULL) {
    fail_msg("%s (%s): message is '%s', expected '%s' in it", c->name, way_name(way), err->message,
             c->message);
  }
}

static void run_twice(const op_case* c, const op_way* way, const op_model* m, lm_interpreter* it,
                      const counting_allocator* counter) {
  bool has_variable = false;
  for (int32_t i = 0; i < OP_MAX_INPUTS; ++i) has_variable |= c->inputs[i].kind == OP_VARIABLE;
  const lm_plan_report* report = lm_interpreter_report(it);
  // Bytes as floats are held to nothing; here to a step, of which the largest value has 127.
  const bool as_floats = report->integer_steps < 0;
  const op_limits held_to = {
      as_floats ? fmax(report->float_tolerance, 2.0 / 127) : report->float_tolerance,
      as_floats ? 1.0 : 0.0};
  for (int32_t run = 0; run < 2; ++run) {
    if (has_variable) lm_interpreter_reset_variables(it);
    write_inputs(c, m, it);
    lm_error err = LM_ERROR_INIT;
    const int before = counter->allocations;
    const lm_status status = lm_interpreter_invoke(it, &err);
    assert_int_equal(counter->allocations, before);
    if (c->status != LM_OK) {
      check_refusal(c, way, status, &err);
      continue;
    }
    if (status != LM_OK) fail_msg("%s (%s): %s", c->name, way_name(way), err.message);
    for (int32_t i = 0; i < lm_interpreter_output_count(it); ++i) {
      check_output(c, way, i, lm_interpreter_output(it, i), &held_to);
    }
    check_inputs_kept(c, way, m, it);
  }
}

// What GPU delegates refuse and why. Any other refusal is a failure, and so is a case in this list
// that they take after all.
static const struct gpu_refusal {
  const char* group;
  const char* name;
  const char* why;
} kGpuRefusals[] = {
#define OP_REFUSED(group, name, why) {group, name, why},
#include "gpu_refusals.inc"
#undef OP_REFUSED
};

// Reasons that lie in the tensors, whatever the op. What a device lacks is no business of a list.
static bool is_general(const char* why) {
  static const char* const kGeneral[] = {
      "int64 tensors have no type on the device", "int16 tensors have no type on the device",
      "a tensor's type is none of the device's", "a tensor has no elements",
      "an activation with a scale for each channel"};
  for (size_t i = 0; i < sizeof kGeneral / sizeof kGeneral[0]; ++i) {
    if (strcmp(kGeneral[i], why) == 0) return true;
  }
  return strncmp(why, "the device has no ", strlen("the device has no ")) == 0;
}

// Returns whether the case is where the list says; `why` is NULL for a case that a GPU took.
static bool is_listed(const op_suite* suite, const op_case* c, const char* why) {
  const char* listed = NULL;
  for (size_t i = 0; i < sizeof kGpuRefusals / sizeof kGpuRefusals[0]; ++i) {
    const struct gpu_refusal* r = &kGpuRefusals[i];
    if (strcmp(r->group, suite->group) == 0 && strcmp(r->name, c->name) == 0) listed = r->why;
  }
  if (why != NULL && is_general(why)) return true;
  if (why != NULL && listed != NULL && strcmp(why, listed) == 0) return true;
  if (why == NULL && listed == NULL) return true;
  if (why != NULL)
    print_message("OP_REFUSED(\"%s\", \"%s\", \"%s\")\n", suite->group, c->name, why);
  if (why == NULL)
    print_message("%s: %s is in gpu_refusals.inc, but taken\n", suite->group, c->name);
  return false;
}

// Returns whether the op ran on the delegate; `out_why` receives why not, NULL where nothing was
// placed.
static bool run_case(const op_case* c, const op_way* way, const char** out_why) {
  op_model m;
  op_model_init(&m, c, way->copies);
  counting_allocator counter = {0};
  lm_delegate* delegates[1] = {way->delegate};
  const lm_interpreter_options options = {.struct_size = sizeof options,
                                          .delegates = delegates,
                                          .delegate_count = way->delegate != NULL ? 1 : 0,
                                          .no_in_place = way->no_in_place};
  lm_error err = LM_ERROR_INIT;
  lm_interpreter* it = NULL;
  bool delegated = false;
  *out_why = NULL;
  lm_status status =
      lm_interpreter_create(&m.model, &options, counting_allocator_make(&counter), &it, &err);
  if (status == LM_OK) status = lm_interpreter_plan(it, &err);
  if (status == LM_OK) {
    const lm_plan_report* report = lm_interpreter_report(it);
    delegated = report->placements[report->node_count - 1].delegate_index == 0;
    *out_why = report->placements[report->node_count - 1].why_not;
    run_twice(c, way, &m, it, &counter);
  } else if (c->status == LM_OK) {
    fail_msg("%s (%s): %s", c->name, way_name(way), err.message);
  } else {
    check_refusal(c, way, status, &err);
  }
  lm_interpreter_destroy(it);
  if (counter.live != 0)
    fail_msg("%s (%s): %d blocks leaked", c->name, way_name(way), counter.live);
  op_model_deinit(&m);
  return delegated;
}

static bool is_gpu(const lm_delegate_vtable* vtable) {
  return vtable != NULL &&
         (strcmp(vtable->name, "opencl") == 0 || strcmp(vtable->name, "vulkan") == 0);
}

static void test_cases(void** state) {
  const op_suite* suite = *state;
  lm_delegate* delegate = NULL;
  if (suite->vtable != NULL) {
    const lm_delegate_options options = {
        .struct_size = sizeof options, .threads = 2, .extra = suite->extra};
    lm_error err = LM_ERROR_INIT;
    const lm_status status = suite->vtable->open(&options, lm_allocator_default(), &delegate, &err);
    if (status == LM_UNAVAILABLE) {
      print_message("%s: %s\n", suite->vtable->name, err.message);
      skip();
    }
    if (status != LM_OK) fail_msg("%s: %s", suite->vtable->name, err.message);
  }
  int32_t delegated = 0;
  bool as_listed = true;
  const char* name = suite->vtable != NULL ? suite->vtable->name : "";
  // With other options they refuse other cases.
  const bool is_listed_gpu = is_gpu(suite->vtable) && suite->extra == NULL;
  for (int32_t i = 0; i < suite->count; ++i) {
    const op_case* c = &suite->cases[i];
    const bool refused = c->status != LM_OK;
    const op_way alone = {.delegate = delegate};
    const char* why;
    const bool taken = run_case(c, &alone, &why);
    delegated += taken ? 1 : 0;
    if (refused) continue;
    if (is_listed_gpu && !is_listed(suite, c, taken ? NULL : why)) as_listed = false;
    for (int32_t way = 1; way < 4; ++way) {
      run_case(
          c,
          &(op_way){.copies = (way & 1) != 0, .no_in_place = (way & 2) != 0, .delegate = delegate},
          &why);
    }
  }
  if (delegate != NULL) {
    print_message("%s takes %d of %d cases\n", suite->vtable->name, delegated, suite->count);
    suite->vtable->close(delegate);
  }
  if (!as_listed) fail_msg("%s refuses other cases than gpu_refusals.inc says", name);
}

enum { MOST_SUITES = 16 };

typedef struct op_suites {
  op_suite suites[MOST_SUITES];
  struct CMUnitTest tests[MOST_SUITES];
  size_t count;
} op_suites;

static void add_suite(op_suites* all, const char* name, op_suite suite) {
  if (all->count == MOST_SUITES) return;
  all->suites[all->count] = suite;
  all->tests[all->count] = (struct CMUnitTest){
      .name = name, .test_func = test_cases, .initial_state = &all->suites[all->count]};
  ++all->count;
}

int op_test_main(const char* group, const op_case* cases, int32_t count) {
  op_suites all;
  memset(&all, 0, sizeof all);
  op_suite suite = {.group = group, .cases = cases, .count = count};
  add_suite(&all, "reference", suite);
  for (int32_t i = 0; (suite.vtable = lm_delegates_at(i)) != NULL; ++i) {
    suite.extra = NULL;
    add_suite(&all, suite.vtable->name, suite);
    if (!is_gpu(suite.vtable)) continue;
    suite.extra = "precision=fp16,trial=off";
    add_suite(&all, "fp16", suite);
    suite.extra = "quantized=float";
    add_suite(&all, "quantized as float", suite);
  }
  return _cmocka_run_group_tests(group, all.tests, all.count, NULL, NULL);
}

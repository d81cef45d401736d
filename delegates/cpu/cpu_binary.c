// SPDX-License-Identifier: MIT
#include "cpu_binary.h"

#include <math.h>
#include <string.h>

#include "cpu_fusion.h"
#include "cpu_table.h"

#define MOST_DIMS LM_MAX_RANK

// Merged dimensions of the output, outermost first, and the operands' strides along them.
typedef struct walk {
  int32_t rank;
  size_t dims[MOST_DIMS];
  size_t strides[MOST_DIMS][2];  // elements; 0 where an operand is broadcast
} walk;

// A short row that repeats is laid out several times, so that rows become long.
#define PATTERN_BYTES 256
#define MOST_REPEATS 256

typedef struct binary_step {
  lm__cpu_step step;
  int32_t index[2], output_index;
  size_t element_bytes;
  const lm__cpu_binary* kind;
  walk outer;        // what is left outside of rows
  lm__rows rows;     // addresses of the whole tensors
  size_t row_count;  // of all
  size_t count;
  int32_t pattern;  // operand that is laid out in the packed block; -1: none
  size_t pattern_elements;
  bool is_signed;
  lm__cpu_range range;
  lm__f32_binary_fn f32;
  const lm__q8_add_uk* add;
  const lm__q8_mul_uk* mul;
  lm__q8_add_args add_args;
  lm__q8_mul_args mul_args;
} binary_step;

static lm_activation activation_of(const lm__cpu_binary* kind, const lm_node* node) {
  const lm_arithmetic_options* options = node->def->options;
  return kind->has_activation && options != NULL ? options->activation : LM_ACTIVATION_NONE;
}

// Number of the operand whose partner is a constant of one element; -1: there is none.
static int32_t table_input(const lm_graph* graph, const lm_node* node) {
  for (int32_t i = 0; i < 2; ++i) {
    if (lm__cpu_table_supports(graph, node, i)) return i;
  }
  return -1;
}

static const char* why_not_q8(const lm__cpu_binary* kind, const lm_tensor* a, const lm_tensor* b,
                              const lm_tensor* output) {
  if (kind->q8 == LM_CPU_Q8_ADD || kind->q8 == LM_CPU_Q8_SUB) {
    lm__q8_add_args args;
    lm__cpu_q8_add_args(a, b, output, false, &args);
    if (args.right[2] < 0) return "output scale is too small";
  }
  return NULL;
}

bool lm__cpu_binary_supports(const lm__cpu_binary* kind, const lm_graph* graph, const lm_node* node,
                             const char** out_why) {
  const lm_tensor* a = lm_graph_input(graph, node, 0);
  const lm_tensor* b = lm_graph_input(graph, node, 1);
  const lm_tensor* output = lm_graph_output(graph, node, 0);
  LM_CPU_REQUIRE(a->type == b->type && a->type == output->type, "types differ");
  LM_CPU_REQUIRE(lm__cpu_is_clamp(activation_of(kind, node)), "fused activation is no clamp");
  if (a->type == LM_FLOAT32) return true;
  LM_CPU_REQUIRE(kind->q8 != LM_CPU_Q8_NONE, "type is not float32");
  LM_CPU_REQUIRE(lm__cpu_is_plain(a) && lm__cpu_is_plain(b) && lm__cpu_is_plain(output),
                 "type is not float32, int8 or uint8");
  if (table_input(graph, node) >= 0) return true;
  const char* why = why_not_q8(kind, a, b, output);
  LM_CPU_REQUIRE(why == NULL, why);
  return true;
}

// Strides of `shape`, broadcast to the dimensions of `output`.
static void broadcast_strides(const lm_shape* shape, const lm_shape* output, size_t* strides) {
  size_t stride = 1;
  for (int32_t d = output->rank - 1; d >= 0; --d) {
    const int32_t own = d - (output->rank - shape->rank);
    const size_t length = own >= 0 ? (size_t)shape->dims[own] : 1;
    strides[d] = length == 1 ? 0 : stride;
    stride *= length;
  }
}

static void walk_init(walk* w, const lm_tensor* a, const lm_tensor* b, const lm_tensor* output) {
  size_t strides[2][LM_MAX_RANK];
  broadcast_strides(&a->shape, &output->shape, strides[0]);
  broadcast_strides(&b->shape, &output->shape, strides[1]);
  w->rank = 0;
  for (int32_t d = 0; d < output->shape.rank; ++d) {
    const size_t length = (size_t)output->shape.dims[d];
    if (length == 1) continue;
    const int32_t last = w->rank - 1;
    if (last >= 0 && w->strides[last][0] == strides[0][d] * length &&
        w->strides[last][1] == strides[1][d] * length) {
      w->dims[last] *= length;
      w->strides[last][0] = strides[0][d];
      w->strides[last][1] = strides[1][d];
      continue;
    }
    w->dims[w->rank] = length;
    w->strides[w->rank][0] = strides[0][d];
    w->strides[w->rank][1] = strides[1][d];
    ++w->rank;
  }
}

// Takes the two innermost dimensions out of the walk as rows.
static void split_rows(binary_step* s) {
  walk* w = &s->outer;
  s->rows = (lm__rows){.rows = 1, .count = 1};
  if (w->rank > 0) {
    const int32_t last = --w->rank;
    s->rows.count = w->dims[last];
    s->rows.a_single = w->strides[last][0] == 0;
    s->rows.b_single = w->strides[last][1] == 0;
  }
  if (w->rank > 0) {
    const int32_t last = --w->rank;
    s->rows.rows = w->dims[last];
    s->rows.a_stride = w->strides[last][0];
    s->rows.b_stride = w->strides[last][1];
  }
  s->row_count = s->rows.rows;
  for (int32_t d = 0; d < w->rank; ++d) s->row_count *= w->dims[d];
}

// Several short rows whose second operand (say) is the same become one row and a pattern.
static lm_status lengthen_rows(binary_step* s, lm_error* err) {
  s->pattern = -1;
  lm__rows* r = &s->rows;
  const size_t enough = PATTERN_BYTES / s->element_bytes;
  if (r->rows == 1 || r->count >= enough / 2 || r->a_single || r->b_single || s->outer.rank > 0) {
    return LM_OK;
  }
  if ((r->a_stride == 0) == (r->b_stride == 0)) return LM_OK;
  size_t repeats = 1;
  for (size_t k = 2; k <= MOST_REPEATS && k <= r->rows; ++k) {
    if (r->rows % k == 0) repeats = k;
    if (repeats * r->count >= enough) break;
  }
  if (repeats == 1) return LM_OK;
  s->pattern = r->a_stride == 0 ? 0 : 1;
  s->pattern_elements = r->count;
  r->count *= repeats;
  r->rows /= repeats;
  s->row_count = r->rows;
  if (s->pattern == 0) {
    r->b_stride = r->rows == 1 ? 0 : r->count;
  } else {
    r->a_stride = r->rows == 1 ? 0 : r->count;
  }
  return lm__cpu_step_pack(&s->step, r->count * s->element_bytes, err);
}

static void run_kernel(const binary_step* s, const lm__rows* rows) {
  if (s->f32 != NULL) {
    s->f32(rows, s->range.min, s->range.max);
  } else if (s->add != NULL) {
    s->add->run(&s->add_args, rows);
  } else if (s->mul != NULL) {
    s->mul->run(&s->mul_args, rows);
  } else if (s->kind->q8 == LM_CPU_Q8_MAXIMUM) {
    s->step.delegate->vector->q8_maximum(rows, s->is_signed);
  } else {
    s->step.delegate->vector->q8_minimum(rows, s->is_signed);
  }
}

static const void* advance(const void* p, size_t elements, size_t element_bytes) {
  return (const uint8_t*)p + elements * element_bytes;
}

// Elements [begin, end) of the single row that there is.
static void run_elements(const lm__cpu_step* step, size_t begin, size_t end) {
  const binary_step* s = (const binary_step*)step;
  lm__rows piece = s->rows;
  piece.count = end - begin;
  piece.a = advance(piece.a, s->rows.a_single ? 0 : begin, s->element_bytes);
  piece.b = advance(piece.b, s->rows.b_single ? 0 : begin, s->element_bytes);
  piece.out = (uint8_t*)piece.out + begin * s->element_bytes;
  run_kernel(s, &piece);
}

static void run_rows(const binary_step* s, size_t begin, size_t end) {
  while (begin < end) {
    const size_t block = begin / s->rows.rows, first = begin % s->rows.rows;
    size_t a = first * s->rows.a_stride, b = first * s->rows.b_stride, rest = block;
    for (int32_t d = s->outer.rank - 1; d >= 0; --d) {
      const size_t at = rest % s->outer.dims[d];
      rest /= s->outer.dims[d];
      a += at * s->outer.strides[d][0];
      b += at * s->outer.strides[d][1];
    }
    lm__rows piece = s->rows;
    piece.rows = s->rows.rows - first < end - begin ? s->rows.rows - first : end - begin;
    piece.a = advance(piece.a, a, s->element_bytes);
    piece.b = advance(piece.b, b, s->element_bytes);
    piece.out = (uint8_t*)piece.out + begin * s->rows.count * s->element_bytes;
    run_kernel(s, &piece);
    begin += piece.rows;
  }
}

// Threads take groups of rows.
typedef struct row_work {
  const binary_step* s;
  int32_t pieces;
} row_work;

static void run_row_pieces(void* context, int32_t thread, int32_t begin, int32_t end) {
  (void)thread;
  const row_work* w = context;
  const size_t rows = w->s->row_count, pieces = (size_t)w->pieces;
  run_rows(w->s, rows * (size_t)begin / pieces, rows * (size_t)end / pieces);
}

static void binary_bind(lm__cpu_step* step, const lm__cpu_binding* binding) {
  binary_step* s = (binary_step*)step;
  const lm_tensor* tensors = binding->graph->tensors;
  s->rows.a = tensors[s->index[0]].data;
  s->rows.b = tensors[s->index[1]].data;
  s->rows.out = tensors[s->output_index].data;
  if (!step->is_part) return;
  if (tensors[s->index[0]].storage == LM_STORAGE_NONE) s->rows.a = s->rows.out;
  if (tensors[s->index[1]].storage == LM_STORAGE_NONE) s->rows.b = s->rows.out;
}

static void lay_pattern(const binary_step* s, const void* operand) {
  const size_t bytes = s->pattern_elements * s->element_bytes;
  uint8_t* to = s->step.packed;
  for (size_t at = 0; at < s->step.packed_bytes; at += bytes) memcpy(to + at, operand, bytes);
}

#define GRAIN 8192

static void binary_run(lm__cpu_step* step) {
  const binary_step* s = (const binary_step*)step;
  binary_step patterned;
  if (s->pattern >= 0) {
    lay_pattern(s, s->pattern == 0 ? s->rows.a : s->rows.b);
    patterned = *s;
    *(s->pattern == 0 ? &patterned.rows.a : &patterned.rows.b) = s->step.packed;
    s = &patterned;
  }
  if (s->row_count == 1) {
    lm__cpu_for(&s->step, s->count, GRAIN, run_elements);
    return;
  }
  const size_t most = s->count / GRAIN, threads = (size_t)step->delegate->threads;
  size_t pieces = most < threads ? most : threads;
  if (pieces > s->row_count) pieces = s->row_count;
  row_work work = {s, pieces < 1 ? 1 : (int32_t)pieces};
  lm__thread_pool_run(step->delegate->pool, work.pieces, run_row_pieces, &work);
}

static const lm__cpu_step_kind kBinary = {binary_bind, binary_run};

static lm_status prepare_kernel(binary_step* s, const lm_tensor* a, const lm_tensor* b,
                                const lm_tensor* output, uint32_t isa) {
  s->is_signed = output->type == LM_INT8;
  if (output->type == LM_FLOAT32) {
    s->f32 = s->step.delegate->vector->f32_binary[s->kind->f32];
    if (!s->kind->has_activation) {
      s->range.min = -INFINITY;
      s->range.max = INFINITY;
    }
    return LM_OK;
  }
  if (s->kind->q8 == LM_CPU_Q8_ADD || s->kind->q8 == LM_CPU_Q8_SUB) {
    s->add = lm__q8_add_select(isa);
    lm__cpu_q8_add_args(a, b, output, s->kind->q8 == LM_CPU_Q8_SUB, &s->add_args);
    s->add_args.min = s->range.qmin;
    s->add_args.max = s->range.qmax;
    if (s->add->wants_linear) lm__cpu_q8_add_linear(s->add, &s->add_args);
  } else if (s->kind->q8 == LM_CPU_Q8_MUL) {
    s->mul = lm__q8_mul_select(isa);
    lm__cpu_q8_mul_args(a, b, output, &s->mul_args);
    s->mul_args.min = s->range.qmin;
    s->mul_args.max = s->range.qmax;
  }
  return LM_OK;
}

static const char* kernel_name(const lm__cpu_binary* kind, lm_type type, uint32_t isa) {
  if (type == LM_FLOAT32) return kind->f32_name;
  switch (kind->q8) {
    case LM_CPU_Q8_ADD:
    case LM_CPU_Q8_SUB:
      return lm__q8_add_select(isa)->name;
    case LM_CPU_Q8_MUL:
      return lm__q8_mul_select(isa)->name;
    case LM_CPU_Q8_MAXIMUM:
      return "q8_maximum";
    default:
      return "q8_minimum";
  }
}

lm_status lm__cpu_binary_compile(const lm__cpu_build* build, const lm_node* node,
                                 const lm__cpu_binary* kind, lm__cpu_step** out_step,
                                 lm_error* err) {
  const lm_graph* graph = build->graph;
  const lm_tensor* a = lm_graph_input(graph, node, 0);
  const lm_tensor* b = lm_graph_input(graph, node, 1);
  const lm_tensor* output = lm_graph_output(graph, node, 0);
  const uint32_t isa = build->delegate->isa;
  const int32_t input = table_input(graph, node);
  if (input >= 0) return lm__cpu_table_compile(build, node, input, out_step, err);
  LM_CPU_TRY(lm__cpu_step_create(build, node, &kBinary, sizeof(binary_step),
                                 kernel_name(kind, output->type, isa), out_step, err));
  binary_step* s = (binary_step*)*out_step;
  s->kind = kind;
  s->index[0] = lm__cpu_index(graph, a);
  s->index[1] = lm__cpu_index(graph, b);
  s->output_index = lm__cpu_index(graph, output);
  s->element_bytes = lm_type_bytes(output->type);
  s->count = (size_t)lm_shape_count(&output->shape);
  LM_CPU_TRY(lm__cpu_activation_range(activation_of(kind, node), output, &s->range, err));
  LM_CPU_TRY(prepare_kernel(s, a, b, output, isa));
  walk_init(&s->outer, a, b, output);
  split_rows(s);
  LM_CPU_TRY(lengthen_rows(s, err));
  if (lm_shape_equal(&a->shape, &b->shape)) {
    lm__cpu_make_elementwise(build, node, &s->step, run_elements);
    return LM_OK;
  }
  if (lm_shape_count(&a->shape) == (int64_t)s->count) {
    lm_compiler_alias(build->compiler, s->output_index, s->index[0]);
  }
  if (lm_shape_count(&b->shape) == (int64_t)s->count) {
    lm_compiler_alias(build->compiler, s->output_index, s->index[1]);
  }
  return LM_OK;
}

// SPDX-License-Identifier: MIT
#include "cpu_strip.h"

#include "cpu_dw_window.h"
#include "cpu_product.h"

// A tensor of this size leaves the second-level cache (1 to 2 MiB) before it is read.
#define WORTHWHILE_BYTES ((size_t)384 << 10)
// What a strip and the weights of its products may take of that cache.
#define STRIP_BYTES ((size_t)320 << 10)
#define WEIGHTS_BYTES ((size_t)512 << 10)
#define MOST_ROWS 8
// And what is fetched of the input for the next strip.
#define NEXT_BYTES ((size_t)128 << 10)

typedef struct strip_step {
  lm__cpu_step step;
  const lm__cpu_step* expand;  // NULL: the depthwise op reads a tensor
  const lm__cpu_step* depthwise;
  const lm__cpu_step* project;  // NULL: the depthwise op writes a tensor
  lm__geometry g;               // of the depthwise op
  size_t element_bytes;
  int32_t unit;                       // rows of its output that threads share
  int32_t units;                      // an image
  int32_t rows;                       // a strip, several units
  int32_t ring_rows;                  // expanded rows that are kept
  size_t ring_bytes;                  // of all of them
  int32_t input_index, output_index;  // of the chain
  int32_t scratch_index;
  size_t scratch_stride;
  uint32_t run;  // counts them
  const uint8_t* input;
  uint8_t* output;
  uint8_t* scratch;
} strip_step;

// How far a thread is with the rows that its ring holds: those of the units before `next` of this
// run.
typedef struct progress {
  int64_t expanded;  // rows of the image that the ring has seen, or need not see
  int32_t next;
  uint32_t run;
  char padding[128 - 16];  // threads do not share lines, nor pairs of them
} progress;

static size_t row_bytes(int32_t columns, int32_t channels, size_t element_bytes) {
  return (size_t)columns * (size_t)channels * element_bytes;
}

// ---- run

static progress* progress_of(const strip_step* s, int32_t thread) {
  return (progress*)s->step.tables + thread;
}

static uint8_t* ring_row(const strip_step* s, uint8_t* ring, int64_t y) {
  return ring +
         (size_t)(y % s->ring_rows) * (size_t)s->g.in_w * (size_t)s->g.in_c * s->element_bytes;
}

// Expands rows [begin, end) of an image into the ring.
static void expand_rows(const strip_step* s, int32_t thread, uint8_t* ring, int32_t image,
                        int64_t begin, int64_t end) {
  for (int64_t y = begin; y < end; ++y) {
    lm__cpu_product_image_row(s->expand, thread, image, (int32_t)y, ring_row(s, ring, y));
  }
}

// The depthwise op over output rows [y, y + rows).
static void filter_rows(const strip_step* s, int32_t thread, uint8_t* ring, int32_t image,
                        int32_t y, int32_t rows, uint8_t* to) {
  const lm__geometry* g = &s->g;
  const size_t out_bytes = (size_t)g->out_w * (size_t)g->out_c * s->element_bytes;
  const int32_t most = lm__cpu_dw_window_most_rows(s->depthwise);
  for (int32_t done = 0; done < rows; done += most) {
    const int32_t n = rows - done < most ? rows - done : most;
    const int32_t wanted = (n - 1) * g->stride_h + g->filter_h;
    const void* in[LM_CPU_DW_WINDOW_MOST_ROWS_IN] = {NULL};
    for (int32_t i = 0; i < wanted; ++i) {
      const int64_t at = (int64_t)(y + done) * g->stride_h - g->pad_h + i;
      if (at < 0 || at >= g->in_h) continue;
      const size_t row = (size_t)((int64_t)image * g->in_h + at);
      in[i] = s->expand != NULL
                  ? ring_row(s, ring, at)
                  : s->input + row * (size_t)g->in_w * (size_t)g->in_c * s->element_bytes;
    }
    lm__cpu_dw_window_rows(s->depthwise, thread, in, n, to + (size_t)done * out_bytes);
  }
}

// The rows that a strip below this one, of `rows` output rows that begin at `y`, is the first to
// see. Where there is an expansion, it reads few channels, which need no fetching.
static lm__cpu_bytes next_input(const strip_step* s, int32_t image, int32_t y, int32_t rows) {
  const lm__geometry* g = &s->g;
  const int64_t seen = (int64_t)(y - 1) * g->stride_h - g->pad_h + g->filter_h;
  const int64_t left = g->in_h - seen, most = (int64_t)rows * g->stride_h;
  if (s->expand != NULL || left <= 0) return (lm__cpu_bytes){s->input, 0};
  const size_t bytes = row_bytes(g->in_w, g->in_c, s->element_bytes);
  return (lm__cpu_bytes){s->input + (size_t)((int64_t)image * g->in_h + seen) * bytes,
                         (size_t)(left < most ? left : most) * bytes};
}

static void run_strip(const strip_step* s, int32_t thread, int32_t image, int32_t y, int32_t rows) {
  const lm__geometry* g = &s->g;
  progress* done = progress_of(s, thread);
  uint8_t* ring = s->scratch + (size_t)thread * s->scratch_stride;
  if (s->expand != NULL) {
    const int64_t first = (int64_t)y * g->stride_h - g->pad_h;
    int64_t end = first + (int64_t)(rows - 1) * g->stride_h + g->filter_h;
    if (end > g->in_h) end = g->in_h;
    int64_t begin = first > 0 ? first : 0;
    if (done->expanded > begin) begin = done->expanded;
    expand_rows(s, thread, ring, image, begin, end);
    if (end > done->expanded) done->expanded = end;
  }
  const size_t pixel = (size_t)((int64_t)image * g->out_h + y) * (size_t)g->out_w;
  if (s->project == NULL) {
    uint8_t* to = s->output + pixel * (size_t)g->out_c * s->element_bytes;
    filter_rows(s, thread, ring, image, y, rows, to);
    return;
  }
  uint8_t* filtered = ring + s->ring_bytes;
  filter_rows(s, thread, ring, image, y, rows, filtered);
  const size_t columns = (size_t)lm__cpu_product_columns(s->project);
  lm__cpu_product_rows(s->project, thread, filtered, rows * g->out_w,
                       next_input(s, image, y + rows, rows),
                       s->output + pixel * columns * s->element_bytes);
}

static void run_units(void* context, int32_t thread, int32_t begin, int32_t end) {
  const strip_step* s = context;
  progress* done = progress_of(s, thread);
  const int32_t most = s->rows / s->unit;
  for (int32_t i = begin, n; i < end; i += n) {
    const int32_t image = i / s->units, unit = i % s->units;
    n = s->units - unit;
    if (n > end - i) n = end - i;
    if (n > most) n = most;
    if (unit == 0 || done->run != s->run || done->next != i) done->expanded = 0;
    const int32_t y = unit * s->unit, left = s->g.out_h - y;
    run_strip(s, thread, image, y, n * s->unit < left ? n * s->unit : left);
    done->run = s->run;
    done->next = i + n;
  }
}

static void strip_run(lm__cpu_step* step) {
  strip_step* s = (strip_step*)step;
  ++s->run;
  lm__thread_pool_run(step->delegate->pool, s->units * s->g.batches, run_units, s);
}

static void strip_bind(lm__cpu_step* step, const lm__cpu_binding* binding) {
  strip_step* s = (strip_step*)step;
  s->input = binding->graph->tensors[s->input_index].data;
  s->output = binding->graph->tensors[s->output_index].data;
  s->scratch = binding->buffers[s->scratch_index];
}

static const lm__cpu_step_kind kStrip = {strip_bind, strip_run};

// ---- compile

typedef struct chain {
  const lm_node *expand, *depthwise, *project;  // the first and the last may be NULL
  lm__cpu_step *expand_step, *depthwise_step, *project_step;
} chain;

static const lm_tensor* output_of(const lm__cpu_build* build, const lm_node* node) {
  return lm_graph_output(build->graph, node, 0);
}

// The step of `node`, where it is a convolution that no other strip has.
static lm__cpu_step* free_step(const lm__cpu_build* build, const lm_node* node) {
  if (node == NULL || node->def->builtin != LM_BUILTIN_CONV_2D) return NULL;
  lm__cpu_step* step = lm__cpu_program_step(build->program, node->index);
  return step != NULL && !step->is_part && lm__cpu_product_is_plain(step) ? step : NULL;
}

static bool is_worthwhile(const lm__cpu_build* build, const lm_tensor* t) {
  return build->delegate->strips == LM_CPU_STRIPS_ALWAYS || t->bytes >= WORTHWHILE_BYTES;
}

static void find_expand(const lm__cpu_build* build, chain* c) {
  const lm_tensor* t = lm_graph_input(build->graph, c->depthwise, 0);
  if (!is_worthwhile(build, t) || lm__cpu_sole_reader(build, t) != c->depthwise) return;
  if (t->producer < 0 || build->readers.inside[t->producer] == 0) return;
  const lm_node* node = &build->graph->nodes[t->producer];
  c->expand_step = free_step(build, node);
  if (c->expand_step != NULL) c->expand = node;
}

static void find_project(const lm__cpu_build* build, chain* c) {
  const lm_tensor* t = output_of(build, c->depthwise);
  const lm_node* node = lm__cpu_sole_reader(build, t);
  if (node == NULL || lm_graph_input(build->graph, node, 0) != t) return;
  if (c->expand == NULL && !is_worthwhile(build, t)) return;
  c->project_step = free_step(build, node);
  if (c->project_step != NULL && !lm__cpu_product_is_dense(c->project_step)) c->project_step = NULL;
  if (c->project_step != NULL) c->project = node;
}

// Rows of a strip, and the ring for them; false where even a few rows are too many.
static bool choose_rows(strip_step* s, int32_t threads) {
  const lm__geometry* g = &s->g;
  const int32_t unit = lm__cpu_dw_window_unit(s->depthwise, 1);
  const size_t in_row = row_bytes(g->in_w, g->in_c, s->element_bytes);
  const size_t out_row = row_bytes(g->out_w, g->out_c, s->element_bytes);
  for (int32_t rows = MOST_ROWS / unit * unit; rows >= unit && rows > 0; rows -= unit) {
    const int32_t ring = s->expand != NULL ? (rows - 1) * g->stride_h + g->filter_h : 0;
    const size_t filtered = s->project != NULL ? (size_t)rows * out_row : 0;
    const size_t next = s->expand == NULL ? (size_t)(rows * g->stride_h) * in_row : 0;
    const bool is_much = (size_t)ring * in_row + filtered > STRIP_BYTES || next > NEXT_BYTES;
    if (is_much && rows > unit) continue;
    if ((size_t)ring * in_row + filtered > 2 * STRIP_BYTES) return false;
    s->unit = lm__cpu_dw_window_unit(s->depthwise, threads);
    s->units = (g->out_h + s->unit - 1) / s->unit;
    s->rows = rows;
    s->ring_rows = ring;
    s->ring_bytes =
        ((size_t)ring * in_row + LM_TAIL_BYTES + LM_ALIGNMENT - 1) / LM_ALIGNMENT * LM_ALIGNMENT;
    return true;
  }
  return false;
}

// What lies between the ops is no tensor any more; the chain's ends live until it runs.
static void tell_compiler(const lm__cpu_build* build, const chain* c, const strip_step* s,
                          int32_t node) {
  lm_compiler* compiler = build->compiler;
  lm_compiler_extend(compiler, s->input_index, node);
  const lm_tensor* between[] = {c->expand != NULL ? output_of(build, c->expand) : NULL,
                                c->project != NULL ? output_of(build, c->depthwise) : NULL};
  for (int i = 0; i < 2; ++i) {
    if (between[i] != NULL) lm_compiler_elide(compiler, lm__cpu_index(build->graph, between[i]));
  }
}

static lm_status make_strip(const lm__cpu_build* build, const chain* c, lm_error* err) {
  const lm_node* last = c->project != NULL ? c->project : c->depthwise;
  const lm_node* first = c->expand != NULL ? c->expand : c->depthwise;
  const lm_tensor* input = lm_graph_input(build->graph, first, 0);
  strip_step probe = {.expand = c->expand_step,
                      .depthwise = c->depthwise_step,
                      .project = c->project_step,
                      .g = *lm__cpu_dw_window_geometry(c->depthwise_step),
                      .element_bytes = lm_type_bytes(input->type),
                      .input_index = lm__cpu_index(build->graph, input),
                      .output_index = lm__cpu_index(build->graph, output_of(build, last))};
  if (!choose_rows(&probe, build->delegate->threads)) return LM_OK;
  lm__cpu_step* step;
  const char* name = c->expand == NULL    ? "strip_dw_1x1"
                     : c->project == NULL ? "strip_conv_dw"
                                          : "strip_conv_dw_1x1";
  LM_CPU_TRY(lm__cpu_step_replace(build, last, &kStrip, sizeof(strip_step), name, &step, err));
  probe.step = *step;
  strip_step* s = (strip_step*)step;
  *s = probe;
  LM_CPU_TRY(lm__cpu_step_tables(step, (size_t)build->delegate->threads * sizeof(progress), err));
  if (c->expand_step != NULL) c->expand_step->is_part = true;
  c->depthwise_step->is_part = true;
  if (c->project_step != NULL) c->project_step->is_part = true;
  tell_compiler(build, c, s, last->index);
  const size_t filtered =
      s->project != NULL ? (size_t)s->rows * row_bytes(s->g.out_w, s->g.out_c, s->element_bytes)
                         : 0;
  return lm__cpu_scratch_request(build, last, s->ring_bytes + filtered, &s->scratch_stride,
                                 &s->scratch_index, err);
}

lm_status lm__cpu_strips_make(const lm__cpu_build* build, lm_error* err) {
  for (int32_t i = 0; i < build->graph->node_count; ++i) {
    const lm_node* node = &build->graph->nodes[i];
    if (build->readers.inside[i] == 0 || node->def->builtin != LM_BUILTIN_DEPTHWISE_CONV_2D) {
      continue;
    }
    chain c = {.depthwise = node};
    c.depthwise_step = lm__cpu_program_step(build->program, i);
    if (c.depthwise_step == NULL || lm__cpu_dw_window_geometry(c.depthwise_step) == NULL) continue;
    find_expand(build, &c);
    find_project(build, &c);
    if (c.expand == NULL && c.project == NULL) continue;
    const size_t weights = (c.expand_step != NULL ? c.expand_step->packed_bytes : 0) +
                           (c.project_step != NULL ? c.project_step->packed_bytes : 0);
    if (weights <= WEIGHTS_BYTES || build->delegate->strips == LM_CPU_STRIPS_ALWAYS) {
      LM_CPU_TRY(make_strip(build, &c, err));
    }
  }
  return LM_OK;
}

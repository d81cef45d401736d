// SPDX-License-Identifier: MIT
#include "product_speed.h"

#include <assert.h>

#include "litmark/profiler.h"
#include "packing.h"

// What both kernels of a comparison are given, each with weights in its own layout.
typedef struct operands {
  lm__gemm_shape shape;
  size_t input_bytes;
  uint8_t* input;  // OWNED
  void* output;    // OWNED
  size_t packed_bytes[2];
  uint8_t* packed[2];  // OWNED
} operands;

static lm_status no_memory(lm_error* err) {
  return LM_FAIL(err, LM_OUT_OF_MEMORY, "delegate cpu: measuring kernels");
}

static void operands_deinit(operands* o, lm_allocator allocator) {
  lm_free(allocator, o->input);
  lm_free(allocator, o->output);
  for (int i = 0; i < 2; ++i) lm_free(allocator, o->packed[i]);
}

// Once `packed_bytes` are known.
static lm_status operands_init(operands* o, const lm__product_size* size, size_t element_bytes,
                               lm_allocator allocator, lm_error* err) {
  o->input_bytes = (size_t)size->rows * (size_t)size->depth * element_bytes + LM_TAIL_BYTES;
  o->input = lm_alloc(allocator, o->input_bytes);
  o->output = lm_alloc(allocator, (size_t)size->rows * (size_t)size->columns * element_bytes);
  bool is_whole = o->input != NULL && o->output != NULL;
  for (int i = 0; i < 2; ++i) {
    o->packed[i] = lm_alloc(allocator, o->packed_bytes[i]);
    if (o->packed[i] == NULL) is_whole = false;
  }
  return is_whole ? LM_OK : no_memory(err);
}

static lm__gemm_shape shape_of(const lm__product_size* size) {
  return (lm__gemm_shape){size->columns, 1, size->depth, (size_t)size->depth, 1};
}

static const size_t kTap = 0;

static lm__gemm_input input_of(const operands* o, const lm__product_size* size) {
  return (lm__gemm_input){.rows = size->rows,
                          .taps = 1,
                          .depth = size->depth,
                          .base = o->input,
                          .row_stride = (size_t)size->depth,
                          .tap_offsets = &kTap};
}

// In turns, so that a machine that is slower for a while is so for both.
static double ratio_of(void (*run)(const void* pair, int which), const void* pair,
                       int32_t repeats) {
  uint64_t least[2] = {UINT64_MAX, UINT64_MAX};
  for (int32_t i = 0; i < 2 * repeats; ++i) {
    const uint64_t begin = lm_now_ns();
    run(pair, i % 2);
    const uint64_t ns = lm_now_ns() - begin;
    if (ns < least[i % 2]) least[i % 2] = ns;
  }
  return (double)(least[1] + 1) / (double)(least[0] + 1);
}

// ---- floats

typedef struct f32_pair {
  const lm__f32_gemm_uk* uks[2];
  lm__f32_gemm_args args[2];
} f32_pair;

static void run_f32(const void* pair, int which) {
  const f32_pair* p = pair;
  p->uks[which]->run(&p->args[which]);
}

lm_status lm__f32_gemm_compare(const lm__f32_gemm_uk* a, const lm__f32_gemm_uk* b,
                               const lm__product_size* size, lm_allocator allocator,
                               double* out_ratio, lm_error* err) {
  f32_pair pair = {.uks = {a, b}};
  operands o = {.shape = shape_of(size)};
  for (int i = 0; i < 2; ++i) {
    size_t panel_bytes;
    if (!lm__f32_gemm_packed_bytes(pair.uks[i], &o.shape, &panel_bytes, &o.packed_bytes[i])) {
      return no_memory(err);
    }
  }
  lm_status status = operands_init(&o, size, sizeof(float), allocator, err);
  const size_t weight_count = (size_t)size->columns * (size_t)size->depth;
  float* weights = lm_alloc_array(allocator, weight_count, sizeof *weights);
  if (status == LM_OK && weights == NULL) status = no_memory(err);
  if (status == LM_OK) {
    // Small whole numbers: exact in every type (emulators are slower where they round), and no
    // denormals.
    float* input = (float*)(void*)o.input;
    for (size_t i = 0; i < o.input_bytes / sizeof *input; ++i) input[i] = (float)(i % 7) - 3.0f;
    for (size_t i = 0; i < weight_count; ++i) weights[i] = (float)(i % 5) - 2.0f;
    for (int i = 0; i < 2; ++i) {
      lm__f32_gemm_pack(pair.uks[i], &o.shape, weights, NULL, (float*)(void*)o.packed[i]);
      pair.args[i] = (lm__f32_gemm_args){.in = input_of(&o, size),
                                         .columns = size->columns,
                                         .packed = (const float*)(const void*)o.packed[i],
                                         .c = o.output,
                                         .c_stride = (size_t)size->columns,
                                         .min = -1e30f,
                                         .max = 1e30f};
    }
    *out_ratio = ratio_of(run_f32, &pair, size->repeats);
  }
  lm_free(allocator, weights);
  operands_deinit(&o, allocator);
  return status;
}

// ---- 8 bits

#define MOST_COLUMNS 64
#define MOST_DEPTH 1024

// A layer whose sums spread over the output's range, as trained ones do.
typedef struct layer {
  uint8_t weights[MOST_COLUMNS * MOST_DEPTH];
  int32_t bias[MOST_COLUMNS];
  lm_multiplier multipliers[MOST_COLUMNS];
} layer;

typedef struct q8_pair {
  const lm__q8_gemm_uk* uks[2];
  lm__q8_gemm_args args[2];
} q8_pair;

static void fill(layer* l, operands* o) {
  uint32_t random = 1;
  for (size_t i = 0; i < o->input_bytes; ++i) {
    random = random * 1664525u + 1013904223u;
    o->input[i] = (uint8_t)(random >> 24);
  }
  for (size_t i = 0; i < sizeof l->weights; ++i) {
    random = random * 1664525u + 1013904223u;
    l->weights[i] = (uint8_t)(random >> 24) == 0x80 ? 0 : (uint8_t)(random >> 24);
  }
  for (int32_t c = 0; c < MOST_COLUMNS; ++c) {
    l->bias[c] = 1000 * c;
    l->multipliers[c] = lm_multiplier_make(0.1 / o->shape.depth);
  }
}

static void run_q8(const void* pair, int which) {
  const q8_pair* p = pair;
  p->uks[which]->run(&p->args[which]);
}

static void prepare(q8_pair* pair, const operands* o, const lm__product_size* size,
                    const layer* l) {
  const lm__q8_weights weights = {.data = l->weights,
                                  .is_signed = true,
                                  .bias = l->bias,
                                  .input_signed = true,
                                  .multipliers = l->multipliers,
                                  .output_signed = true,
                                  .output_min = -128};
  for (int i = 0; i < 2; ++i) {
    const bool is_signed = lm__q8_gemm_is_signed(pair->uks[i], true);
    pair->args[i] = (lm__q8_gemm_args){
        .in = input_of(o, size),
        .columns = size->columns,
        .flip = is_signed ? 0 : 0x80,
        .is_signed = is_signed,
        .packed = o->packed[i],
        .c = o->output,
        .c_stride = (size_t)size->columns,
        .requant = lm__q8_gemm_pack(pair->uks[i], &o->shape, &weights, o->packed[i]),
        .guard = lm__q8_gemm_guard(&o->shape, &weights),
        .output_signed = true,
        .min = -128,
        .max = 127,
    };
  }
}

lm_status lm__q8_gemm_compare(const lm__q8_gemm_uk* a, const lm__q8_gemm_uk* b,
                              const lm__product_size* size, lm_allocator allocator,
                              double* out_ratio, lm_error* err) {
  assert(size->columns <= MOST_COLUMNS && size->depth <= MOST_DEPTH);
  q8_pair pair = {.uks = {a, b}};
  operands o = {.shape = shape_of(size)};
  for (int i = 0; i < 2; ++i) {
    size_t panel_bytes;
    if (!lm__q8_gemm_packed_bytes(pair.uks[i], &o.shape, &panel_bytes, &o.packed_bytes[i])) {
      return no_memory(err);
    }
  }
  layer* l = lm_alloc(allocator, sizeof *l);
  lm_status status = l != NULL ? LM_OK : no_memory(err);
  if (status == LM_OK) status = operands_init(&o, size, sizeof(uint8_t), allocator, err);
  if (status == LM_OK) {
    fill(l, &o);
    prepare(&pair, &o, size, l);
    *out_ratio = ratio_of(run_q8, &pair, size->repeats);
  }
  operands_deinit(&o, allocator);
  lm_free(allocator, l);
  return status;
}

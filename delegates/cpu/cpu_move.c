// SPDX-License-Identifier: MIT
#include "cpu_move.h"

#include <string.h>

#define MOST_ELEMENT_BYTES 8
#define TILE 16

typedef struct move_step {
  lm__cpu_step step;
  size_t element_bytes;
  int32_t count;
  lm__cpu_move* moves;  // in the packed block
  int32_t fill_index;   // -1: nothing is filled
  uint8_t* fill;
  size_t fill_bytes;
  uint8_t value[MOST_ELEMENT_BYTES];
} move_step;

void lm__cpu_move_add(lm__cpu_move* m, int64_t length, ptrdiff_t in_stride, ptrdiff_t out_stride) {
  if (length == 1) return;
  const int32_t last = m->rank - 1;
  const ptrdiff_t n = (ptrdiff_t)length;
  if (last >= 0 && m->in_strides[last] == in_stride * n && m->out_strides[last] == out_stride * n) {
    m->dims[last] *= (size_t)length;
    m->in_strides[last] = in_stride;
    m->out_strides[last] = out_stride;
    return;
  }
  m->dims[m->rank] = (size_t)length;
  m->in_strides[m->rank] = in_stride;
  m->out_strides[m->rank] = out_stride;
  ++m->rank;
}

void lm__cpu_dense_strides(const lm_shape* shape, ptrdiff_t* strides) {
  ptrdiff_t stride = 1;
  for (int32_t d = shape->rank - 1; d >= 0; --d) {
    strides[d] = stride;
    stride *= shape->dims[d];
  }
}

size_t lm__cpu_dims_product(const lm_shape* shape, int32_t first, int32_t last) {
  size_t product = 1;
  for (int32_t d = first; d < last; ++d) product *= (size_t)shape->dims[d];
  return product;
}

int64_t lm__cpu_int_at(const lm_tensor* t, int64_t i) {
  return t->type == LM_INT64 ? ((const int64_t*)t->data)[i] : ((const int32_t*)t->data)[i];
}

bool lm__cpu_is_constant_int(const lm_tensor* t) {
  return t != NULL && (t->type == LM_INT32 || t->type == LM_INT64) && lm__cpu_is_constant(t);
}

bool lm__cpu_move_supports(const lm_tensor* t) {
  const size_t bytes = lm_type_bytes(t->type);
  return bytes == 1 || bytes == 2 || bytes == 4 || bytes == 8;
}

// Elements (i, j) of two dimensions. Along the first the output is contiguous, along the second the
// input is near enough: tiles keep the lines of both sides in the cache.
#define DEFINE_TRANSPOSE(name, T)                                                            \
  static void name(const uint8_t* in_bytes, uint8_t* out_bytes, size_t rows, size_t columns, \
                   ptrdiff_t in_row, ptrdiff_t in_column, ptrdiff_t out_row,                 \
                   ptrdiff_t out_column) {                                                   \
    const T* in = (const T*)(const void*)in_bytes;                                           \
    T* out = (T*)(void*)out_bytes;                                                           \
    for (size_t r0 = 0; r0 < rows; r0 += TILE) {                                             \
      const size_t r1 = r0 + TILE < rows ? r0 + TILE : rows;                                 \
      for (size_t c = 0; c < columns; ++c) {                                                 \
        for (size_t r = r0; r < r1; ++r) {                                                   \
          out[(ptrdiff_t)r * out_row + (ptrdiff_t)c * out_column] =                          \
              in[(ptrdiff_t)r * in_row + (ptrdiff_t)c * in_column];                          \
        }                                                                                    \
      }                                                                                      \
    }                                                                                        \
  }

DEFINE_TRANSPOSE(transpose_1, uint8_t)
DEFINE_TRANSPOSE(transpose_2, uint16_t)
DEFINE_TRANSPOSE(transpose_4, uint32_t)
DEFINE_TRANSPOSE(transpose_8, uint64_t)

// The two innermost dimensions; `in` and `out` point to their first elements.
static void move_plane(const move_step* s, const lm__cpu_move* m, const uint8_t* in, uint8_t* out) {
  const ptrdiff_t size = (ptrdiff_t)s->element_bytes;
  const int32_t c = m->rank - 1, r = m->rank - 2;
  const size_t columns = m->rank >= 1 ? m->dims[c] : 1, rows = m->rank >= 2 ? m->dims[r] : 1;
  const ptrdiff_t in_column = m->rank >= 1 ? m->in_strides[c] : 1;
  const ptrdiff_t out_column = m->rank >= 1 ? m->out_strides[c] : 1;
  const ptrdiff_t in_row = m->rank >= 2 ? m->in_strides[r] : 0;
  const ptrdiff_t out_row = m->rank >= 2 ? m->out_strides[r] : 0;
  if (in_column == 1 && out_column == 1) {
    for (size_t i = 0; i < rows; ++i) {
      memcpy(out + (ptrdiff_t)i * out_row * size, in + (ptrdiff_t)i * in_row * size,
             columns * s->element_bytes);
    }
    return;
  }
  switch (s->element_bytes) {
    case 1:
      transpose_1(in, out, rows, columns, in_row, in_column, out_row, out_column);
      return;
    case 2:
      transpose_2(in, out, rows, columns, in_row, in_column, out_row, out_column);
      return;
    case 4:
      transpose_4(in, out, rows, columns, in_row, in_column, out_row, out_column);
      return;
    default:
      transpose_8(in, out, rows, columns, in_row, in_column, out_row, out_column);
      return;
  }
}

static size_t plane_count(const lm__cpu_move* m) {
  size_t count = 1;
  for (int32_t d = 0; d < m->rank - 2; ++d) count *= m->dims[d];
  return count;
}

static void move_planes(const move_step* s, const lm__cpu_move* m, size_t begin, size_t end) {
  const ptrdiff_t size = (ptrdiff_t)s->element_bytes;
  for (size_t plane = begin; plane < end; ++plane) {
    ptrdiff_t in = m->in_offset, out = m->out_offset;
    size_t rest = plane;
    for (int32_t d = m->rank - 3; d >= 0; --d) {
      const ptrdiff_t at = (ptrdiff_t)(rest % m->dims[d]);
      rest /= m->dims[d];
      in += at * m->in_strides[d];
      out += at * m->out_strides[d];
    }
    move_plane(s, m, m->input + in * size, m->output + out * size);
  }
}

// Threads share the planes of a move where there are several, else the moves.
typedef struct move_work {
  const move_step* s;
  const lm__cpu_move* m;  // NULL: pieces are whole moves
} move_work;

static void run_pieces(void* context, int32_t thread, int32_t begin, int32_t end) {
  (void)thread;
  const move_work* w = context;
  if (w->m != NULL) {
    move_planes(w->s, w->m, (size_t)begin, (size_t)end);
    return;
  }
  for (int32_t i = begin; i < end; ++i) {
    move_planes(w->s, &w->s->moves[i], 0, plane_count(&w->s->moves[i]));
  }
}

static void fill(const move_step* s) {
  if (s->element_bytes == 1) {
    memset(s->fill, s->value[0], s->fill_bytes);
    return;
  }
  // The filled part doubles.
  memcpy(s->fill, s->value, s->element_bytes);
  for (size_t done = s->element_bytes; done < s->fill_bytes;) {
    const size_t more = done < s->fill_bytes - done ? done : s->fill_bytes - done;
    memcpy(s->fill + done, s->fill, more);
    done += more;
  }
}

static void move_bind(lm__cpu_step* step, const lm__cpu_binding* binding) {
  move_step* s = (move_step*)step;
  for (int32_t i = 0; i < s->count; ++i) {
    s->moves[i].input = binding->graph->tensors[s->moves[i].input_index].data;
    s->moves[i].output = binding->graph->tensors[s->moves[i].output_index].data;
  }
  if (s->fill_index >= 0) s->fill = binding->graph->tensors[s->fill_index].data;
}

#define MOST_PIECES (1 << 30)

static void move_run(lm__cpu_step* step) {
  const move_step* s = (const move_step*)step;
  if (s->fill_index >= 0) fill(s);
  move_work work = {s, s->count == 1 ? s->moves : NULL};
  const size_t planes = s->count == 1 ? plane_count(s->moves) : 0;
  if (planes > MOST_PIECES) {
    move_planes(s, s->moves, 0, planes);
    return;
  }
  lm__thread_pool_run(step->delegate->pool, s->count == 1 ? (int32_t)planes : s->count, run_pieces,
                      &work);
}

static const lm__cpu_step_kind kMove = {move_bind, move_run};

lm_status lm__cpu_move_create(const lm__cpu_build* build, const lm_node* node, const char* name,
                              size_t element_bytes, int32_t count, lm__cpu_step** out_step,
                              lm__cpu_move** out_moves, lm_error* err) {
  *out_moves = NULL;
  LM_CPU_TRY(lm__cpu_step_create(build, node, &kMove, sizeof(move_step), name, out_step, err));
  move_step* s = (move_step*)*out_step;
  LM_CPU_TRY(lm__cpu_step_pack(&s->step, (size_t)count * sizeof(lm__cpu_move), err));
  s->element_bytes = element_bytes;
  s->count = count;
  s->moves = s->step.packed;
  s->fill_index = -1;
  *out_moves = s->moves;
  return LM_OK;
}

lm_status lm__cpu_move_view(const lm__cpu_build* build, const lm_node* node, const char* name,
                            const lm_tensor* input, ptrdiff_t offset, const ptrdiff_t* strides,
                            const lm_tensor* output, lm__cpu_step** out_step, lm_error* err) {
  lm__cpu_move* move;
  LM_CPU_TRY(
      lm__cpu_move_create(build, node, name, lm_type_bytes(input->type), 1, out_step, &move, err));
  move->input_index = lm__cpu_index(build->graph, input);
  move->output_index = lm__cpu_index(build->graph, output);
  move->in_offset = offset;
  ptrdiff_t out[LM_MAX_RANK];
  lm__cpu_dense_strides(&output->shape, out);
  for (int32_t d = 0; d < output->shape.rank; ++d) {
    lm__cpu_move_add(move, output->shape.dims[d], strides[d], out[d]);
  }
  return LM_OK;
}

void lm__cpu_move_fill(lm__cpu_step* step, const lm_tensor* output, int32_t output_index,
                       const void* value) {
  move_step* s = (move_step*)step;
  s->fill_index = output_index;
  s->fill_bytes = output->bytes;
  memcpy(s->value, value, s->element_bytes);
}

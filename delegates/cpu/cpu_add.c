// SPDX-License-Identifier: MIT
#include "cpu_delegate.h"
#include "kernels.h"

typedef struct add_step {
  lm__cpu_step step;
  int32_t a_index, b_index, output_index;
  const void *a, *b;
  void* output;
  size_t count;
  lm__cpu_range range;
  const lm__q8_add_uk* q8;  // NULL for float32
  lm__q8_add_args args;
} add_step;

static lm_activation activation_of(const lm_node* node) {
  const lm_arithmetic_options* options = node->def->options;
  return options != NULL ? options->activation : LM_ACTIVATION_NONE;
}

// Rescale factors of the two inputs and of the sum, in the reference's precision.
static void add_multipliers(const lm_tensor* a, const lm_tensor* b, const lm_tensor* output,
                            lm_multiplier* out) {
  const float scale_a = a->quantization.scales[0], scale_b = b->quantization.scales[0];
  const double twice_max = (double)(2 * (scale_a > scale_b ? scale_a : scale_b));
  const double divisor = (double)((float)(1 << 20) * output->quantization.scales[0]);
  out[0] = lm_multiplier_make((double)scale_a / twice_max);
  out[1] = lm_multiplier_make((double)scale_b / twice_max);
  out[2] = lm_multiplier_make(twice_max / divisor);
}

static bool add_supports(const lm__cpu_delegate* delegate, const lm_graph* graph,
                         const lm_node* node, const char** out_why) {
  (void)delegate;
  const lm_tensor* a = lm_graph_input(graph, node, 0);
  const lm_tensor* b = lm_graph_input(graph, node, 1);
  const lm_tensor* output = lm_graph_output(graph, node, 0);
  LM_CPU_REQUIRE(lm__cpu_is_plain(a) && lm__cpu_is_plain(b) && lm__cpu_is_plain(output) &&
                     a->type == b->type && a->type == output->type,
                 "types are not float32, int8 or uint8 throughout");
  LM_CPU_REQUIRE(lm_shape_equal(&a->shape, &b->shape), "operands are broadcast");
  LM_CPU_REQUIRE(lm__cpu_is_clamp(activation_of(node)), "fused activation is no clamp");
  if (a->type != LM_FLOAT32) {
    lm_multiplier multipliers[3];
    add_multipliers(a, b, output, multipliers);
    LM_CPU_REQUIRE(multipliers[2].shift <= 0, "output scale is too small");
  }
  return true;
}

static void add_f32(const lm__cpu_step* step, size_t begin, size_t end) {
  const add_step* s = (const add_step*)step;
  step->delegate->vector->f32_add(end - begin, (const float*)s->a + begin,
                                  (const float*)s->b + begin, (float*)s->output + begin,
                                  s->range.min, s->range.max);
}

static void add_q8(const lm__cpu_step* step, size_t begin, size_t end) {
  const add_step* s = (const add_step*)step;
  s->q8->run(&s->args, end - begin, (const uint8_t*)s->a + begin, (const uint8_t*)s->b + begin,
             (uint8_t*)s->output + begin);
}

static void add_bind(lm__cpu_step* step, const lm__cpu_binding* binding) {
  add_step* s = (add_step*)step;
  s->a = binding->graph->tensors[s->a_index].data;
  s->b = binding->graph->tensors[s->b_index].data;
  s->output = binding->graph->tensors[s->output_index].data;
}

static void add_run(lm__cpu_step* step) {
  const add_step* s = (const add_step*)step;
  lm__cpu_for(step, s->count, 8192, s->q8 != NULL ? add_q8 : add_f32);
}

static const lm__cpu_step_kind kAdd = {add_bind, add_run};

static lm_status add_compile(const lm__cpu_build* build, const lm_node* node,
                             lm__cpu_step** out_step, lm_error* err) {
  const lm_tensor* a = lm_graph_input(build->graph, node, 0);
  const lm_tensor* b = lm_graph_input(build->graph, node, 1);
  const lm_tensor* output = lm_graph_output(build->graph, node, 0);
  const lm__q8_add_uk* q8 =
      output->type == LM_FLOAT32 ? NULL : lm__q8_add_select(build->delegate->isa);
  LM_CPU_TRY(lm__cpu_step_create(build, node, &kAdd, sizeof(add_step),
                                 q8 != NULL ? q8->name : "f32_add", out_step, err));
  add_step* s = (add_step*)*out_step;
  s->a_index = lm__cpu_index(build->graph, a);
  s->b_index = lm__cpu_index(build->graph, b);
  s->output_index = lm__cpu_index(build->graph, output);
  s->count = (size_t)lm_shape_count(&output->shape);
  s->q8 = q8;
  LM_CPU_TRY(lm__cpu_activation_range(activation_of(node), output, &s->range, err));
  if (q8 != NULL) {
    lm_multiplier m[3];
    add_multipliers(a, b, output, m);
    s->args = (lm__q8_add_args){
        .is_signed = output->type == LM_INT8,
        .zero_point = {a->quantization.zero_points[0], b->quantization.zero_points[0]},
        .multiplier = {m[0].multiplier, m[1].multiplier, m[2].multiplier},
        .right = {-m[0].shift, -m[1].shift, -m[2].shift},
        .output_zero_point = output->quantization.zero_points[0],
        .min = s->range.qmin,
        .max = s->range.qmax,
    };
  }
  lm_compiler_alias(build->compiler, s->output_index, s->a_index);
  lm_compiler_alias(build->compiler, s->output_index, s->b_index);
  return LM_OK;
}

const lm__cpu_op lm__cpu_op_add = {
    .builtin = LM_BUILTIN_ADD,
    .supports = add_supports,
    .compile = add_compile,
};

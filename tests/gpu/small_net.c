// SPDX-License-Identifier: MIT
#include "small_net.h"

#include <string.h>

void net_init(small_net* net) {
  memset(net, 0, sizeof *net);
  net->subgraph = (lm_subgraph_def){.name = "main",
                                    .tensors = net->tensors,
                                    .nodes = net->nodes,
                                    .inputs = net->inputs,
                                    .outputs = net->outputs};
  net->model = (lm_model){.description = "", .subgraphs = &net->subgraph, .subgraph_count = 1};
}

int32_t net_tensor(small_net* net, lm_type type, const int32_t* shape) {
  lm_shape s = {0};
  while (shape[s.rank] != 0) {
    s.dims[s.rank] = shape[s.rank];
    ++s.rank;
  }
  net->tensors[net->subgraph.tensor_count] =
      (lm_tensor_def){.name = "t", .type = type, .shape = s, .shape_signature = s};
  return net->subgraph.tensor_count++;
}

int32_t net_constant(small_net* net, lm_type type, const int32_t* shape, const void* data) {
  const int32_t index = net_tensor(net, type, shape);
  lm_tensor_def* t = &net->tensors[index];
  t->data = data;
  lm_shape_bytes(&t->shape, type, &t->data_bytes);
  return index;
}

void net_quantize(small_net* net, int32_t tensor, const float* scale, const int32_t* zero_point) {
  net->tensors[tensor].quantization =
      (lm_quantization){.count = 1, .scales = scale, .zero_points = zero_point};
}

void net_node(small_net* net, int32_t builtin, lm_options_kind kind, const void* options,
              const int32_t* inputs, int32_t output) {
  const int32_t n = net->subgraph.node_count++;
  int32_t count = 0;
  for (; inputs[count] != -2; ++count) net->edges[n][count] = inputs[count];
  net->outputs_of[n] = output;
  net->nodes[n] = (lm_node_def){.builtin = builtin,
                                .custom_name = "",
                                .version = 1,
                                .inputs = net->edges[n],
                                .input_count = count,
                                .outputs = &net->outputs_of[n],
                                .output_count = 1,
                                .options_kind = kind,
                                .options = options};
}

void net_input(small_net* net, int32_t tensor) {
  net->inputs[net->subgraph.input_count++] = tensor;
}

void net_output(small_net* net, int32_t tensor) {
  net->outputs[net->subgraph.output_count++] = tensor;
}

// SPDX-License-Identifier: MIT
//
// Does nothing with one buffer: what a dispatch costs.
#version 450
layout(local_size_x_id = 0, local_size_y_id = 1, local_size_z_id = 2) in;
layout(std430, set = 0, binding = 0) buffer Data { int data[]; };
layout(push_constant) uniform Parameters { int count; };
void main() {
  // Never true for a caller, but not known to the compiler.
  if (count == -1) data[gl_GlobalInvocationID.x] = 0;
}

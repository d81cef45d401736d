// SPDX-License-Identifier: MIT
//
// The kernel language of this folder (README.md) as GLSL, for Vulkan. Compiled with
// -D LM_TYPE_F32 (or _F16, _I8, _U8, _I32, _W32, _X32); the kernel's text follows.
#version 450
#extension GL_EXT_control_flow_attributes : enable
#extension GL_EXT_shader_16bit_storage : enable
#extension GL_EXT_shader_8bit_storage : enable
#if defined(LM_HAS_DOT4)
#extension GL_EXT_spirv_intrinsics : require
#endif
#if defined(LM_HAS_MATRIX)
#extension GL_EXT_shader_explicit_arithmetic_types_float16 : require
#extension GL_KHR_memory_scope_semantics : require
#extension GL_NV_cooperative_matrix : require
#endif

layout(local_size_x_id = 0, local_size_y_id = 1, local_size_z_id = 2) in;

#define LM_GLSL 1

#define LM_CONST(id, name, value) layout(constant_id = id) const int name = value;
#define LM_PARAMS(fields) \
  layout(push_constant) uniform lm_params { fields } p;
#define LM_IN(slot, type, name) \
  layout(std430, set = 0, binding = slot) readonly buffer lm_in_##name { type name[]; };
#define LM_OUT(slot, type, name) \
  layout(std430, set = 0, binding = slot) buffer lm_out_##name { type name[]; };
#define LM_KERNEL1(name, a) a void main()
#define LM_KERNEL2(name, a, b) a b void main()
#define LM_KERNEL3(name, a, b, c) a b c void main()
#define LM_KERNEL4(name, a, b, c, d) a b c d void main()
#define LM_KERNEL5(name, a, b, c, d, e) a b c d e void main()
#define LM_KERNEL6(name, a, b, c, d, e, f) a b c d e f void main()
#define LM_KERNEL7(name, a, b, c, d, e, f, g) a b c d e f g void main()
#define LM_KERNEL8(name, a, b, c, d, e, f, g, h) a b c d e f g h void main()

#define LM_SHARED(type, name, count) shared type name[count];
#define LM_OUTSIDE(declarations) declarations
#define LM_INSIDE(declarations)
#define LM_BARRIER() barrier()

#define LM_GLOBAL_ID(d) int(gl_GlobalInvocationID[d])
#define LM_LOCAL_ID(d) int(gl_LocalInvocationID[d])
#define LM_GROUP_ID(d) int(gl_WorkGroupID[d])
#define LM_LOCAL_SIZE(d) int(gl_WorkGroupSize[d])
#define LM_LINEAR_ID() \
  int(gl_LocalInvocationID.x + \
      gl_WorkGroupSize.x * (gl_WorkGroupID.x + gl_NumWorkGroups.x * gl_WorkGroupID.y))

#define float2 vec2
#define float4 vec4
#define int2 ivec2
#define int4 ivec4
#define uint2 uvec2
#define uint4 uvec4
#define LM_INT(x) int(x)
#define LM_UINT(x) uint(x)
#define LM_FLOAT(x) float(x)
#define LM_FLOAT4(x, y, z, w) vec4(x, y, z, w)
#define LM_SPLAT4(x) vec4(x)
#define LM_INT4(x, y, z, w) ivec4(x, y, z, w)
#define LM_AS_FLOAT(x) intBitsToFloat(x)
#define LM_AS_INT(x) floatBitsToInt(x)
#define LM_AS_BYTE(x) uint8_t(x)
#define LM_RINT(x) roundEven(x)
#define LM_FABS(x) abs(x)
#define LM_RSQRT(x) inversesqrt(x)
#define LM_DOT4(a, b) dot(a, b)
#define LM_UNROLL [[unroll]]
// A variable whose value is rounded to float, whatever reads it: where products and sums must not
// become one.
#define LM_PRECISE precise

// Integers: the upper halves of 64-bit products, zeros above the highest bit, bytes of a word.
int lm_mul_hi(int a, int b) {
  int high, low;
  imulExtended(a, b, high, low);
  return high;
}
uint lm_umul_hi(uint a, uint b) {
  uint high, low;
  umulExtended(a, b, high, low);
  return high;
}
#define LM_MUL_HI(a, b) lm_mul_hi(a, b)
#define LM_UMUL_HI(a, b) lm_umul_hi(uint(a), uint(b))
#define LM_CLZ(x) (31 - findMSB(uint(x)))
#define LM_TO_SBYTE(x) int8_t(x)
#define LM_SBYTE_OF(word, i) bitfieldExtract(int(word), 8 * (i), 8)
// acc + the sum of four products of signed bytes; LM_HAS_DOT4 where the module is for devices with
// VK_KHR_shader_integer_dot_product.
#if defined(LM_HAS_DOT4)
// OpSDot of SPV_KHR_integer_dot_product; format 0: four signed bytes in a word.
spirv_instruction(extensions = ["SPV_KHR_integer_dot_product"], capabilities = [6018, 6019], id = 4450)
int lm_sdot(int a, int b, spirv_literal int format);
#define LM_DOT4_I8(a, b, acc) ((acc) + lm_sdot(int(a), int(b), 0))
#else
#define LM_DOT4_I8(a, b, acc)                                                                 \
  ((acc) + LM_SBYTE_OF(a, 0) * LM_SBYTE_OF(b, 0) + LM_SBYTE_OF(a, 1) * LM_SBYTE_OF(b, 1) +    \
   LM_SBYTE_OF(a, 2) * LM_SBYTE_OF(b, 2) + LM_SBYTE_OF(a, 3) * LM_SBYTE_OF(b, 3))
#endif

// Kernels of convolutions in F16 with filters, or an image, in F32: conv.part.
#if defined(LM_TYPE_W32)
#define LM_TYPE_F16
#define LM_FILTER_F32
#elif defined(LM_TYPE_X32)
#define LM_TYPE_F16
#define LM_IMAGE_F32
#endif

#if defined(LM_TYPE_F32)
#define LM_T float
#define LM_GET(a, i) a[i]
#define LM_PUT(a, i, v) a[i] = (v)
#define LM_T4 vec4
#define LM_GET4(a, i) a[i]
#define LM_PUT4(a, i, v) a[i] = (v)
#elif defined(LM_TYPE_F16)
#define LM_T float16_t
#define LM_GET(a, i) float(a[i])
#define LM_PUT(a, i, v) a[i] = float16_t(v)
#define LM_T4 f16vec4
#define LM_GET4(a, i) vec4(a[i])
#define LM_PUT4(a, i, v) a[i] = f16vec4(v)
#elif defined(LM_TYPE_I8)
#define LM_T int8_t
#define LM_GET(a, i) int(a[i])
#define LM_PUT(a, i, v) a[i] = int8_t(v)
#elif defined(LM_TYPE_U8)
#define LM_T uint8_t
#define LM_GET(a, i) int(a[i])
#define LM_PUT(a, i, v) a[i] = uint8_t(v)
#else
#define LM_T int
#define LM_GET(a, i) a[i]
#define LM_PUT(a, i, v) a[i] = (v)
#endif
// LM_V is what LM_GET gives; LM_VALUE makes one of the bits of a float or int parameter.
#if defined(LM_TYPE_F32) || defined(LM_TYPE_F16)
#define LM_V float
#define LM_VALUE(bits) intBitsToFloat(bits)
#define LM_ZERO 0.0
#define LM_ONE 1.0
#else
#define LM_V int
#define LM_VALUE(bits) (bits)
#define LM_ZERO 0
#define LM_ONE 1
#endif
#define LM_GET_F16(a, i) float(a[i])
#define LM_HALF float16_t
#define LM_PUT_F16(a, i, v) a[i] = float16_t(v)
#define LM_BYTE uint8_t
#define LM_SBYTE int8_t

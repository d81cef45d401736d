// SPDX-License-Identifier: MIT
//
// The kernel language of this folder (README.md) as OpenCL C 1.2. Compiled with -D LM_TYPE_F32 (or
// _F16, _I8, _U8, _I32, _W32, _X32), -D LM_GROUP_X=... _Y _Z, and -D LM_C3=... for each LM_CONST; the kernel's
// text follows.
#define LM_OPENCL 1

#define LM_CONST(id, name, value) enum { name = LM_C##id };
#define LM_PARAMS(fields) typedef struct lm_params { fields } lm_params;
#define LM_IN(slot, type, name) __global const type* name
#define LM_OUT(slot, type, name) __global type* name
#define LM_ENTRY __kernel __attribute__((reqd_work_group_size(LM_GROUP_X, LM_GROUP_Y, LM_GROUP_Z))) void
#define LM_KERNEL1(name, a) LM_ENTRY name(a, const lm_params p)
#define LM_KERNEL2(name, a, b) LM_ENTRY name(a, b, const lm_params p)
#define LM_KERNEL3(name, a, b, c) LM_ENTRY name(a, b, c, const lm_params p)
#define LM_KERNEL4(name, a, b, c, d) LM_ENTRY name(a, b, c, d, const lm_params p)
#define LM_KERNEL5(name, a, b, c, d, e) LM_ENTRY name(a, b, c, d, e, const lm_params p)
#define LM_KERNEL6(name, a, b, c, d, e, f) LM_ENTRY name(a, b, c, d, e, f, const lm_params p)
#define LM_KERNEL7(name, a, b, c, d, e, f, g) LM_ENTRY name(a, b, c, d, e, f, g, const lm_params p)
#define LM_KERNEL8(name, a, b, c, d, e, f, g, h) \
  LM_ENTRY name(a, b, c, d, e, f, g, h, const lm_params p)

#define LM_SHARED(type, name, count) __local type name[count];
#define LM_OUTSIDE(declarations)
#define LM_INSIDE(declarations) declarations
#define LM_BARRIER() barrier(CLK_LOCAL_MEM_FENCE)

#define LM_GLOBAL_ID(d) ((int)get_global_id(d))
#define LM_LOCAL_ID(d) ((int)get_local_id(d))
#define LM_GROUP_ID(d) ((int)get_group_id(d))
#define LM_LOCAL_SIZE(d) ((int)get_local_size(d))
#define LM_LINEAR_ID() \
  ((int)(get_local_id(0) + LM_GROUP_X * (get_group_id(0) + get_num_groups(0) * get_group_id(1))))

#define LM_INT(x) ((int)(x))
#define LM_UINT(x) ((uint)(x))
#define LM_FLOAT(x) ((float)(x))
#define LM_FLOAT4(x, y, z, w) ((float4)(x, y, z, w))
#define LM_SPLAT4(x) ((float4)(x))
#define LM_INT4(x, y, z, w) ((int4)(x, y, z, w))
#define LM_AS_FLOAT(x) as_float(x)
#define LM_AS_INT(x) as_int(x)
#define LM_AS_BYTE(x) ((uchar)(x))
#define LM_RINT(x) rint(x)
#define LM_FABS(x) fabs(x)
#define LM_RSQRT(x) rsqrt(x)
#define LM_DOT4(a, b) dot(a, b)
#define LM_UNROLL _Pragma("unroll")
// A variable whose value is rounded to float, whatever reads it: where products and sums must not
// become one.
#define LM_PRECISE volatile

// Integers: the upper halves of 64-bit products, zeros above the highest bit, bytes of a word.
#define LM_MUL_HI(a, b) mul_hi((int)(a), (int)(b))
#define LM_UMUL_HI(a, b) mul_hi((uint)(a), (uint)(b))
#define LM_CLZ(x) ((int)clz((uint)(x)))
#define LM_TO_SBYTE(x) ((char)(x))
#define LM_SBYTE_OF(word, i) (((int)(word) << (24 - 8 * (i))) >> 24)
// acc + the sum of four products of signed bytes; LM_HAS_DOT4 by the driver, where the device has
// cl_khr_integer_dot_product.
#if defined(LM_HAS_DOT4)
#define LM_DOT4_I8(a, b, acc) ((acc) + dot_4x8packed_ss_int(as_uint(a), as_uint(b)))
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
#define LM_T4 float4
#define LM_GET4(a, i) a[i]
#define LM_PUT4(a, i, v) a[i] = (v)
#elif defined(LM_TYPE_F16)
#define LM_T half
#define LM_GET(a, i) vload_half(i, a)
#define LM_PUT(a, i, v) vstore_half_rte(v, i, a)
#define LM_T4 half  // four of them at element 4 * i
#define LM_GET4(a, i) vload_half4(i, a)
#define LM_PUT4(a, i, v) vstore_half4_rte(v, i, a)
#elif defined(LM_TYPE_I8)
#define LM_T char
#define LM_GET(a, i) ((int)a[i])
#define LM_PUT(a, i, v) a[i] = (char)(v)
#elif defined(LM_TYPE_U8)
#define LM_T uchar
#define LM_GET(a, i) ((int)a[i])
#define LM_PUT(a, i, v) a[i] = (uchar)(v)
#else
#define LM_T int
#define LM_GET(a, i) a[i]
#define LM_PUT(a, i, v) a[i] = (v)
#endif
// LM_V is what LM_GET gives; LM_VALUE makes one of the bits of a float or int parameter.
#if defined(LM_TYPE_F32) || defined(LM_TYPE_F16)
#define LM_V float
#define LM_VALUE(bits) as_float(bits)
#define LM_ZERO 0.0f
#define LM_ONE 1.0f
#else
#define LM_V int
#define LM_VALUE(bits) (bits)
#define LM_ZERO 0
#define LM_ONE 1
#endif
#define LM_HALF half
#define LM_GET_F16(a, i) vload_half(i, a)
#define LM_PUT_F16(a, i, v) vstore_half_rte(v, i, a)
#define LM_BYTE uchar
#define LM_SBYTE char

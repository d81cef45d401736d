// SPDX-License-Identifier: MIT
//
// AVERAGE_POOL_2D, MAX_POOL_2D, L2_POOL_2D, and the custom ops MaxPoolingWithArgmax2D,
// MaxUnpooling2D, Convolution2DTransposeBias and ResizeArgmax. Numbers: hand arithmetic.
#include "op_fixture.h"

#define POOL(...) OPTIONS(POOL, lm_pool_options, __VA_ARGS__)
#define WINDOW_2X2 .filter_h = 2, .filter_w = 2, .stride_h = 2, .stride_w = 2
#define VALID .padding = LM_PADDING_VALID
#define SAME .padding = LM_PADDING_SAME
#define CUSTOM(name_, ...)                            \
  .builtin = LM_BUILTIN_CUSTOM, .custom_name = name_, \
  .custom_options = (const uint8_t[]){__VA_ARGS__},   \
  .custom_options_bytes = sizeof((const uint8_t[]){__VA_ARGS__})
#define INT32_BYTES(x) (x), 0, 0, 0
// padding (1 SAME, 2 VALID), stride width and height, filter width and height, activation
#define POOL_STRUCT(padding, stride, filter)                                           \
  INT32_BYTES(padding), INT32_BYTES(stride), INT32_BYTES(stride), INT32_BYTES(filter), \
      INT32_BYTES(filter), INT32_BYTES(0)

static const op_case kCases[] = {
    // ---- AVERAGE_POOL_2D
    {.name = "average/float",
     OP(AVERAGE_POOL_2D),
     POOL(VALID, WINDOW_2X2),
     .inputs = {IN(LM_FLOAT32, SHAPE(1, 2, 4, 1), VALUES(1, 2, 3, 4, 5, 6, 7, 9))},
     .outputs = {OUT(LM_FLOAT32, SHAPE(1, 1, 2, 1), VALUES(3.5, 5.75))}},
    // Padding does not count: the last windows have two elements and one.
    {.name = "average/float same",
     OP(AVERAGE_POOL_2D),
     POOL(SAME, WINDOW_2X2),
     .inputs = {IN(LM_FLOAT32, SHAPE(1, 3, 3, 1), VALUES(1, 2, 3, 4, 5, 6, 7, 8, 9))},
     .outputs = {OUT(LM_FLOAT32, SHAPE(1, 2, 2, 1), VALUES(3, 4.5, 7.5, 9))}},
    {.name = "average/float relu6, channels",
     OP(AVERAGE_POOL_2D),
     POOL(VALID, .filter_h = 1, .filter_w = 2, .stride_h = 1, .stride_w = 2,
          .activation = LM_ACTIVATION_RELU6),
     .inputs = {IN(LM_FLOAT32, SHAPE(1, 1, 2, 2), VALUES(10, -1, 20, -3))},
     .outputs = {OUT(LM_FLOAT32, SHAPE(1, 1, 1, 2), VALUES(6, 0))}},
    // Halves go away from zero, whatever the zero point.
    {.name = "average/int8 rounding",
     OP(AVERAGE_POOL_2D),
     POOL(VALID, WINDOW_2X2),
     .inputs = {IN(LM_INT8, SHAPE(1, 2, 4, 1), QUANT(1.0f, 5), VALUES(1, 2, -1, -2, 3, 4, -3, -4))},
     .outputs = {OUT(LM_INT8, SHAPE(1, 1, 2, 1), QUANT(1.0f, 5), VALUES(3, -3))}},
    {.name = "average/uint8 rounding",
     OP(AVERAGE_POOL_2D),
     POOL(VALID, WINDOW_2X2),
     .inputs = {IN(LM_UINT8, SHAPE(1, 2, 4, 1), QUANT(1.0f, 128), VALUES(1, 2, 0, 0, 3, 4, 0, 1))},
     .outputs = {OUT(LM_UINT8, SHAPE(1, 1, 2, 1), QUANT(1.0f, 128), VALUES(3, 0))}},
    {.name = "average/int16",
     OP(AVERAGE_POOL_2D),
     POOL(VALID, WINDOW_2X2),
     .inputs = {IN(LM_INT16, SHAPE(1, 2, 2, 1), QUANT(1.0f, 0), VALUES(-300, -300, -301, -301))},
     .outputs = {OUT(LM_INT16, SHAPE(1, 1, 1, 1), QUANT(1.0f, 0), VALUES(-301))}},
    {.name = "average/int8 relu",
     OP(AVERAGE_POOL_2D),
     POOL(VALID, WINDOW_2X2, .activation = LM_ACTIVATION_RELU),
     .inputs = {IN(LM_INT8, SHAPE(1, 2, 2, 1), QUANT(1.0f, -5), VALUES(-10, -10, -10, -10))},
     .outputs = {OUT(LM_INT8, SHAPE(1, 1, 1, 1), QUANT(1.0f, -5), VALUES(-5))}},
    {.name = "average/filter 0",
     OP(AVERAGE_POOL_2D),
     POOL(VALID, .filter_h = 0, .filter_w = 2, .stride_h = 1, .stride_w = 1),
     REFUSED(BAD_MODEL, "filter length 0 is below 1"),
     .inputs = {IN(LM_FLOAT32, SHAPE(1, 2, 2, 1))},
     .outputs = {OUT(LM_FLOAT32, SHAPE(1, 1, 1, 1))}},
    {.name = "average/stride -1",
     OP(AVERAGE_POOL_2D),
     POOL(VALID, .filter_h = 1, .filter_w = 1, .stride_h = 1, .stride_w = -1),
     REFUSED(BAD_MODEL, "stride -1 is below 1"),
     .inputs = {IN(LM_FLOAT32, SHAPE(1, 2, 2, 1))},
     .outputs = {OUT(LM_FLOAT32, SHAPE(1, 1, 1, 1))}},
    {.name = "average/rank 2",
     OP(AVERAGE_POOL_2D),
     POOL(VALID, WINDOW_2X2),
     REFUSED(BAD_MODEL, "input has rank 2, expected 4"),
     .inputs = {IN(LM_FLOAT32, SHAPE(2, 2))},
     .outputs = {OUT(LM_FLOAT32, SHAPE(1, 1))}},
    {.name = "average/int32",
     OP(AVERAGE_POOL_2D),
     POOL(VALID, WINDOW_2X2),
     REFUSED(UNSUPPORTED, "input of type int32 is not supported"),
     .inputs = {IN(LM_INT32, SHAPE(1, 2, 2, 1))},
     .outputs = {OUT(LM_INT32, SHAPE(1, 1, 1, 1))}},

    // ---- MAX_POOL_2D
    {.name = "max/float same",
     OP(MAX_POOL_2D),
     POOL(SAME, WINDOW_2X2),
     .inputs = {IN(LM_FLOAT32, SHAPE(1, 3, 3, 1), VALUES(-1, -2, -3, -4, -5, -6, -7, -8, -9))},
     .outputs = {OUT(LM_FLOAT32, SHAPE(1, 2, 2, 1), VALUES(-1, -3, -7, -9))}},
    {.name = "max/int8",
     OP(MAX_POOL_2D),
     POOL(VALID, WINDOW_2X2),
     .inputs = {IN(LM_INT8, SHAPE(2, 2, 2, 1), QUANT(1.0f, 0),
                   VALUES(-128, -127, 3, 2, -1, -2, -3, -4))},
     .outputs = {OUT(LM_INT8, SHAPE(2, 1, 1, 1), QUANT(1.0f, 0), VALUES(3, -1))}},
    {.name = "max/uint8 relu6",
     OP(MAX_POOL_2D),
     POOL(VALID, WINDOW_2X2, .activation = LM_ACTIVATION_RELU6),
     .inputs = {IN(LM_UINT8, SHAPE(1, 2, 2, 1), QUANT(0.5f, 100), VALUES(0, 200, 0, 0))},
     .outputs = {OUT(LM_UINT8, SHAPE(1, 1, 1, 1), QUANT(0.5f, 100), VALUES(112))}},
    {.name = "max/int16",
     OP(MAX_POOL_2D),
     POOL(VALID, WINDOW_2X2),
     .inputs = {IN(LM_INT16, SHAPE(1, 2, 2, 1), QUANT(1.0f, 0), VALUES(-32768, -5, -6, -7))},
     .outputs = {OUT(LM_INT16, SHAPE(1, 1, 1, 1), QUANT(1.0f, 0), VALUES(-5))}},
    {.name = "max/types differ",
     OP(MAX_POOL_2D),
     POOL(VALID, WINDOW_2X2),
     REFUSED(UNSUPPORTED, "input is int8, output is uint8"),
     .inputs = {IN(LM_INT8, SHAPE(1, 2, 2, 1), QUANT(1.0f, 0))},
     .outputs = {OUT(LM_UINT8, SHAPE(1, 1, 1, 1), QUANT(1.0f, 0))}},

    // ---- L2_POOL_2D
    {.name = "l2/float",
     OP(L2_POOL_2D),
     POOL(VALID, WINDOW_2X2),
     .inputs = {IN(LM_FLOAT32, SHAPE(1, 2, 2, 1), VALUES(1, -1, 7, -7))},
     .outputs = {OUT(LM_FLOAT32, SHAPE(1, 1, 1, 1), VALUES(5))}},
    {.name = "l2/int8",
     OP(L2_POOL_2D),
     POOL(VALID, WINDOW_2X2),
     REFUSED(UNSUPPORTED, "input of type int8 is not supported"),
     .inputs = {IN(LM_INT8, SHAPE(1, 2, 2, 1), QUANT(1.0f, 0))},
     .outputs = {OUT(LM_INT8, SHAPE(1, 1, 1, 1), QUANT(1.0f, 0))}},

    // ---- MaxPoolingWithArgmax2D: positions row * 2 + column, plus a tenth; first of equals
    {.name = "argmax pool/positions",
     CUSTOM("MaxPoolingWithArgmax2D", POOL_STRUCT(1, 2, 2)),
     .inputs = {IN(LM_FLOAT32, SHAPE(1, 2, 6, 1), VALUES(1, 9, 3, 4, 5, 5, 5, 6, 8, 7, 5, 5))},
     .outputs = {OUT(LM_FLOAT32, SHAPE(1, 1, 3, 1), VALUES(9, 8, 5)),
                 OUT(LM_FLOAT32, SHAPE(1, 1, 3, 1), VALUES(1.1, 2.1, 0.1))}},
    // Of three elements with windows of two, the last window has one.
    {.name = "argmax pool/edge",
     CUSTOM("MaxPoolingWithArgmax2D", POOL_STRUCT(1, 2, 2)),
     .inputs = {IN(LM_FLOAT32, SHAPE(1, 1, 3, 2), VALUES(1, 2, 3, 0, -5, -6))},
     .outputs = {OUT(LM_FLOAT32, SHAPE(1, 1, 2, 2), VALUES(3, 2, -5, -6)),
                 OUT(LM_FLOAT32, SHAPE(1, 1, 2, 2), VALUES(1.1, 0.1, 0.1, 0.1))}},
    {.name = "argmax pool/options cut off",
     CUSTOM("MaxPoolingWithArgmax2D", 1, 0, 0, 0, 2, 0),
     REFUSED(BAD_MODEL, "custom options of 6 bytes, expected at least 8"),
     .inputs = {IN(LM_FLOAT32, SHAPE(1, 2, 2, 1))},
     .outputs = {OUT(LM_FLOAT32, SHAPE(1, 1, 1, 1)), OUT(LM_FLOAT32, SHAPE(1, 1, 1, 1))}},
    {.name = "argmax pool/unknown padding",
     CUSTOM("MaxPoolingWithArgmax2D", POOL_STRUCT(0, 2, 2)),
     REFUSED(BAD_MODEL, "padding mode 0 is unknown"),
     .inputs = {IN(LM_FLOAT32, SHAPE(1, 2, 2, 1))},
     .outputs = {OUT(LM_FLOAT32, SHAPE(1, 1, 1, 1)), OUT(LM_FLOAT32, SHAPE(1, 1, 1, 1))}},

    // ---- MaxUnpooling2D
    {.name = "unpooling/places",
     CUSTOM("MaxUnpooling2D", POOL_STRUCT(2, 2, 2)),
     .inputs = {IN(LM_FLOAT32, SHAPE(1, 1, 2, 1), VALUES(9, 8)),
                IN(LM_FLOAT32, SHAPE(1, 1, 2, 1), VALUES(1.1, 2.1))},
     .outputs = {OUT(LM_FLOAT32, SHAPE(1, 2, 4, 1), VALUES(0, 9, 0, 0, 0, 0, 8, 0))}},
    {.name = "unpooling/position outside the window",
     CUSTOM("MaxUnpooling2D", POOL_STRUCT(2, 2, 2)),
     REFUSED(BAD_INPUT, "position 4 in a window of 2x2"),
     .inputs = {IN(LM_FLOAT32, SHAPE(1, 1, 1, 1), VALUES(9)),
                IN(LM_FLOAT32, SHAPE(1, 1, 1, 1), VALUES(4))},
     .outputs = {OUT(LM_FLOAT32, SHAPE(1, 2, 2, 1), VALUES(0, 0, 0, 0))}},
    {.name = "unpooling/shapes differ",
     CUSTOM("MaxUnpooling2D", POOL_STRUCT(2, 2, 2)),
     REFUSED(BAD_MODEL, "indices [1,1,2,1], input [1,2,1,1]"),
     .inputs = {IN(LM_FLOAT32, SHAPE(1, 2, 1, 1)), IN(LM_FLOAT32, SHAPE(1, 1, 2, 1))},
     .outputs = {OUT(LM_FLOAT32, SHAPE(1, 4, 2, 1))}},

    // ---- Convolution2DTransposeBias: padding, stride width and height
    {.name = "transpose bias/stride 2",
     CUSTOM("Convolution2DTransposeBias", INT32_BYTES(2), INT32_BYTES(2), INT32_BYTES(2)),
     .inputs = {IN(LM_FLOAT32, SHAPE(1, 1, 2, 1), VALUES(1, 2)),
                CONST(LM_FLOAT32, SHAPE(1, 2, 2, 1), VALUES(1, 10, 100, 1000)),
                CONST(LM_FLOAT32, SHAPE(1), VALUES(0.5))},
     .outputs = {OUT(LM_FLOAT32, SHAPE(1, 2, 4, 1),
                     VALUES(1.5, 10.5, 2.5, 20.5, 100.5, 1000.5, 200.5, 2000.5))}},
    // Three taps two apart: one element of padding too many, cut off behind.
    {.name = "transpose bias/overlap",
     CUSTOM("Convolution2DTransposeBias", INT32_BYTES(1), INT32_BYTES(2), INT32_BYTES(1)),
     .inputs = {IN(LM_FLOAT32, SHAPE(1, 1, 2, 1), VALUES(1, 2)),
                CONST(LM_FLOAT32, SHAPE(1, 1, 3, 1), VALUES(1, 10, 100)),
                CONST(LM_FLOAT32, SHAPE(1), VALUES(0))},
     .outputs = {OUT(LM_FLOAT32, SHAPE(1, 1, 4, 1), VALUES(1, 10, 102, 20))}},
    {.name = "transpose bias/stride 0",
     CUSTOM("Convolution2DTransposeBias", INT32_BYTES(1), INT32_BYTES(0), INT32_BYTES(1)),
     REFUSED(BAD_MODEL, "stride 0 is below 1"),
     .inputs = {IN(LM_FLOAT32, SHAPE(1, 1, 2, 1)), CONST(LM_FLOAT32, SHAPE(1, 1, 3, 1)),
                CONST(LM_FLOAT32, SHAPE(1))},
     .outputs = {OUT(LM_FLOAT32, SHAPE(1, 1, 4, 1))}},

    // ---- ResizeArgmax: between class 0 with 8 and class 1 with 8, the scores meet in the middle
    // (4 and 4: the first class wins); last row and column repeat their corner.
    {.name = "resize argmax/one pair",
     .builtin = LM_BUILTIN_CUSTOM,
     .custom_name = "ResizeArgmax",
     .inputs = {IN(LM_UINT8, SHAPE(1, 2, 2, 2), QUANT(0.5f, 0), VALUES(8, 0, 0, 8, 8, 0, 0, 8)),
                CONST(LM_INT32, SHAPE(2), VALUES(8, 8)), CONST(LM_INT32, SHAPE(1), VALUES(3))},
     .outputs = {OUT(LM_INT32, SHAPE(1, 8, 8),
                     VALUES(0, 0, 0, 1, 1, 1, 1, 1, 0, 0, 0, 1, 1, 1, 1, 1,  //
                            0, 0, 0, 1, 1, 1, 1, 1, 0, 0, 0, 1, 1, 1, 1, 1,  //
                            0, 0, 0, 0, 1, 1, 1, 1, 0, 0, 0, 0, 1, 1, 1, 1,  //
                            0, 0, 0, 0, 1, 1, 1, 1, 0, 0, 0, 0, 1, 1, 1, 1))}},
    {.name = "resize argmax/twice the size",
     .builtin = LM_BUILTIN_CUSTOM,
     .custom_name = "ResizeArgmax",
     REFUSED(UNSUPPORTED, "only 4 times the size is supported"),
     .inputs = {IN(LM_UINT8, SHAPE(1, 2, 2, 2), QUANT(0.5f, 0)),
                CONST(LM_INT32, SHAPE(2), VALUES(4, 4)), CONST(LM_INT32, SHAPE(1), VALUES(3))},
     .outputs = {OUT(LM_INT32, SHAPE(1, 4, 4))}},
};

OP_TEST_MAIN("pooling", kCases)

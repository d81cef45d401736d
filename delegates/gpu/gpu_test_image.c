// SPDX-License-Identifier: MIT
#include "gpu_test_image.h"

#include <string.h>

#include "litmark/kernel_math.h"

enum { OCTAVES = 6, SHAPES = 4 };

typedef struct ellipse {
  float y, x, height, width;  // centre and half axes, of 1
} ellipse;

typedef struct picture {
  uint64_t seed;
  int32_t height, width, channels;
  ellipse shapes[SHAPES];
} picture;

// The finalizer of SplitMix64 (Steele, Lea, Flood 2014, "Fast splittable pseudorandom number
// generators"): a number of its own for every place, in any order.
static uint64_t mix(uint64_t z) {
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

static float random_at(uint64_t seed, uint64_t a, uint64_t b, uint64_t c) {  // [0, 1)
  const uint64_t at = mix(mix(mix(seed + a) + 0x9e3779b97f4a7c15u * b) + c);
  return (float)(at >> 40) * (1.0f / 16777216.0f);
}

static float between(float a, float b, float t) { return a + (b - a) * t; }

// Value noise: random numbers on a grid of `cells` by `cells`, between them linear.
static float smooth_noise(const picture* p, int32_t cells, int32_t y, int32_t x, int32_t channel) {
  const float gy = (float)y * (float)cells / (float)p->height;
  const float gx = (float)x * (float)cells / (float)p->width;
  const uint64_t y0 = (uint64_t)gy, x0 = (uint64_t)gx;
  const uint64_t place = (uint64_t)cells << 32 | (uint32_t)channel;
  const float top = between(random_at(p->seed, place, y0, x0),
                            random_at(p->seed, place, y0, x0 + 1), gx - (float)x0);
  const float bottom = between(random_at(p->seed, place, y0 + 1, x0),
                               random_at(p->seed, place, y0 + 1, x0 + 1), gx - (float)x0);
  return between(top, bottom, gy - (float)y0);
}

// Octaves whose amplitude falls with their frequency, as in photographs (Field 1987, "Relations
// between the statistics of natural images and the response properties of cortical cells").
static float background(const picture* p, int32_t y, int32_t x, int32_t channel) {
  float sum = 0, most = 0;
  for (int32_t o = 1; o <= OCTAVES; ++o) {
    const float amplitude = 1.0f / (float)(1 << o);
    sum += amplitude * smooth_noise(p, 1 << o, y, x, channel);
    most += amplitude;
  }
  // The sum of so many is rarely far from its middle: spread it.
  const float spread = 0.5f + 1.8f * (sum / most - 0.5f);
  return spread < 0 ? 0 : spread > 1 ? 1 : spread;
}

static float pixel(const picture* p, int32_t y, int32_t x, int32_t channel) {
  float value = 0.6f * background(p, y, x, channel);
  for (uint64_t s = 0; s < SHAPES; ++s) {
    const ellipse* e = &p->shapes[s];
    const float dy = ((float)y / (float)p->height - e->y) / e->height;
    const float dx = ((float)x / (float)p->width - e->x) / e->width;
    if (dy * dy + dx * dx >= 1) continue;
    value = 0.3f * value + 0.7f * random_at(p->seed, 5 + s, (uint64_t)channel, 1);
  }
  return value;
}

static picture picture_of(const lm_tensor* tensor, int32_t number) {
  picture p = {.seed = mix((uint64_t)number + 1), .height = 1, .width = 1, .channels = 1};
  if (tensor->shape.rank == 4) {
    p.height = tensor->shape.dims[1];
    p.width = tensor->shape.dims[2];
    p.channels = tensor->shape.dims[3];
  }
  for (uint64_t s = 0; s < SHAPES; ++s) {
    p.shapes[s] = (ellipse){
        0.2f + 0.6f * random_at(p.seed, s, 1, 0), 0.2f + 0.6f * random_at(p.seed, s, 2, 0),
        0.1f + 0.25f * random_at(p.seed, s, 3, 0), 0.1f + 0.25f * random_at(p.seed, s, 4, 0)};
  }
  return p;
}

// Element `i` of the tensor, from 0 to 1.
static float value_at(const picture* p, int64_t i) {
  if (p->height == 1 && p->width == 1) return random_at(p->seed, 0, 0, (uint64_t)i);
  const int32_t channel = (int32_t)(i % p->channels);
  const int64_t place = i / p->channels;
  const int32_t x = (int32_t)(place % p->width), y = (int32_t)(place / p->width % p->height);
  return pixel(p, y, x, channel);
}

void lm__gpu_test_image(const lm_tensor* tensor, int32_t number, void* data) {
  const picture p = picture_of(tensor, number);
  const int64_t count = lm_shape_count(&tensor->shape);
  if (tensor->type == LM_FLOAT32) {
    for (int64_t i = 0; i < count; ++i) {
      const float value = value_at(&p, i);
      ((float*)data)[i] = number % 2 == 0 ? value : 2 * value - 1;
    }
  } else if (tensor->type == LM_INT8 || tensor->type == LM_UINT8) {
    const int offset = tensor->type == LM_INT8 ? -128 : 0;
    for (int64_t i = 0; i < count; ++i) {
      ((uint8_t*)data)[i] = (uint8_t)(offset + (int)(value_at(&p, i) * 255.0f));
    }
  } else {
    memset(data, 0, tensor->bytes);
  }
}

// SPDX-License-Identifier: MIT
#include "calibration_images.h"

#include <stddef.h>

#include "net_random.h"

enum { kChannels = 3, kRectangles = 24 };

// Share of white noise in image i.
static const float kNoise[] = {0.15f, 0.5f, 1.0f, 0.05f};

static void draw_gradient(lm_net_random* random, int32_t size, float* pixels) {
  float corner[kChannels], across[kChannels], down[kChannels];
  for (int32_t c = 0; c < kChannels; ++c) {
    corner[c] = lm_net_random_uniform(random, -1.0f, 1.0f);
    across[c] = lm_net_random_uniform(random, -1.0f, 1.0f) / (float)size;
    down[c] = lm_net_random_uniform(random, -1.0f, 1.0f) / (float)size;
  }
  for (int32_t y = 0; y < size; ++y) {
    for (int32_t x = 0; x < size; ++x) {
      for (int32_t c = 0; c < kChannels; ++c) {
        *pixels++ = corner[c] + across[c] * (float)x + down[c] * (float)y;
      }
    }
  }
}

static void draw_rectangle(lm_net_random* random, int32_t size, float* pixels) {
  const float extent = (float)size;
  const int32_t x0 = (int32_t)lm_net_random_uniform(random, 0.0f, extent);
  const int32_t y0 = (int32_t)lm_net_random_uniform(random, 0.0f, extent);
  const int32_t x1 = x0 + 1 + (int32_t)lm_net_random_uniform(random, 0.0f, extent / 3.0f);
  const int32_t y1 = y0 + 1 + (int32_t)lm_net_random_uniform(random, 0.0f, extent / 3.0f);
  float colour[kChannels];
  for (int32_t c = 0; c < kChannels; ++c) colour[c] = lm_net_random_uniform(random, -1.0f, 1.0f);
  for (int32_t y = y0; y < y1 && y < size; ++y) {
    for (int32_t x = x0; x < x1 && x < size; ++x) {
      for (int32_t c = 0; c < kChannels; ++c) {
        pixels[((size_t)y * (size_t)size + (size_t)x) * kChannels + (size_t)c] = colour[c];
      }
    }
  }
}

static void add_noise(lm_net_random* random, float share, size_t count, float* pixels) {
  for (size_t i = 0; i < count; ++i) {
    const float noise = lm_net_random_uniform(random, -1.0f, 1.0f);
    const float value = (1.0f - share) * pixels[i] + share * noise;
    pixels[i] = value < -1.0f ? -1.0f : value > 1.0f ? 1.0f : value;
  }
}

void lm_calibration_images(uint64_t seed, int32_t count, int32_t size, float* pixels) {
  const size_t image_count = (size_t)size * (size_t)size * kChannels;
  for (int32_t i = 0; i < count; ++i) {
    lm_net_random random = lm_net_random_make(seed, (uint64_t)i);
    draw_gradient(&random, size, pixels);
    for (int32_t r = 0; r < kRectangles; ++r) draw_rectangle(&random, size, pixels);
    add_noise(&random, kNoise[(size_t)i % (sizeof kNoise / sizeof kNoise[0])], image_count, pixels);
    pixels += image_count;
  }
}

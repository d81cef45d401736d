// SPDX-License-Identifier: MIT
#include "calibration_images.h"

#include <stddef.h>

#include "net_random.h"

enum { kChannels = 3, kWhiteNoise = -1, kMaxGrainLog2 = 5 };

// Rectangles of image i, on a background of the same making.
static const int32_t kRectangles[] = {40, kWhiteNoise, 12, 3, 24, 6, 60, 1};

typedef struct texture {
  float colour[kChannels];
  float across[kChannels], down[kChannels];  // change of colour per pixel
  float contrast;                            // of the grain
  int32_t grain_log2;                        // width of a grain in pixels
  uint64_t seed;
} texture;

static texture make_texture(lm_net_random* random, int32_t size) {
  texture t = {.seed = lm_net_random_next(random)};
  for (int32_t c = 0; c < kChannels; ++c) {
    t.colour[c] = lm_net_random_uniform(random, -1.0f, 1.0f);
    t.across[c] = lm_net_random_uniform(random, -1.0f, 1.0f) / (float)size;
    t.down[c] = lm_net_random_uniform(random, -1.0f, 1.0f) / (float)size;
  }
  // Squared: most surfaces are smooth.
  const float roughness = lm_net_random_uniform(random, 0.0f, 1.0f);
  t.contrast = roughness * roughness;
  t.grain_log2 = (int32_t)lm_net_random_uniform(random, 0.0f, (float)kMaxGrainLog2);
  return t;
}

static void draw(const texture* t, int32_t size, int32_t x0, int32_t y0, int32_t x1, int32_t y1,
                 float* pixels) {
  for (int32_t y = y0; y < y1 && y < size; ++y) {
    for (int32_t x = x0; x < x1 && x < size; ++x) {
      float* pixel = pixels + ((size_t)y * (size_t)size + (size_t)x) * kChannels;
      // Every grain has a number, whichever pixel of it is drawn first.
      const uint64_t grain = (uint64_t)(y >> t->grain_log2) << 32 | (uint64_t)(x >> t->grain_log2);
      lm_net_random random = lm_net_random_make(t->seed, grain);
      for (int32_t c = 0; c < kChannels; ++c) {
        const float noise = lm_net_random_uniform(&random, -1.0f, 1.0f);
        const float value = t->colour[c] + t->across[c] * (float)(x - x0) +
                            t->down[c] * (float)(y - y0) + t->contrast * noise;
        pixel[c] = value < -1.0f ? -1.0f : value > 1.0f ? 1.0f : value;
      }
    }
  }
}

static void draw_rectangle(lm_net_random* random, int32_t size, float* pixels) {
  const float extent = (float)size;
  const int32_t x = (int32_t)lm_net_random_uniform(random, -0.2f * extent, extent);
  const int32_t y = (int32_t)lm_net_random_uniform(random, -0.2f * extent, extent);
  const int32_t width = 1 + (int32_t)lm_net_random_uniform(random, 0.0f, extent / 2.0f);
  const int32_t height = 1 + (int32_t)lm_net_random_uniform(random, 0.0f, extent / 2.0f);
  const texture t = make_texture(random, size);
  draw(&t, size, x < 0 ? 0 : x, y < 0 ? 0 : y, x + width, y + height, pixels);
}

static void draw_image(lm_net_random* random, int32_t rectangles, int32_t size, float* pixels) {
  if (rectangles == kWhiteNoise) {
    const texture noise = {.contrast = 1.0f, .seed = lm_net_random_next(random)};
    draw(&noise, size, 0, 0, size, size, pixels);
    return;
  }
  const texture background = make_texture(random, size);
  draw(&background, size, 0, 0, size, size, pixels);
  for (int32_t i = 0; i < rectangles; ++i) draw_rectangle(random, size, pixels);
}

void lm_calibration_images(uint64_t seed, int32_t count, int32_t size, float* pixels) {
  const size_t kinds = sizeof kRectangles / sizeof kRectangles[0];
  for (int32_t i = 0; i < count; ++i) {
    lm_net_random random = lm_net_random_make(seed, (uint64_t)i);
    draw_image(&random, kRectangles[(size_t)i % kinds], size, pixels);
    pixels += (size_t)size * (size_t)size * kChannels;
  }
}

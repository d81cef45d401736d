// SPDX-License-Identifier: MIT
#include "net_weights.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "litmark/interpreter.h"
#include "litmark/kernel_math.h"

#include "calibration_images.h"
#include "net_emit.h"
#include "net_random.h"

// Some seconds of reference kernels: the more a network costs, the fewer images it sees. One image
// tells nothing of how images differ, so two it is unless they would take minutes.
static const uint64_t kMacBudget = UINT64_C(4000000000);
static const uint64_t kMacsForOneImage = UINT64_C(20000000000);
enum { kMinImages = 2, kMaxImages = 16 };

static int32_t image_count(uint64_t macs) {
  if (macs > kMacsForOneImage) return 1;
  const uint64_t images = macs > 0 ? kMacBudget / macs : kMaxImages;
  return images < kMinImages ? kMinImages : images > kMaxImages ? kMaxImages : (int32_t)images;
}

// Spread of the logits over the classes. With 1000 classes the likeliest then gets some percent to
// some tens of percent.
static const double kLogitSpread = 2.5;
// Part of what all images have in common that stays in the logits.
static const double kCommonShare = 0.3;

// Ranges are widened by this, because other images reach further than a few for calibration do; the
// logits' most, because they are what differs most between images.
static const float kMargin = 1.15f;
static const float kLogitMargin = 1.6f;

// Streams of the seed: two for each layer, images beyond.
static const uint64_t kImageStream = UINT64_C(1) << 32;

typedef struct state {
  lm_net* net;
  int32_t batch;
  float** values;     // [net->count] outputs over all images; NULL before and after use
  int32_t* last_use;  // [net->count] last layer that reads the output
} state;

static size_t value_count(const state* s, int32_t index) {
  return (size_t)s->batch * (size_t)lm_shape_count(&s->net->layers[index].shape);
}

static lm_status state_init(state* s, lm_net* net, lm_error* err) {
  *s = (state){.net = net, .batch = image_count(lm_net_macs(net))};
  s->values = calloc((size_t)net->count, sizeof *s->values);
  s->last_use = calloc((size_t)net->count, sizeof *s->last_use);
  if (s->values == NULL || s->last_use == NULL) {
    return LM_FAIL(err, LM_OUT_OF_MEMORY, "%d layers", net->count);
  }
  for (int32_t i = 0; i < net->count; ++i) {
    for (int32_t k = 0; k < net->layers[i].input_count; ++k) {
      s->last_use[net->layers[i].inputs[k]] = i;
    }
  }
  return LM_OK;
}

static void state_deinit(state* s) {
  for (int32_t i = 0; s->values != NULL && i < s->net->count; ++i) free(s->values[i]);
  free(s->values);
  free(s->last_use);
}

static lm_status invoke_layer(const state* s, int32_t index, lm_interpreter* interpreter,
                              lm_error* err) {
  const lm_net_layer* layer = &s->net->layers[index];
  lm_status status = lm_interpreter_plan(interpreter, err);
  if (status != LM_OK) return status;
  for (int32_t i = 0; i < layer->input_count; ++i) {
    const lm_tensor* input = lm_interpreter_input(interpreter, i);
    memcpy(input->data, s->values[layer->inputs[i]], input->bytes);
  }
  status = lm_interpreter_invoke(interpreter, err);
  if (status != LM_OK) return status;
  const lm_tensor* output = lm_interpreter_output(interpreter, 0);
  memcpy(s->values[index], output->data, output->bytes);
  return LM_OK;
}

// values[index] = layer(values of its inputs), on the runtime's reference kernels.
static lm_status run_layer(const state* s, int32_t index, lm_error* err) {
  const lm_allocator allocator = lm_allocator_default();
  const lm_interpreter_options options = {.struct_size = sizeof options};
  void* data = NULL;
  size_t bytes = 0;
  lm_model* model = NULL;
  lm_interpreter* interpreter = NULL;
  lm_status status = lm__net_emit_layer(s->net, index, s->batch, allocator, &data, &bytes, err);
  if (status == LM_OK) status = lm_model_create(data, bytes, allocator, &model, err);
  if (status == LM_OK) {
    status = lm_interpreter_create(model, &options, allocator, &interpreter, err);
  }
  if (status == LM_OK) status = invoke_layer(s, index, interpreter, err);
  lm_interpreter_destroy(interpreter);
  lm_model_destroy(model);
  lm_free(allocator, data);
  return status;
}

static lm_status fill_weights(const lm_net* net, int32_t index, lm_error* err) {
  lm_net_layer* layer = &net->layers[index];
  layer->weights = malloc(layer->weight_count * sizeof *layer->weights);
  layer->bias = calloc((size_t)layer->channels, sizeof *layer->bias);
  if (layer->weights == NULL || layer->bias == NULL) {
    return LM_FAIL(err, LM_OUT_OF_MEMORY, "%s: %zu weights", layer->name, layer->weight_count);
  }
  // He et al. 2015 (arXiv:1502.01852), equation 10; normalisation does the rest.
  const size_t fan_in = layer->weight_count / (size_t)layer->channels;
  const float deviation = sqrtf(2.0f / (float)fan_in);
  lm_net_random random = lm_net_random_make(net->config.seed, 2 * (uint64_t)index);
  for (size_t i = 0; i < layer->weight_count; ++i) {
    layer->weights[i] = deviation * lm_net_random_bell(&random);
  }
  return LM_OK;
}

// What each output channel is multiplied by and then shifted by.
typedef struct channel_fit {
  double* mean;  // [channels]
  double* var;   // [channels]
  float* scale;  // [channels]
  float* shift;  // [channels]
} channel_fit;

static void fit_deinit(channel_fit* fit) {
  free(fit->mean);
  free(fit->var);
  free(fit->scale);
  free(fit->shift);
}

static lm_status fit_init(channel_fit* fit, int32_t channels, lm_error* err) {
  const size_t count = (size_t)channels;
  fit->mean = calloc(count, sizeof *fit->mean);
  fit->var = calloc(count, sizeof *fit->var);
  fit->scale = calloc(count, sizeof *fit->scale);
  fit->shift = calloc(count, sizeof *fit->shift);
  if (fit->mean != NULL && fit->var != NULL && fit->scale != NULL && fit->shift != NULL) {
    return LM_OK;
  }
  return LM_FAIL(err, LM_OUT_OF_MEMORY, "statistics of %d channels", channels);
}

// Mean and variance of every column of values [rows][channels].
static void column_statistics(const float* values, size_t rows, size_t channels, channel_fit* fit) {
  for (size_t r = 0; r < rows; ++r) {
    for (size_t c = 0; c < channels; ++c) fit->mean[c] += (double)values[r * channels + c];
  }
  for (size_t c = 0; c < channels; ++c) fit->mean[c] /= (double)rows;
  for (size_t r = 0; r < rows; ++r) {
    for (size_t c = 0; c < channels; ++c) {
      const double d = (double)values[r * channels + c] - fit->mean[c];
      fit->var[c] += d * d;
    }
  }
  for (size_t c = 0; c < channels; ++c) fit->var[c] /= (double)rows;
}

static double mean_of(const double* values, size_t count) {
  double sum = 0.0;
  for (size_t i = 0; i < count; ++i) sum += values[i];
  return sum / (double)count;
}

// SCALE_CHANNELS: every channel gets a mean and a spread of its own, near those asked for. Layers
// before a rectifier aim at a positive mean: at 0 the rectifier would cut half of the signal's
// variance but not of the noise's, and what quantization adds would drown the signal after 30
// layers of random weights (Poole et al. 2016, arXiv:1606.05340, call it chaos). A channel that
// varies much less or more than the layer is only brought halfway: full correction would make the
// weights of one channel dwarf the others', which a scale per tensor cannot express.
static void fit_channels(const lm_net_layer* layer, size_t rows, const float* values,
                         lm_net_random* random, channel_fit* fit) {
  const size_t channels = (size_t)layer->channels;
  column_statistics(values, rows, channels, fit);
  const double layer_deviation = sqrt(mean_of(fit->var, channels));
  for (size_t c = 0; c < channels; ++c) {
    double deviation = sqrt(fit->var[c]);
    if (deviation < 0.5 * layer_deviation) deviation = 0.5 * layer_deviation;
    if (deviation > 2.0 * layer_deviation) deviation = 2.0 * layer_deviation;
    if (deviation == 0.0) deviation = 1.0;
    const double spread = (double)(layer->gain * lm_net_random_uniform(random, 0.75f, 1.25f));
    const double offset =
        (double)(layer->gain * (layer->offset + lm_net_random_uniform(random, -0.5f, 0.5f)));
    fit->scale[c] = (float)(spread / deviation);
    fit->shift[c] = (float)(offset - fit->mean[c] * spread / deviation);
  }
}

// SCALE_LAYER: one scale for all channels, and one shift.
static void fit_layer(const lm_net_layer* layer, size_t rows, const float* values,
                      lm_net_random* random, channel_fit* fit) {
  const size_t channels = (size_t)layer->channels;
  column_statistics(values, rows, channels, fit);
  const double mean = mean_of(fit->mean, channels);
  double variance = mean_of(fit->var, channels);
  for (size_t c = 0; c < channels; ++c) {
    const double d = fit->mean[c] - mean;
    variance += d * d / (double)channels;
  }
  const double scale = variance > 0.0 ? (double)layer->gain / sqrt(variance) : 1.0;
  for (size_t c = 0; c < channels; ++c) {
    const double offset = (double)(layer->gain * lm_net_random_uniform(random, -0.2f, 0.2f));
    fit->scale[c] = (float)scale;
    fit->shift[c] = (float)(offset - mean * scale);
  }
}

// SCALE_LOGITS: spreads the classes' averages over an image. In a network that was never trained,
// most of that spread is the same for every image. Most of that is taken out, so that the image
// decides; taking out all of it would leave nothing but the difference between a few calibration
// images.
static lm_status fit_logits(const lm_net_layer* layer, int32_t batch, size_t rows,
                            const float* values, lm_net_random* random, channel_fit* fit,
                            lm_error* err) {
  const size_t channels = (size_t)layer->channels;
  const size_t images = (size_t)batch;
  const size_t rows_each = rows / images;
  float* averages = calloc(images * channels, sizeof *averages);
  if (averages == NULL) return LM_FAIL(err, LM_OUT_OF_MEMORY, "logits of %d images", batch);
  for (size_t r = 0; r < rows; ++r) {
    for (size_t c = 0; c < channels; ++c) {
      averages[r / rows_each * channels + c] += values[r * channels + c] / (float)rows_each;
    }
  }
  column_statistics(averages, images, channels, fit);
  free(averages);
  const double mean = mean_of(fit->mean, channels);
  double variance = mean_of(fit->var, channels);
  if (batch > 1) variance *= (double)batch / (double)(batch - 1);
  for (size_t c = 0; c < channels; ++c) {
    fit->mean[c] = mean + (1.0 - kCommonShare) * (fit->mean[c] - mean);
    const double common = kCommonShare / (1.0 - kCommonShare) * (fit->mean[c] - mean);
    variance += common * common / (double)channels;
  }
  const double scale = variance > 0.0 ? kLogitSpread / sqrt(variance) : 1.0;
  for (size_t c = 0; c < channels; ++c) {
    const double offset = (double)lm_net_random_uniform(random, -0.5f, 0.5f);
    fit->scale[c] = (float)scale;
    fit->shift[c] = (float)(offset - fit->mean[c] * scale);
  }
  return LM_OK;
}

static void apply_fit(lm_net_layer* layer, size_t rows, const channel_fit* fit, float low,
                      float high, float* values) {
  const size_t channels = (size_t)layer->channels;
  const size_t block = layer->kind == LM_NET_DEPTHWISE ? 1 : layer->weight_count / channels;
  for (size_t i = 0; i < layer->weight_count; ++i) {
    layer->weights[i] *= fit->scale[i / block % channels];
  }
  memcpy(layer->bias, fit->shift, channels * sizeof *layer->bias);
  for (size_t i = 0; i < rows * channels; ++i) {
    const float value = values[i] * fit->scale[i % channels] + fit->shift[i % channels];
    values[i] = value < low ? low : value > high ? high : value;
  }
}

// values[index] holds the layer's output without bias and activation; afterwards with both.
static lm_status normalise(const state* s, int32_t index, lm_error* err) {
  lm_net_layer* layer = &s->net->layers[index];
  const size_t rows = value_count(s, index) / (size_t)layer->channels;
  lm_net_random random = lm_net_random_make(s->net->config.seed, 2 * (uint64_t)index + 1);
  channel_fit fit = {0};
  float low, high;
  lm_status status = lm_activation_range_float(layer->activation, &low, &high, err);
  if (status == LM_OK) status = fit_init(&fit, layer->channels, err);
  if (status == LM_OK) {
    switch (layer->scaling) {
      case LM_NET_SCALE_CHANNELS:
        fit_channels(layer, rows, s->values[index], &random, &fit);
        break;
      case LM_NET_SCALE_LAYER:
        fit_layer(layer, rows, s->values[index], &random, &fit);
        break;
      case LM_NET_SCALE_LOGITS:
        status = fit_logits(layer, s->batch, rows, s->values[index], &random, &fit, err);
        break;
    }
  }
  if (status == LM_OK) apply_fit(layer, rows, &fit, low, high, s->values[index]);
  fit_deinit(&fit);
  return status;
}

static lm_status compute_layer(const state* s, int32_t index, lm_error* err) {
  lm_net_layer* layer = &s->net->layers[index];
  if (layer->channels == 0) return run_layer(s, index, err);
  lm_status status = fill_weights(s->net, index, err);
  const lm_activation activation = layer->activation;
  layer->activation = LM_ACTIVATION_NONE;
  if (status == LM_OK) status = run_layer(s, index, err);
  layer->activation = activation;
  return status == LM_OK ? normalise(s, index, err) : status;
}

static void note_range(const state* s, int32_t index) {
  lm_net_layer* layer = &s->net->layers[index];
  const float* values = s->values[index];
  const size_t count = value_count(s, index);
  layer->minimum = layer->maximum = values[0];
  for (size_t i = 1; i < count; ++i) {
    if (values[i] < layer->minimum) layer->minimum = values[i];
    if (values[i] > layer->maximum) layer->maximum = values[i];
  }
  const bool classifier = layer->channels > 0 && layer->scaling == LM_NET_SCALE_LOGITS;
  const float margin = classifier ? kLogitMargin : kMargin;
  layer->minimum *= margin;
  layer->maximum *= margin;
  if (layer->activation == LM_ACTIVATION_RELU6 && layer->maximum > 6.0f) layer->maximum = 6.0f;
}

static lm_status step(const state* s, int32_t index, lm_error* err) {
  const size_t count = value_count(s, index);
  s->values[index] = calloc(count, sizeof *s->values[index]);
  if (s->values[index] == NULL) {
    return LM_FAIL(err, LM_OUT_OF_MEMORY, "%s: %zu values", s->net->layers[index].name, count);
  }
  if (index == 0) {
    lm_calibration_images(s->net->config.seed ^ kImageStream, s->batch, s->net->config.size,
                          s->values[0]);
    // Not what was drawn but what every image may be: with 8 bits then exactly (pixel - 128) / 128.
    s->net->layers[0].minimum = -1.0f;
    s->net->layers[0].maximum = 127.0f / 128.0f;
    return LM_OK;
  }
  const lm_status status = compute_layer(s, index, err);
  if (status != LM_OK) return status;
  note_range(s, index);
  for (int32_t i = 0; i < index; ++i) {
    if (s->last_use[i] != index) continue;
    free(s->values[i]);
    s->values[i] = NULL;
  }
  return LM_OK;
}

lm_status lm_net_make_weights(lm_net* net, lm_net_progress progress, lm_error* err) {
  state s;
  lm_status status = state_init(&s, net, err);
  for (int32_t i = 0; i < net->count && status == LM_OK; ++i) {
    // A softmax's range is known, and its exponential is the C library's.
    if (net->layers[i].kind == LM_NET_SOFTMAX) continue;
    if (progress != NULL) progress(i, net->count);
    status = step(&s, i, err);
  }
  state_deinit(&s);
  return status;
}

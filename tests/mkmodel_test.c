// SPDX-License-Identifier: MIT
//
// mkmodel: the networks are those of the papers, the files load and run, the quantization is legal,
// a seed gives one file, and what cannot be done is said in one line.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "litmark/interpreter.h"

#include "exit_code.h"
#include "mkmodel.h"
#include "net_emit.h"
#include "net_weights.h"
#include "tflite_writer.h"

// The 8-bit ones come last.
static const lm_type kTypes[] = {LM_FLOAT32, LM_FLOAT16, LM_INT8, LM_UINT8};
enum { kTypeCount = 4, kFirst8Bit = 2, kClasses = 20 };

// ---------------------------------------------------------------- networks

// What papers and model zoos state, in millions, at width 1 with 1000 classes.
static const struct {
  const char* name;
  double parameters, macs, tolerance;
} kPublished[] = {
    {"mobilenet_v1", 4.23, 569, 0.01},       {"mobilenet_v2", 3.50, 300.8, 0.01},
    {"mobilenet_v3_large", 5.48, 217, 0.01}, {"mobilenet_v3_small", 2.54, 56.5, 0.01},
    {"inception_v3", 23.83, 5713, 0.01},     {"resnet50", 25.55, 4089, 0.01},
    {"efficientnet_lite0", 4.65, 385, 0.01}, {"squeezenet", 1.235, 349, 0.01},
};

static void test_published_sizes(void** unused) {
  (void)unused;
  const int count = (int)(sizeof kPublished / sizeof kPublished[0]);
  assert_null(lm_net_at(count));  // a network without a row here is not checked
  for (int i = 0; i < count; ++i) {
    const lm_net_def* def = lm_net_find(kPublished[i].name);
    assert_non_null(def);
    const lm_net_config config = lm_net_default_config(def);
    lm_net net;
    lm_error err = LM_ERROR_INIT;
    assert_int_equal(lm_net_init(&net, def, &config, &err), LM_OK);
    const double parameters = (double)lm_net_parameters(&net) / 1e6;
    const double macs = (double)lm_net_macs(&net) / 1e6;
    if (fabs(parameters / kPublished[i].parameters - 1) > kPublished[i].tolerance ||
        fabs(macs / kPublished[i].macs - 1) > kPublished[i].tolerance) {
      fail_msg("%s: %.3f M parameters, %.1f M MACs; published %.3f and %.1f", def->name, parameters,
               macs, kPublished[i].parameters, kPublished[i].macs);
    }
    lm_net_deinit(&net);
  }
}

static void test_channel_rounding(void** unused) {
  (void)unused;
  static const struct {
    double width, channels;
    int32_t want;
  } kCases[] = {
      {1.0, 32, 32},  {0.25, 32, 8}, {0.05, 32, 8},  // never below 8
      {0.35, 32, 16},                                // 11.2: 8 would lose more than 10 %
      {0.5, 24, 16},                                 // 12: ties go up
      {0.75, 96, 72}, {1.4, 32, 48},                 // 44.8
  };
  for (size_t i = 0; i < sizeof kCases / sizeof kCases[0]; ++i) {
    const lm_net net = {.config = {.width = kCases[i].width}};
    const int32_t got = lm_net_channels(&net, kCases[i].channels);
    if (got != kCases[i].want) {
      fail_msg("%g x %g: %d, want %d", kCases[i].width, kCases[i].channels, got, kCases[i].want);
    }
  }
}

static lm_net_config small_config(const lm_net_def* def, uint64_t seed) {
  return (lm_net_config){.size = def->min_size > 64 ? def->min_size : 64,
                         .width = 0.25,
                         .classes = kClasses,
                         .seed = seed};
}

// ---------------------------------------------------------------- files

typedef struct file {
  void* data;
  size_t bytes;
} file;

static file emit(const lm_net* net, lm_type type) {
  lm_error err = LM_ERROR_INIT;
  file f;
  if (lm_net_emit(net, type, lm_allocator_default(), &f.data, &f.bytes, &err) != LM_OK) {
    fail_msg("%s %s: %s", net->def->name, lm_type_name(type), err.message);
  }
  return f;
}

static void free_file(file* f) { lm_free(lm_allocator_default(), f->data); }

static void make_small(lm_net* net, const lm_net_def* def, uint64_t seed) {
  const lm_net_config config = small_config(def, seed);
  lm_error err = LM_ERROR_INIT;
  lm_status status = lm_net_init(net, def, &config, &err);
  if (status == LM_OK) status = lm_net_make_weights(net, NULL, &err);
  if (status != LM_OK) fail_msg("%s: %s", def->name, err.message);
}

static void fill_image(const lm_tensor* input) {
  uint32_t state = 1;
  const int64_t count = lm_shape_count(&input->shape);
  for (int64_t i = 0; i < count; ++i) {
    state = state * 1664525u + 1013904223u;
    const int pixel = (int)(state >> 24);
    if (input->type == LM_FLOAT32) {
      ((float*)input->data)[i] = ((float)pixel - 127.5f) / 127.5f;
    } else if (input->type == LM_UINT8) {
      ((uint8_t*)input->data)[i] = (uint8_t)pixel;
    } else {
      ((int8_t*)input->data)[i] = (int8_t)(pixel - 128);
    }
  }
}

static void read_probabilities(const lm_tensor* output, float* probabilities) {
  for (int i = 0; i < kClasses; ++i) {
    if (output->type == LM_FLOAT32) {
      probabilities[i] = ((const float*)output->data)[i];
      continue;
    }
    const int q = output->type == LM_INT8 ? ((const int8_t*)output->data)[i]
                                          : ((const uint8_t*)output->data)[i];
    probabilities[i] =
        output->quantization.scales[0] * (float)(q - output->quantization.zero_points[0]);
  }
}

// Loads, plans and runs a file.
static void run_file(const file* f, const lm_net* net, lm_type type, float* probabilities) {
  const lm_interpreter_options options = {.struct_size = sizeof options};
  lm_error err = LM_ERROR_INIT;
  lm_model* model = NULL;
  lm_interpreter* interpreter = NULL;
  lm_status status = lm_model_create(f->data, f->bytes, lm_allocator_default(), &model, &err);
  if (status == LM_OK) {
    status = lm_interpreter_create(model, &options, lm_allocator_default(), &interpreter, &err);
  }
  if (status == LM_OK) status = lm_interpreter_plan(interpreter, &err);
  const lm_type activations = type == LM_FLOAT16 ? LM_FLOAT32 : type;
  if (status == LM_OK) {
    assert_int_equal(lm_interpreter_report(interpreter)->macs, lm_net_macs(net));
    const lm_tensor* input = lm_interpreter_input(interpreter, 0);
    assert_int_equal(input->type, activations);
    fill_image(input);
    status = lm_interpreter_invoke(interpreter, &err);
  }
  if (status == LM_OK) {
    const lm_tensor* output = lm_interpreter_output(interpreter, 0);
    assert_int_equal(output->type, activations);
    assert_int_equal(lm_shape_count(&output->shape), kClasses);
    read_probabilities(output, probabilities);
  }
  lm_interpreter_destroy(interpreter);
  lm_model_destroy(model);
  if (status != LM_OK) fail_msg("%s %s: %s", net->def->name, lm_type_name(type), err.message);
}

static double correlation(const float* a, const float* b) {
  double ma = 0, mb = 0, aa = 0, bb = 0, ab = 0;
  for (int i = 0; i < kClasses; ++i) {
    ma += (double)a[i] / kClasses;
    mb += (double)b[i] / kClasses;
  }
  for (int i = 0; i < kClasses; ++i) {
    aa += ((double)a[i] - ma) * ((double)a[i] - ma);
    bb += ((double)b[i] - mb) * ((double)b[i] - mb);
    ab += ((double)a[i] - ma) * ((double)b[i] - mb);
  }
  return ab / sqrt(aa * bb);
}

// Neither flat nor a spike.
static void check_spread(const char* name, lm_type type, const float* probabilities) {
  float first = 0, second = 0;
  for (int i = 0; i < kClasses; ++i) {
    if (probabilities[i] > first) {
      second = first;
      first = probabilities[i];
    } else if (probabilities[i] > second) {
      second = probabilities[i];
    }
  }
  if (first < 2.0f / kClasses || second < 0.5f / 256) {
    fail_msg("%s %s: likeliest classes have %g and %g", name, lm_type_name(type), (double)first,
             (double)second);
  }
}

static void test_networks_run(void** unused) {
  (void)unused;
  for (int32_t i = 0; lm_net_at(i) != NULL; ++i) {
    const char* name = lm_net_at(i)->name;
    float probabilities[kTypeCount][kClasses];
    lm_net net;
    make_small(&net, lm_net_at(i), 0);
    for (int t = 0; t < kTypeCount; ++t) {
      file f = emit(&net, kTypes[t]);
      run_file(&f, &net, kTypes[t], probabilities[t]);
      free_file(&f);
      check_spread(name, kTypes[t], probabilities[t]);
      const double r = correlation(probabilities[0], probabilities[t]);
      if (!(r > (kTypes[t] == LM_FLOAT16 ? 0.999 : 0.8)))
        fail_msg("%s %s: correlation %g with float", name, lm_type_name(kTypes[t]), r);
    }
    lm_net_deinit(&net);
  }
}

// ---------------------------------------------------------------- quantization

static bool same_affine(const lm_tensor_def* a, const lm_tensor_def* b) {
  return a->quantization.count == 1 && b->quantization.count == 1 &&
         a->quantization.scales[0] == b->quantization.scales[0] &&
         a->quantization.zero_points[0] == b->quantization.zero_points[0];
}

static bool keeps_scale(int32_t builtin) {
  return builtin == LM_BUILTIN_MAX_POOL_2D || builtin == LM_BUILTIN_AVERAGE_POOL_2D ||
         builtin == LM_BUILTIN_PAD || builtin == LM_BUILTIN_RESHAPE ||
         builtin == LM_BUILTIN_CONCATENATION;
}

// Weights and bias of one node. Returns whether the weights' zero point is off centre.
static bool check_weights(const lm_subgraph_def* graph, const lm_node_def* node) {
  const lm_tensor_def* input = &graph->tensors[node->inputs[0]];
  const lm_tensor_def* weights = &graph->tensors[node->inputs[1]];
  const lm_tensor_def* bias = &graph->tensors[node->inputs[2]];
  const bool per_channel = weights->type == LM_INT8 && node->builtin != LM_BUILTIN_FULLY_CONNECTED;
  const int32_t channels = bias->shape.dims[0];
  assert_int_equal(bias->type, LM_INT32);
  assert_int_equal(weights->quantization.count, per_channel ? channels : 1);
  assert_int_equal(bias->quantization.count, weights->quantization.count);
  assert_int_equal(weights->quantization.axis,
                   node->builtin == LM_BUILTIN_DEPTHWISE_CONV_2D && per_channel ? 3 : 0);
  for (int32_t c = 0; c < weights->quantization.count; ++c) {
    const float product = input->quantization.scales[0] * weights->quantization.scales[c];
    assert_true(bias->quantization.scales[c] == product);
    assert_int_equal(bias->quantization.zero_points[c], 0);
    if (weights->type == LM_INT8) assert_int_equal(weights->quantization.zero_points[c], 0);
  }
  for (size_t i = 0; i < weights->data_bytes; ++i) {
    if (weights->type == LM_INT8) assert_true(((const int8_t*)weights->data)[i] >= -127);
    if (weights->type == LM_UINT8) assert_true(((const uint8_t*)weights->data)[i] >= 1);
  }
  return weights->quantization.zero_points[0] != 128;
}

static void check_quantization(const lm_subgraph_def* graph, lm_type type) {
  int weighted = 0, off_centre = 0;
  for (int32_t n = 0; n < graph->node_count; ++n) {
    const lm_node_def* node = &graph->nodes[n];
    const lm_tensor_def* output = &graph->tensors[node->outputs[0]];
    if (keeps_scale(node->builtin)) {
      const int32_t count = node->builtin == LM_BUILTIN_CONCATENATION ? node->input_count : 1;
      for (int32_t i = 0; i < count; ++i) {
        assert_true(same_affine(&graph->tensors[node->inputs[i]], output));
      }
    }
    if (node->builtin == LM_BUILTIN_SOFTMAX) {
      assert_true(output->quantization.scales[0] == 1.0f / 256);
      assert_int_equal(output->quantization.zero_points[0], type == LM_INT8 ? -128 : 0);
    }
    if (node->builtin == LM_BUILTIN_CONV_2D || node->builtin == LM_BUILTIN_DEPTHWISE_CONV_2D ||
        node->builtin == LM_BUILTIN_FULLY_CONNECTED) {
      ++weighted;
      off_centre += check_weights(graph, node);
    }
  }
  // uint8 without zero points that matter would test nothing that int8 does not.
  if (type == LM_UINT8) assert_true(2 * off_centre > weighted);
}

static void test_quantization_is_legal(void** unused) {
  (void)unused;
  for (int32_t i = 0; lm_net_at(i) != NULL; ++i) {
    lm_net net;
    make_small(&net, lm_net_at(i), 3);
    for (int t = kFirst8Bit; t < kTypeCount; ++t) {
      lm_error err = LM_ERROR_INIT;
      lm_model* model = NULL;
      file f = emit(&net, kTypes[t]);
      assert_int_equal(lm_model_create(f.data, f.bytes, lm_allocator_default(), &model, &err),
                       LM_OK);
      const lm_subgraph_def* graph = &model->subgraphs[0];
      const lm_tensor_def* input = &graph->tensors[graph->inputs[0]];
      assert_true(input->quantization.scales[0] == 1.0f / 128);
      assert_int_equal(input->quantization.zero_points[0], kTypes[t] == LM_INT8 ? 0 : 128);
      check_quantization(graph, kTypes[t]);
      lm_model_destroy(model);
      free_file(&f);
    }
    lm_net_deinit(&net);
  }
}

// ---------------------------------------------------------------- float16

// Weights and biases are float16 behind a node that widens each, and nothing else is.
static void test_float16_weights(void** unused) {
  (void)unused;
  lm_error err = LM_ERROR_INIT;
  lm_net net;
  make_small(&net, lm_net_find("mobilenet_v2"), 0);
  file single = emit(&net, LM_FLOAT32), half = emit(&net, LM_FLOAT16);
  lm_model* model = NULL;
  assert_int_equal(lm_model_create(half.data, half.bytes, lm_allocator_default(), &model, &err),
                   LM_OK);
  const lm_subgraph_def* graph = &model->subgraphs[0];
  int weighted = 0, widened = 0;
  for (int32_t n = 0; n < graph->node_count; ++n) {
    const lm_node_def* node = &graph->nodes[n];
    const lm_tensor_def* output = &graph->tensors[node->outputs[0]];
    assert_int_equal(output->type, LM_FLOAT32);
    if (node->builtin == LM_BUILTIN_DEQUANTIZE) {
      ++widened;
      assert_int_equal(graph->tensors[node->inputs[0]].type, LM_FLOAT16);
      assert_non_null(graph->tensors[node->inputs[0]].data);
      assert_null(output->data);
    } else if (node->builtin == LM_BUILTIN_CONV_2D ||
               node->builtin == LM_BUILTIN_DEPTHWISE_CONV_2D ||
               node->builtin == LM_BUILTIN_FULLY_CONNECTED) {
      ++weighted;
    }
  }
  assert_true(weighted > 0 && widened == 2 * weighted);
  assert_in_range(half.bytes, single.bytes * 4 / 10, single.bytes * 6 / 10);
  lm_model_destroy(model);
  free_file(&half);
  free_file(&single);
  lm_net_deinit(&net);
}

// ---------------------------------------------------------------- determinism

static uint64_t fnv1a(const file* f) {
  uint64_t hash = UINT64_C(0xcbf29ce484222325);
  for (size_t i = 0; i < f->bytes; ++i) {
    hash = (hash ^ ((const uint8_t*)f->data)[i]) * UINT64_C(0x100000001b3);
  }
  return hash;
}

// Hashes of small files as every compiler and processor must make them. They change when the
// generator is changed on purpose: note it in the change log, because published results name
// models.
static const struct {
  const char* net;
  lm_type type;
  uint64_t hash;
} kGolden[] = {
    {"mobilenet_v3_small", LM_FLOAT32, UINT64_C(0xed026ec1022e4229)},
    {"mobilenet_v3_small", LM_INT8, UINT64_C(0x5d90bab82c577e90)},
    {"resnet50", LM_UINT8, UINT64_C(0x3ccaa5e562da006e)},
};

static void test_seed_gives_one_file(void** unused) {
  (void)unused;
  for (size_t i = 0; i < sizeof kGolden / sizeof kGolden[0]; ++i) {
    lm_net net;
    make_small(&net, lm_net_find(kGolden[i].net), 0);
    file f = emit(&net, kGolden[i].type);
    const uint64_t hash = fnv1a(&f);
    free_file(&f);
    lm_net_deinit(&net);
    if (hash != kGolden[i].hash) {
      fail_msg("%s %s: hash 0x%016llx, want 0x%016llx", kGolden[i].net,
               lm_type_name(kGolden[i].type), (unsigned long long)hash,
               (unsigned long long)kGolden[i].hash);
    }
  }
}

static void test_seeds_differ(void** unused) {
  (void)unused;
  uint64_t hashes[2];
  for (uint64_t seed = 0; seed < 2; ++seed) {
    lm_net net;
    make_small(&net, lm_net_find("squeezenet"), seed);
    net.config.seed = 0;  // so that only the weights can differ
    file f = emit(&net, LM_INT8);
    hashes[seed] = fnv1a(&f);
    free_file(&f);
    lm_net_deinit(&net);
  }
  assert_true(hashes[0] != hashes[1]);
}

// ---------------------------------------------------------------- command line

typedef struct outcome {
  int code;
  char message[1024];  // what went to stderr
} outcome;

// Runs the command with stderr in a file.
static outcome run_command(int argc, const char* const* arguments) {
  outcome result = {0};
  char* argv[16] = {0};
  for (int i = 0; i < argc; ++i) argv[i] = strdup(arguments[i]);
  fflush(stderr);
  FILE* capture = tmpfile();
  assert_non_null(capture);
  const int saved = dup(STDERR_FILENO);
  dup2(fileno(capture), STDERR_FILENO);
  result.code = lm_mkmodel_main(argc, argv);
  fflush(stderr);
  dup2(saved, STDERR_FILENO);
  close(saved);
  rewind(capture);
  const size_t length = fread(result.message, 1, sizeof result.message - 1, capture);
  result.message[length] = '\0';
  fclose(capture);
  for (int i = 0; i < argc; ++i) free(argv[i]);
  return result;
}

#define RUN(...)                                                           \
  run_command((int)(sizeof((const char*[]){__VA_ARGS__}) / sizeof(char*)), \
              (const char*[]){__VA_ARGS__})

static void check_refusal(const char* name, outcome got, int code, const char* words) {
  const char* line_end = strchr(got.message, '\n');
  if (got.code != code || strncmp(got.message, "litmark: ", 9) != 0 || line_end == NULL ||
      line_end[1] != '\0' || strstr(got.message, words) == NULL) {
    fail_msg("%s: code %d, want %d; message '%s', want one line with '%s'", name, got.code, code,
             got.message, words);
  }
}

static void test_bad_arguments(void** unused) {
  (void)unused;
  const char* me = "litmark mkmodel";
  check_refusal("no network", RUN(me), LM_EXIT_USAGE, "name of a network");
  check_refusal("typo", RUN(me, "mobilnet_v2", "-o", "x"), LM_EXIT_USAGE,
                "did you mean 'mobilenet_v2'?");
  check_refusal("unknown", RUN(me, "vgg", "-o", "x"), LM_EXIT_USAGE, "squeezenet");
  check_refusal("no output", RUN(me, "squeezenet"), LM_EXIT_USAGE, "-o FILE");
  check_refusal("type", RUN(me, "squeezenet", "--type", "int4", "-o", "x"), LM_EXIT_USAGE, "int4");
  check_refusal("flag", RUN(me, "squeezenet", "--widht", "1"), LM_EXIT_USAGE, "--width");
  check_refusal("small", RUN(me, "inception_v3", "--size", "74", "-o", "x"), LM_EXIT_USAGE,
                "size 74, must be from 75");
  check_refusal("large", RUN(me, "squeezenet", "--size", "5000", "-o", "x"), LM_EXIT_USAGE, "5000");
  check_refusal("width 0", RUN(me, "squeezenet", "--width", "0", "-o", "x"), LM_EXIT_USAGE,
                "width 0");
  check_refusal("width nan", RUN(me, "squeezenet", "--width", "nan", "-o", "x"), LM_EXIT_USAGE,
                "width");
  check_refusal("classes", RUN(me, "squeezenet", "--classes", "-1", "-o", "x"), LM_EXIT_USAGE,
                "-1 classes");
  assert_int_equal(access("x", F_OK), -1);
}

static void test_output_files(void** unused) {
  (void)unused;
  char folder[] = "/tmp/mkmodel_test.XXXXXX";
  char path[64];
  assert_non_null(mkdtemp(folder));
  snprintf(path, sizeof path, "%s/m.tflite", folder);
  const char* me = "litmark mkmodel";
#define SMALL me, "squeezenet", "--size", "32", "--width", "0.1", "--classes", "5", "-o"
  for (int i = 0; i < 2; ++i) {  // the second time over the first
    assert_int_equal(RUN(SMALL, path).code, LM_EXIT_OK);
    lm_error err = LM_ERROR_INIT;
    lm_model* model = NULL;
    assert_int_equal(lm_model_open(path, lm_allocator_default(), &model, &err), LM_OK);
    assert_non_null(strstr(model->description, "squeezenet"));
    lm_model_destroy(model);
  }
  assert_int_equal(unlink(path), 0);
  snprintf(path, sizeof path, "%s/no/such/folder", folder);
  check_refusal("no folder", RUN(SMALL, path), LM_EXIT_BAD_INPUT, path);
  check_refusal("a folder", RUN(SMALL, folder), LM_EXIT_BAD_INPUT, folder);
  check_refusal("full disk", RUN(SMALL, "/dev/full"), LM_EXIT_RESOURCES, "/dev/full");
#undef SMALL
  struct stat info;
  assert_int_equal(stat("/dev/full", &info), 0);
  assert_true(S_ISCHR(info.st_mode));  // not replaced by a file
  assert_int_equal(rmdir(folder), 0);  // fails when something was left behind
}

// ---------------------------------------------------------------- writer

static const int8_t kContents[] = {1, 2, 3, 4, 5, 6};

// x -> FULLY_CONNECTED -> y, and two odd ops on y. Tensors are numbered x, w, y.
static file write_odd_model(void) {
  const float scales[] = {0.5f, 0.25f};
  const int32_t zero_points[] = {0, 0};
  lm_writer* writer = lm_writer_create("round trip");
  assert_non_null(writer);
  const int32_t x = lm_writer_add_tensor(
      writer,
      &(lm_writer_tensor){.name = "x", .type = LM_INT8, .shape = {.rank = 2, .dims = {-1, 3}}});
  const int32_t w = lm_writer_add_tensor(
      writer, &(lm_writer_tensor){
                  .name = "w",
                  .type = LM_INT8,
                  .shape = {.rank = 2, .dims = {2, 3}},
                  .quantization = {.count = 2, .scales = scales, .zero_points = zero_points},
                  .data = kContents,
                  .data_bytes = sizeof kContents});
  const int32_t y = lm_writer_add_tensor(
      writer, &(lm_writer_tensor){.type = LM_INT8, .shape = {.rank = 2, .dims = {-1, 2}}});
  const lm_fully_connected_options options = {.activation = LM_ACTIVATION_RELU};
  lm_writer_add_node(writer, &(lm_writer_node){.builtin = LM_BUILTIN_FULLY_CONNECTED,
                                               .inputs = (const int32_t[]){x, w, -1},
                                               .input_count = 3,
                                               .outputs = &y,
                                               .output_count = 1,
                                               .options_kind = LM_OPTIONS_FULLY_CONNECTED,
                                               .options = &options});
  lm_writer_add_node(writer, &(lm_writer_node){.builtin = LM_BUILTIN_CUSTOM,
                                               .custom_name = "Mine",
                                               .inputs = &y,
                                               .input_count = 1,
                                               .outputs = &y,
                                               .output_count = 1,
                                               .custom_options = (const uint8_t[]){7, 8},
                                               .custom_options_bytes = 2});
  lm_writer_add_node(writer, &(lm_writer_node){.builtin = LM_BUILTIN_GELU,
                                               .version = 2,
                                               .inputs = &y,
                                               .input_count = 1,
                                               .outputs = &y,
                                               .output_count = 1,
                                               .options_kind = LM_OPTIONS_GELU,
                                               .options = &(lm_gelu_options){.approximate = true}});
  lm_writer_set_io(writer, &x, 1, &y, 1);
  lm_writer_add_metadata(writer, "note", "abc", 3);
  file f;
  lm_error err = LM_ERROR_INIT;
  assert_int_equal(lm_writer_finish(writer, lm_allocator_default(), &f.data, &f.bytes, &err),
                   LM_OK);
  lm_writer_destroy(writer);
  return f;
}

static void test_writer_round_trip(void** unused) {
  (void)unused;
  enum { kX, kW };
  file f = write_odd_model();
  lm_error err = LM_ERROR_INIT;
  lm_model* model = NULL;
  assert_memory_equal((const char*)f.data + 4, "TFL3", 4);
  assert_int_equal(lm_model_create(f.data, f.bytes, lm_allocator_default(), &model, &err), LM_OK);
  const lm_subgraph_def* graph = &model->subgraphs[0];
  assert_string_equal(model->description, "round trip");
  assert_int_equal(graph->tensors[kX].shape.dims[0], 1);
  assert_int_equal(graph->tensors[kX].shape_signature.dims[0], -1);
  assert_memory_equal(graph->tensors[kW].data, kContents, sizeof kContents);
  assert_true(graph->tensors[kW].quantization.scales[1] == 0.25f);
  assert_int_equal(graph->nodes[0].version, 4);  // the first with int8
  assert_int_equal(graph->nodes[0].inputs[2], -1);
  assert_int_equal(((const lm_fully_connected_options*)graph->nodes[0].options)->activation,
                   LM_ACTIVATION_RELU);
  assert_string_equal(graph->nodes[1].custom_name, "Mine");
  assert_int_equal(graph->nodes[1].custom_options[1], 8);
  assert_int_equal(graph->nodes[2].builtin, LM_BUILTIN_GELU);  // a code beyond one byte
  assert_int_equal(graph->nodes[2].version, 2);
  assert_true(((const lm_gelu_options*)graph->nodes[2].options)->approximate);
  assert_int_equal(model->metadata_count, 1);
  assert_int_equal(model->metadata[0].bytes, 3);
  lm_model_destroy(model);
  free_file(&f);
}

static void test_writer_refuses_foreign_options(void** unused) {
  (void)unused;
  lm_writer* writer = lm_writer_create(NULL);
  assert_non_null(writer);
  lm_writer_add_node(writer, &(lm_writer_node){.builtin = LM_BUILTIN_ADD,
                                               .options_kind = LM_OPTIONS_SOFTMAX,
                                               .options = &(lm_softmax_options){.beta = 1}});
  // Later calls do nothing, and finishing says why.
  assert_int_equal(lm_writer_add_tensor(writer, &(lm_writer_tensor){.type = LM_INT8}), -1);
  void* data = writer;
  size_t bytes = 1;
  lm_error err = LM_ERROR_INIT;
  assert_int_equal(lm_writer_finish(writer, lm_allocator_default(), &data, &bytes, &err),
                   LM_INVALID_ARGUMENT);
  assert_null(data);
  assert_int_equal(bytes, 0);
  assert_non_null(strstr(err.message, "options"));
  lm_writer_destroy(writer);
}

static void* refuse(void* context, size_t size) {
  (void)context;
  (void)size;
  return NULL;
}

static void test_emit_without_memory(void** unused) {
  (void)unused;
  lm_net net;
  make_small(&net, lm_net_find("squeezenet"), 0);
  const lm_allocator none = {.allocate = refuse};
  lm_error err = LM_ERROR_INIT;
  void* data;
  size_t bytes;
  assert_int_equal(lm_net_emit(&net, LM_INT8, none, &data, &bytes, &err), LM_OUT_OF_MEMORY);
  assert_null(data);
  lm_error_clear(&err);
  assert_int_equal(lm_net_emit(&net, LM_INT16, lm_allocator_default(), &data, &bytes, &err),
                   LM_INVALID_ARGUMENT);
  assert_null(data);
  lm_net_deinit(&net);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_published_sizes),
      cmocka_unit_test(test_channel_rounding),
      cmocka_unit_test(test_networks_run),
      cmocka_unit_test(test_quantization_is_legal),
      cmocka_unit_test(test_float16_weights),
      cmocka_unit_test(test_seed_gives_one_file),
      cmocka_unit_test(test_seeds_differ),
      cmocka_unit_test(test_bad_arguments),
      cmocka_unit_test(test_output_files),
      cmocka_unit_test(test_writer_round_trip),
      cmocka_unit_test(test_writer_refuses_foreign_options),
      cmocka_unit_test(test_emit_without_memory),
  };
  return cmocka_run_group_tests_name("mkmodel", tests, NULL, NULL);
}

// SPDX-License-Identifier: MIT
//
// An engine runs .tflite models: Litmark itself, or another runtime of this machine, loaded when it
// is asked for. One interface for all, so that they can be timed by the same loop on the same data.
//
// Everything here belongs to one thread at a time.
#ifndef LITMARK_BENCH_ENGINES_ENGINE_H_
#define LITMARK_BENCH_ENGINES_ENGINE_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "delegate_flags.h"
#include "litmark/status.h"
#include "litmark/tensor.h"

typedef struct lm_engine lm_engine;
typedef struct lm_engine_kind lm_engine_kind;

/// Arithmetic of float models.
typedef enum lm_engine_precision {
  LM_ENGINE_FLOAT32,  ///< what the file says; the engine is told so
  LM_ENGINE_DEFAULT,  ///< what the engine does when nobody tells it (OpenVINO: bfloat16 if it can,
                      ///< LiteRT on GPUs: float16)
} lm_engine_precision;

/// A loaded library. Models that were opened with it must be closed first.
typedef struct lm_engine_library {
  const lm_engine_kind* kind;
  char* path;       ///< OWNED; NULL: part of this program
  char* version;    ///< OWNED; NULL: the library does not say
  void* functions;  ///< OWNED; the kind's table of symbols
  void* handle;     ///< of dlopen()
} lm_engine_library;

/// An input or output.
typedef struct lm_engine_tensor {
  char name[160];  ///< of the tensor; may be "" or cut
  lm_type type;
  lm_shape shape;
  size_t bytes;
  float scale;  ///< per-tensor quantization; 0: none, or the engine does not say
  int32_t zero_point;
  int32_t port;  ///< number by which the engine knows it
} lm_engine_tensor;

typedef struct lm_engine_options {
  const char* model_path;
  int32_t threads;  ///< at least 1
  lm_engine_precision precision;
  // Of Litmark's own engine only:
  const char* delegate;     ///< NULL: cpu
  const char* device;       ///< NULL: by the rule
  lm_delegate_flags flags;  ///< options of the delegate
} lm_engine_options;

/// What an engine implements. Functions that fail say why in the engine's own words.
struct lm_engine_kind {
  const char* name;     ///< "litert", as in --engine
  const char* what;     ///< one line for people
  const char* package;  ///< of PyPI; NULL: nothing to load
  const char* pattern;  ///< of the library's file under site-packages, for glob()
  bool on_gpu;          ///< it computes elsewhere: the peak of the processor is none of its own
  /// Binds the symbols of `library->handle` and reads the version.
  lm_status (*bind)(lm_engine_library* library, lm_error* err);
  /// Fills tensors, counts and times of a zeroed engine of `engine_size` bytes. On failure the
  /// caller calls close().
  lm_status (*open)(lm_engine* engine, const lm_engine_options* options, lm_error* err);
  size_t engine_size;
  lm_status (*set_input)(lm_engine* engine, const lm_engine_tensor* input, const void* data,
                         lm_error* err);
  lm_status (*invoke)(lm_engine* engine, lm_error* err);
  lm_status (*read_output)(lm_engine* engine, const lm_engine_tensor* output, void* buffer,
                           lm_error* err);
  /// Also of a half-opened engine.
  void (*close)(lm_engine* engine);
};

/// A model that an engine has open; the first member of every engine's own struct.
struct lm_engine {
  const lm_engine_kind* kind;
  const lm_engine_library* library;  ///< BORROWED
  lm_engine_tensor* inputs;          ///< OWNED; [input_count], in the order of the file
  lm_engine_tensor* outputs;         ///< OWNED; [output_count], in the order of the file
  int32_t input_count, output_count;
  uint64_t load_ns;        ///< reading the file
  uint64_t compile_ns;     ///< from there to ready
  int32_t threads;         ///< that it really has, as it says or as were seen to start; 0: unknown
  double float_tolerance;  ///< what its float kernels hold themselves to, relative; 0: unstated
  int32_t integer_steps;   ///< likewise its integer outputs; -1: to nothing
};

/// Number `index` of the engines of this build; NULL past the last. 0 is Litmark itself.
const lm_engine_kind* lm_engine_kind_at(int32_t index);

/// NULL: there is none of that name.
const lm_engine_kind* lm_engine_kind_find(const char* name);

/// Loads the library of an engine.
///
/// @param path  NULL: the first that lm_engine_find_library() finds.
/// @retval LM_UNAVAILABLE  not found, not loadable or without a symbol that is needed; the message
///                         says how to get it.
lm_status lm_engine_library_open(const lm_engine_kind* kind, const char* path,
                                 lm_engine_library* out_library, lm_error* err);

/// Also of a zeroed library.
void lm_engine_library_close(lm_engine_library* library);

/// Path of `pattern` under the packages of the active Python environment: that of $VIRTUAL_ENV,
/// else that of the python3 on the PATH, which is asked for its folders. OWNED; NULL: none.
char* lm_engine_find_library(const char* pattern);

/// Version of the wheel that holds `path`, from the dist-info folder beside the package. OWNED;
/// NULL: `path` is in no wheel.
char* lm_engine_wheel_version(const char* path);

/// Opens a model.
///
/// @retval LM_UNSUPPORTED  the engine refuses the model; the message is the engine's.
/// @retval LM_BAD_MODEL    Litmark's own reader does, which has to know the order of the inputs.
lm_status lm_engine_open(const lm_engine_library* library, const lm_engine_options* options,
                         lm_engine** out_engine, lm_error* err);

/// The session behind Litmark's own engine, for profiles; NULL for other engines. BORROWED.
const struct lm_session* lm_engine_litmark_session(const lm_engine* engine);

/// NULL is fine.
void lm_engine_close(lm_engine* engine);

/// Copies `bytes` bytes into input `i`. It keeps them over invocations.
lm_status lm_engine_set_input(lm_engine* engine, int32_t i, const void* data, size_t bytes,
                              lm_error* err);

/// Runs the model once; outputs are readable when it returns.
lm_status lm_engine_invoke(lm_engine* engine, lm_error* err);

/// Copies output `i`, of `bytes` bytes, to `buffer`.
lm_status lm_engine_read_output(lm_engine* engine, int32_t i, void* buffer, size_t bytes,
                                lm_error* err);

#endif  // LITMARK_BENCH_ENGINES_ENGINE_H_

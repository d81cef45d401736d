// SPDX-License-Identifier: MIT
//
// How a backend takes over nodes. The runtime asks `supports` for every node, forms maximal runs of
// the nodes a delegate takes, has each run compiled to a program, plans the memory of everything
// together, binds the programs to it, and then runs them in the order of the graph.
//
//        nodes    0 1 2 3 4 5 6        supports: y y y n y y y
//        steps    [program A ] 3 [program B ]
#ifndef LITMARK_DELEGATE_H_
#define LITMARK_DELEGATE_H_

#include "litmark/graph.h"
#include "litmark/profiler.h"

#ifdef __cplusplus
extern "C" {
#endif

#define LM_DELEGATE_ABI 3

struct lm_delegate_vtable;

/// An opened backend. First member of every delegate's own struct. Belongs to one thread at a time;
/// several interpreters of that thread may use it one after the other.
typedef struct lm_delegate {
  const struct lm_delegate_vtable* vtable;
} lm_delegate;

/// A compiled run of nodes. First member of every program's own struct.
typedef struct lm_program {
  lm_delegate* delegate;
} lm_program;

typedef struct lm_delegate_options {
  uint32_t struct_size;  ///< sizeof(lm_delegate_options)
  int32_t threads;       ///< host threads; 0: one for each processor this process may use
  const char* device;    ///< which device, delegate specific; NULL: the delegate's choice
  const char* extra;     ///< "key=value,key=value" as the delegate documents; NULL: none
} lm_delegate_options;

/// A maximal run of nodes that the delegate takes.
typedef struct lm_partition {
  const int32_t* nodes;  ///< node indices in execution order; BORROWED during compile
  int32_t node_count;
  const int32_t* inputs;  ///< tensors that the run reads and others make; no constants
  int32_t input_count;
  const int32_t* outputs;  ///< tensors that the run makes and others (or the caller) read
  int32_t output_count;
} lm_partition;

/// The runtime's side of a compilation. Valid inside `compile` only.
typedef struct lm_compiler lm_compiler;

/// A tensor that is made and read inside the partition needs no host memory, because the program
/// keeps it elsewhere or never materialises it. Without this call every tensor has host memory in
/// its plain layout, alive from its producer to its last reader.
void lm_compiler_elide(lm_compiler* compiler, int32_t tensor_index);

/// The program still needs `tensor` when it executes `node` (a fused group may read it later than
/// the node that reads it in the graph, or write it earlier).
void lm_compiler_extend(lm_compiler* compiler, int32_t tensor_index, int32_t node_index);

/// `output` may be written over `input`; done when `input` dies where `output` is born and the
/// sizes are equal, otherwise ignored.
void lm_compiler_alias(lm_compiler* compiler, int32_t output_tensor, int32_t input_tensor);

/// Asks for `bytes` of arena memory that is the program's own from `first_node` to `last_node`.
/// `*out_index` numbers the requests of one program from 0; bind() delivers the addresses.
lm_status lm_compiler_request(lm_compiler* compiler, size_t bytes, int32_t first_node,
                              int32_t last_node, int32_t* out_index, lm_error* err);

/// The program has copied what it needs of constant `tensor_index` for one node that reads it, and
/// will not read the constant's bytes for that node again: one call for each input of a node. Once
/// every reader has said so, the pages of a mapped model that hold it are given back to the system:
/// who reads them all the same pays for reading the file again. But a large constant that planning
/// computed, such as widened float16 weights, is freed, and its `data` becomes NULL.
void lm_compiler_release(lm_compiler* compiler, int32_t tensor_index);

/// Which kernel runs a node, for reports: "qs8_gemm_7x32c4__avx512vnni". Static string.
void lm_compiler_note(lm_compiler* compiler, int32_t node_index, const char* kernel);

typedef struct lm_program_stats {
  size_t packed_bytes;  ///< host memory that the program holds: packed weights, tables
  size_t device_bytes;  ///< of the driver's buffers; also where a device shares the host's memory
  /// Difference from the reference kernels, relative to the largest output, that the chosen kernels
  /// are held to on floats; 0: the default of 1e-5.
  double float_tolerance;
  /// Difference in steps of their quantization that 8-bit outputs are held to; 0: none, they are
  /// exact; -1: not held to any, because quantized tensors were floats on the way. It is shown.
  int32_t integer_steps;
  /// Arithmetic of floats that was chosen, "fp16" where it was allowed and "fp32" where it would
  /// not have done, say. Static string; NULL: there was nothing to choose.
  const char* precision;
  /// One line about memory or files for the report, valid as long as the program; NULL: nothing.
  const char* note;
} lm_program_stats;

/// Where the time of the last run of a program went, in nanoseconds of CLOCK_MONOTONIC unless said
/// otherwise. The host's parts follow one another: upload + enqueue + wait + download + the rest is
/// `wall_ns`. What the device does lies between begin of enqueue and end of wait.
typedef struct lm_program_times {
  uint64_t wall_ns;      ///< begin to end of run()
  uint64_t upload_ns;    ///< host: inputs into memory that the device reads
  uint64_t enqueue_ns;   ///< host: handing the work to the driver
  uint64_t wait_ns;      ///< host: waiting for the device
  uint64_t download_ns;  ///< host: outputs out of memory that the device writes
  /// Device clock: first kernel's begin to last kernel's end; 0: the device has no clock.
  uint64_t device_ns;
  uint64_t kernels_ns;  ///< device clock: sum over kernels; only of a profiled run, else 0
  int32_t dispatches;   ///< kernels launched
  int32_t submits;      ///< times that work was handed over
} lm_program_times;

typedef enum lm_device_type {
  LM_DEVICE_CPU,         ///< a driver that runs kernels on the host processor (PoCL, lavapipe)
  LM_DEVICE_VIRTUAL,     ///< a GPU of a virtual machine
  LM_DEVICE_INTEGRATED,  ///< a GPU that shares the host's memory
  LM_DEVICE_DISCRETE,    ///< a GPU with memory of its own
  LM_DEVICE_ACCELERATOR,
  LM_DEVICE_OTHER,
} lm_device_type;

/// "cpu", "discrete gpu", ... Static string.
const char* lm_device_type_name(lm_device_type type);

/// A device that a delegate could open.
typedef struct lm_device_info {
  int32_t index;  ///< position in the delegate's list: the spelling of --device
  lm_device_type type;
  char name[128];             ///< as the driver says
  char platform[96];          ///< whose driver: "Portable Computing Language", "NVIDIA"; "" unknown
  char driver[96];            ///< version of the driver
  char api[48];               ///< "OpenCL 3.0", "Vulkan 1.3.230"
  uint64_t memory_bytes;      ///< of the device; 0: unknown
  uint64_t max_buffer_bytes;  ///< largest buffer of a kernel; 0: unknown
  uint32_t max_group_items;   ///< work-items in a work-group; 0: unknown
  uint32_t local_memory_bytes;  ///< that a work-group shares
  uint32_t compute_units;       ///< 0: unknown
  bool can_fp16;                ///< float16 tensors (storage)
  bool can_int8;                ///< 8-bit tensors
  bool can_int_dot;             ///< integer dot product of four bytes
  const char* why_not;          ///< static: why this delegate cannot use the device; NULL: it can
} lm_device_info;

typedef struct lm_delegate_vtable {
  uint32_t abi;             ///< LM_DELEGATE_ABI
  const char* name;         ///< "cpu"; also the spelling of --delegate
  const char* description;  ///< one line for `litmark devices`

  /// Opens the device.
  /// @retval LM_UNAVAILABLE       no driver or device; `err` says what is missing.
  /// @retval LM_INVALID_ARGUMENT  an option is unknown or out of range.
  lm_status (*open)(const lm_delegate_options* options, lm_allocator allocator,
                    lm_delegate** out_delegate, lm_error* err);
  void (*close)(lm_delegate* delegate);

  /// Pure query, after shapes are known. When false, `*out_why` is a static string for the report.
  bool (*supports)(const lm_delegate* delegate, const lm_graph* graph, const lm_node* node,
                   const char** out_why);

  /// Compiles one partition. May allocate; may be slow. Constants have data; nothing else has.
  lm_status (*compile)(lm_delegate* delegate, const lm_graph* graph, const lm_partition* partition,
                       lm_compiler* compiler, lm_program** out_program, lm_error* err);

  /// Memory is planned: every tensor with host storage has its final `data`, `buffers[i]` is the
  /// address of request i. Called once, before the first run.
  lm_status (*bind)(lm_program* program, const lm_graph* graph, void* const* buffers,
                    lm_error* err);

  /// Executes. Allocates nothing. Returns when the outputs are readable on the host. `profiler` may
  /// be NULL; else the program records LM_EVENT_KERNEL events.
  lm_status (*run)(lm_program* program, lm_profiler* profiler, lm_error* err);

  void (*destroy_program)(lm_program* program);

  /// OPTIONAL: memory that the program holds.
  void (*stats)(const lm_program* program, lm_program_stats* out_stats);

  /// OPTIONAL: one line about the opened device: "AVX-512 VNNI, 2 threads". Valid until close.
  const char* (*device_name)(const lm_delegate* delegate);

  /// OPTIONAL: where the time of the program's last run went. Absent where run() is the work
  /// itself.
  void (*times)(const lm_program* program, lm_program_times* out_times);

  /// OPTIONAL: fills `out_info` for device `index`. Devices are numbered from 0 in an order that is
  /// the same from one process to the next.
  /// @retval LM_INVALID_ARGUMENT  past the last device.
  /// @retval LM_UNAVAILABLE       no driver; `err` says what to install.
  lm_status (*device_at)(int32_t index, lm_device_info* out_info, lm_error* err);

  /// OPTIONAL: the opened device.
  const lm_device_info* (*device_info)(const lm_delegate* delegate);
} lm_delegate_vtable;

#ifdef __cplusplus
}
#endif

#endif  // LITMARK_DELEGATE_H_

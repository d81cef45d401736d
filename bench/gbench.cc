// SPDX-License-Identifier: MIT
#include "gbench.h"

#include <exception>
#include <new>
#include <sstream>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>

struct lm_gbench_state {
  benchmark::State* state;
};

namespace {

// Collects rows of several runs of the library into one report, and keeps it off the terminal.
class Collector : public benchmark::BenchmarkReporter {
 public:
  Collector() { json_.SetOutputStream(&text_); }

  bool ReportContext(const Context& context) override {
    if (!started_) json_.ReportContext(context);
    started_ = true;
    return true;
  }

  void ReportRuns(const std::vector<Run>& runs) override {
    std::vector<Run> rows = runs;
    for (Run& row : rows) {
      // The library appends how it measured ("/min_time:0.500/manual_time"): names would change
      // with the measuring time, and compare.py pairs rows by name.
      row.run_name.min_time.clear();
      row.run_name.min_warmup_time.clear();
      row.run_name.iterations.clear();
      row.run_name.repetitions.clear();
      row.run_name.time_type.clear();
      row.family_index += family_offset_;
      if (row.family_index >= family_next_) family_next_ = row.family_index + 1;
    }
    json_.ReportRuns(rows);
  }

  // The library calls this after every run; the report ends in End().
  void Finalize() override { family_offset_ = family_next_; }

  const std::string& End() {
    if (started_ && !ended_) json_.Finalize();
    ended_ = true;
    result_ = text_.str();
    return result_;
  }

 private:
  std::ostringstream text_;
  benchmark::JSONReporter json_;
  std::string result_;
  int64_t family_offset_ = 0, family_next_ = 0;
  bool started_ = false, ended_ = false;
};

void RegisterCase(const lm_gbench_case& c) {
  benchmark::internal::Benchmark* b =
      benchmark::RegisterBenchmark(c.name, [fn = c.fn, user = c.user](benchmark::State& s) {
        lm_gbench_state state = {&s};
        fn(&state, user);
      });
  b->UseManualTime()->MeasureProcessCPUTime()->Repetitions(c.repetitions);
  if (c.iterations > 0) {
    b->Iterations(c.iterations);
  } else {
    b->MinTime(c.min_time_s);
  }
}

}  // namespace

struct lm_gbench {
  std::vector<std::string> words;
  Collector collector;
};

lm_status lm_gbench_create(const char* program, char* const* flags, int flag_count,
                           lm_gbench** out_gbench, lm_error* err) {
  *out_gbench = nullptr;
  try {
    lm_gbench* gbench = new lm_gbench;
    gbench->words.emplace_back(program);
    for (int i = 0; i < flag_count; ++i) gbench->words.emplace_back(flags[i]);
    std::vector<char*> argv;
    for (std::string& word : gbench->words) argv.push_back(&word[0]);
    argv.push_back(nullptr);
    int argc = flag_count + 1;
    benchmark::SetDefaultTimeUnit(benchmark::kMillisecond);
    benchmark::Initialize(&argc, argv.data());
    if (argc > 1) {
      lm_error_set(err, LM_INVALID_ARGUMENT, __FILE__, __LINE__,
                   "Google Benchmark does not take '%.100s'", argv[1]);
      delete gbench;
      return LM_INVALID_ARGUMENT;
    }
    *out_gbench = gbench;
    return LM_OK;
  } catch (const std::exception&) {
    return LM_FAIL(err, LM_OUT_OF_MEMORY, "Google Benchmark");
  }
}

void lm_gbench_destroy(lm_gbench* gbench) { delete gbench; }

lm_status lm_gbench_run(lm_gbench* gbench, const lm_gbench_case* cases, int case_count,
                        lm_error* err) {
  lm_status status = LM_OK;
  try {
    for (int i = 0; i < case_count; ++i) RegisterCase(cases[i]);
    benchmark::RunSpecifiedBenchmarks(&gbench->collector);
  } catch (const std::exception&) {
    status = LM_FAIL(err, LM_OUT_OF_MEMORY, "Google Benchmark");
  }
  benchmark::ClearRegisteredBenchmarks();
  return status;
}

int64_t lm_gbench_iterations(const lm_gbench_state* state) { return state->state->max_iterations; }

bool lm_gbench_keep_running(lm_gbench_state* state, int64_t batch) {
  return state->state->KeepRunningBatch(batch);
}

void lm_gbench_set_time(lm_gbench_state* state, double seconds) {
  state->state->SetIterationTime(seconds);
}

void lm_gbench_counter(lm_gbench_state* state, const char* name, double value) {
  try {
    state->state->counters[name] = value;
  } catch (const std::exception&) {
    state->state->SkipWithError("out of memory");
  }
}

void lm_gbench_skip(lm_gbench_state* state, const char* reason) {
  state->state->SkipWithError(reason);
}

const char* lm_gbench_json(lm_gbench* gbench) {
  try {
    return gbench->collector.End().c_str();
  } catch (const std::exception&) {
    return "";
  }
}

// SPDX-License-Identifier: MIT
//
// The tables of the report: which columns, which rows, which words. How they look is table.h's
// matter. A table without rows is left out by whoever draws it.
#ifndef LITMARK_REPORTS_TABLES_H_
#define LITMARK_REPORTS_TABLES_H_

#include "merge.h"
#include "table.h"

/// What really ran: "cpu+reference"; "gpu: vulkan" where that does not begin with what was asked
/// for.
const char* lm__tables_delegate(lm_pool* pool, const lm_result* result);
/// "2"; "132 CU" on a device, which takes all of its compute units whatever --threads says;
/// "device" where their number is unknown.
const char* lm__tables_threads(lm_pool* pool, const lm_result* result);
/// "cpu, 2 threads", "vulkan, 132 CU"
const char* lm__tables_where(lm_pool* pool, const lm_result* result);
/// The highest of the peaks of the phases; NAN when none is known.
double lm__tables_peak(const lm_result* result);

/// What each command prints: a row a bench row, accuracy beside it.
lm_table lm__table_overview(lm_pool* pool, const lm_merged* merged);
/// Every model beside the float model of its network, on the same delegate and threads.
lm_table lm__table_comparison(lm_pool* pool, const lm_merged* merged);
lm_table lm__table_latency(lm_pool* pool, const lm_merged* merged);
lm_table lm__table_accuracy(lm_pool* pool, const lm_merged* merged);
lm_table lm__table_agreement(lm_pool* pool, const lm_merged* merged);
lm_table lm__table_recipes(lm_pool* pool, const lm_merged* merged);
lm_table lm__table_memory(lm_pool* pool, const lm_merged* merged);
lm_table lm__table_models(lm_pool* pool, const lm_merged* merged);
lm_table lm__table_binary(lm_pool* pool, const lm_merged* merged);
/// Which delegate ran how much of which model.
lm_table lm__table_placement(lm_pool* pool, const lm_merged* merged);
/// Devices that were used, and how they were chosen.
lm_table lm__table_devices(lm_pool* pool, const lm_merged* merged);
/// Where the time of an inference on a device went.
lm_table lm__table_times(lm_pool* pool, const lm_merged* merged);
/// Why nodes did not run where they were asked to.
lm_table lm__table_reasons(lm_pool* pool, const lm_merged* merged);
/// Where every node of one result ran.
lm_table lm__table_nodes(lm_pool* pool, const lm_result* result);
/// Configurations that were asked for and did not run.
lm_table lm__table_failures(lm_pool* pool, const lm_merged* merged);
/// What the machine of one file can do.
lm_table lm__table_peak(lm_pool* pool, const lm_file_context* file);
/// How near every bench row comes to that.
lm_table lm__table_work(lm_pool* pool, const lm_merged* merged);
/// The slowest operations of one bench row.
lm_table lm__table_ops(lm_pool* pool, const lm_result* result);
/// Everything known about one result file: name and value.
lm_table lm__table_context(lm_pool* pool, const lm_file_context* file);
/// One row a result with raw numbers, for results.csv.
lm_table lm__table_csv(lm_pool* pool, const lm_merged* merged);

/// The engine of a row with the least ratio to the baseline, without variants that compute
/// otherwise; NULL: none was measured.
const lm_contest* lm__tables_fastest_peer(const lm_results* results, int row);
/// Engines side by side: one row a model and number of threads, two columns an engine.
lm_table lm__table_engines(lm_pool* pool, const lm_merged* merged);
/// One row an engine: outputs, start-up, remarks.
lm_table lm__table_engine_details(lm_pool* pool, const lm_merged* merged);
/// Versions and paths.
lm_table lm__table_engine_versions(lm_pool* pool, const lm_merged* merged);
/// One row an engine with raw numbers, for engines.csv.
lm_table lm__table_engines_csv(lm_pool* pool, const lm_merged* merged);

#endif  // LITMARK_REPORTS_TABLES_H_

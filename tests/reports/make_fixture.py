#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes fixture.json: a made-up result file with everything that a report must cope with.

Four precisions of one network on two delegates with two thread counts, eval rows for most of them,
percentiles that are null, every verdict, a row without memory, and models with hostile names.
"""
import json
import sys

HASHES = {"float32": "a" * 64, "float16": "b" * 64, "dynamic": "c" * 64, "int8": "d" * 64}
BYTES = {"float32": 13978596, "float16": 7014212, "dynamic": 3594112, "int8": 3576848}
BASE_MS = {"float32": 24.812, "float16": 24.961, "dynamic": 13.407, "int8": 8.3315}
TOP1 = {"float32": 358, "float16": 358, "dynamic": 355, "int8": 352}
TOP5 = {"float32": 452, "float16": 452, "dynamic": 451, "int8": 447}
FLIPS = {"float16": (0, 0, 1.0), "dynamic": (8, 5, 0.5811), "int8": (15, 9, 0.3075)}


def wilson(k, n):
    z = 1.959963984540054
    p = k / n
    d = 1 + z * z / n
    m = (p + z * z / (2 * n)) / d
    h = z * ((p * (1 - p) / n + z * z / (4 * n * n)) ** 0.5) / d
    return [m - h, m + h]


def model(precision, name=None):
    io = precision if precision == "int8" else "float32"
    name = name or "mobilenet_v2_1.0_224_" + precision
    return {
        "file": "models/" + name + ".tflite", "name": name,
        "sha256": HASHES.get(precision, "f" * 64), "bytes": BYTES.get(precision, 1000),
        "weight_bytes": int(BYTES.get(precision, 1000) * 0.98), "precision": precision,
        "inputs": [{"name": "input", "type": io, "shape": [1, 224, 224, 3]}],
        "outputs": [{"name": "probabilities", "type": io, "shape": [1, 1001]}],
        "macs": 300774272, "node_count": 66,
    }


def placement(delegate):
    behind = [{"index": 65, "op": "SOFTMAX", "delegate": "reference", "kernel": "softmax",
               "partition": None, "why_not": "axis of 1001 is above the 1000 that fit", "macs": 0}]
    nodes = [{"index": i, "op": "CONV_2D", "delegate": delegate, "kernel": "gemm 6x16 avx2",
              "partition": 0, "why_not": None, "macs": 4627296} for i in range(2)]
    if delegate == "cpu":
        rows = [{"name": "cpu", "nodes": 66, "macs": 300774272, "partitions": 1}]
        return {"delegates": rows, "nodes": nodes}
    rows = [{"name": delegate, "nodes": 65, "macs": 300774272, "partitions": 1},
            {"name": "reference", "nodes": 1, "macs": 0, "partitions": 1}]
    return {"delegates": rows, "nodes": nodes + behind}


def memory(precision, threads):
    size = BYTES[precision]
    load = 4 << 20
    baseline = 3 << 20
    plan = load + size + (3 << 20)
    return {
        "peak": {"baseline": baseline, "load": load + size // 3, "plan": plan, "first": plan + 6021120,
                 "steady": plan + 6021120 + 65536 * threads},
        "anonymous": 7340032, "file_backed": size + 2097152, "arena": 6021120,
        "arena_lower_bound": 6021120, "arena_naive": 27467776, "packed": int(size * 0.96),
        "persistent": 131072, "device": 0,
        "method": "VmHWM after clear_refs in a process of its own",
    }


def sections(text):
    return {"text": text, "rodata": text // 5, "data": 2048, "bss": 640}


PEAK = {"float32": 1.2e11, "int8": 4.8e11}


def throughput(precision, delegate, speed):
    kind = "float32" if precision.startswith("float") else "int8"
    if delegate != "cpu":
        return {"macs_per_second": speed, "type": None, "peak_macs_per_second": None, "fraction_of_peak": None,
                "winograd": False}
    return {"macs_per_second": speed, "type": kind, "peak_macs_per_second": PEAK[kind],
            "fraction_of_peak": speed / PEAK[kind], "winograd": precision == "float32"}


def work(i, delegate):
    macs, speed = 4000000 * (i + 1) if i % 2 else 0, (i + 1) * 9e9
    return {"shape": "1x56x56x64 * 64x3x3x64 > 1x56x56x64", "macs": macs, "bytes": 100000 + 40000 * i,
            "type": "float32" if delegate == "cpu" else None, "macs_per_second": speed if macs else None,
            "fraction_of_peak": speed / PEAK["float32"] if macs and delegate == "cpu" else None, "winograd": i == 3}


def bursts(best):
    return {"best": best, "median": best * 0.97, "worst": best * 0.4, "bursts": 51}


def peak():
    return {"thorough": True, "seconds": 0.4, "missing": None,
            "rates": [{"type": t, "set": "avx512 <b>", "instruction": 'vpdpbusd "zmm" | `id`', "threads": n,
                       "macs_per_second": bursts(PEAK[t] * n)} for t in PEAK for n in (1, 2)] +
                     [{"type": "tri'state\"", "set": "x", "instruction": "y", "threads": 1, "macs_per_second": bursts(1)}],
            "reads": [{"level": level, "set": "avx512", "threads": n, "buffer_bytes": 24576,
                       "bytes_per_second": bursts(speed * n)}
                      for level, speed in (("L1", 4e11), ("L2", 2e11), ("DRAM", 4e10), ("L9\nplot 'x'", 1e9)) for n in (1, 2)]}


def device(name, why_not=None):
    return {"index": 0, "type": "cpu", "name": name, "platform": "Mesa <i>", "driver": "22.3.6", "api": "Vulkan 1.3",
            "memory_bytes": 2147483648, "max_buffer_bytes": 134217728, "max_group_items": 1024,
            "local_memory_bytes": 32768, "compute_units": 2, "fp16": True, "int8": True, "int_dot": False,
            "why_not": why_not}


def times(median, clock=True):
    program = median * 0.9
    return {"samples": 320, "invocation_ms": median, "outside_ms": median * 0.1, "program_ms": program,
            "upload_ms": program * 0.05, "enqueue_ms": program * 0.1, "wait_ms": program * 0.8,
            "download_ms": program * 0.04, "rest_ms": program * 0.01, "device_ms": program * 0.7 if clock else None,
            "gap_ms": program * 0.2 if clock else None, "dispatches": 57, "submits": 1,
            "contradictions": {"device_too_long": 0, "not_closed": 0, "clock_stood": 0},
            "profiled": {"runs": 50, "kernels_ms": program * 0.6, "device_ms": program * 0.7, "dispatches": 57,
                         "gap_per_dispatch_us": 1.75} if clock else None}


def on_a_device(row, precision, median):
    """What a delegate with devices adds; the int8 rows have no clock, the float16 ones were asked for as gpu."""
    gpu, clock = precision == "float16", precision != "int8"
    row["requested"] = "gpu" if gpu else row["delegate"]
    row["device_info"] = device(row["device"])
    row["device_choice"] = "cpu of 2 usable devices" if gpu else "the only usable device (cpu)"
    row["settings"] = {"precision": "fp16" if gpu else "fp32", "precision_used": "fp32", "quantized": "int", "gemm": None, "tune": True,
                       "cache": None, "options": None}
    row["device_times"] = times(median, clock)
    row["init_ms"] = {"cold": 310.5 if clock else None, "warm": 42.25, "cache_files_added": 2, "cache_bytes_added": 90000}
    return row


def bench(precision, delegate, threads, verdict="VALID", reasons=(), count=320):
    factor = {"cpu": 1.0, "vulkan": 0.52}[delegate] / {1: 1.0, 2: 1.83}[threads]
    median = round(BASE_MS[precision] * factor, 4)
    spread = 0.06 if verdict == "NOISY" else 0.006
    ran_on = delegate if delegate == "cpu" else delegate + "+reference"
    latency = {
        "median": median, "ci95": [round(median * (1 - spread), 4), round(median * (1 + spread), 4)],
        "mean": round(median * 1.011, 4), "stddev": round(median * spread * 3, 4),
        "min": round(median * 0.97, 4), "max": round(median * 1.4, 4),
        "p90": round(median * 1.03, 4) if count >= 29 else None,
        "p95": round(median * 1.06, 4) if count >= 59 else None,
        "p99": round(median * 1.22, 4) if count >= 299 else None,
        "count": count, "autocorrelation": 0.12, "batch": 1, "thread_cpu_share": None,
    }
    if count < 6:
        latency["ci95"] = None
    m = model(precision)
    row = {
        "kind": "bench", "name": "%s/%s/threads:%d" % (m["name"], delegate, threads), "model": m,
        "delegate": delegate, "ran_on": ran_on, "threads": threads,
        "device": "AVX-512 VNNI, %d threads" % threads if delegate == "cpu" else "llvmpipe (LLVM 15.0.6)",
        "placement": placement(delegate), "latency_ms": latency,
        "phases_ms": {"load": 0.412, "delegate_init": 0.051 if delegate == "cpu" else 38.2,
                      "plan": 3.87, "first_inference": round(median * 1.9, 4),
                      "warmup": round(median * 12, 3), "warmup_count": 10,
                      "warmup_steady": True, "fresh_process": True},
        "samples_ms": [median] * 5, "repetitions": [{"first": 0, "count": 5}],
        "memory_bytes": memory(precision, threads),
        "binary_bytes": {
            "runtime": sections(412360), "delegates": {"cpu": sections(188416), "vulkan": sections(96512)},
            "program": sections(1310720), "file": 1622016},
        "throughput": throughput(precision, delegate, 300774272 / median * 1000),
        "ops": [{**work(i, delegate),"index": i, "op": "CONV_2D" if i % 2 else "DEPTHWISE_CONV_2D", "delegate": delegate,
                 "kind": "node", "kernel": "f32_gemm 6x16 avx2",
                 "mean_us": 900.0 - 70 * i, "share": 0.2 - 0.018 * i} for i in range(9)],
        "check": {"against": "reference", "status": "match", "why_skipped": None, "max_abs": 0.0, "mismatched": 0,
                  "elements": 1001},
        "verdict": {"status": verdict, "reasons": list(reasons)},
    }
    return row if delegate == "cpu" else on_a_device(row, precision, median)


def evaluate(precision, delegate):
    m = model(precision)
    top1, top5, n = TOP1[precision], TOP5[precision], 500
    row = {
        "kind": "eval", "name": "%s/%s/threads:2" % (m["name"], delegate), "model": m,
        "delegate": delegate, "ran_on": delegate, "threads": 2, "device": None,
        "placement": placement(delegate),
        "dataset": {"path": "images/imagenet", "images": n, "classes": 1000, "sha256": "e" * 64},
        "preprocessing": {"resize": "bilinear half-pixel", "crop": 0.875, "mean": [127.5],
                          "std": [127.5], "source": "default", "channels": "RGB",
                          "label_offset": 1, "sha256": "9" * 64},
        "accuracy": {"top1": {"correct": top1, "total": n, "ratio": top1 / n, "ci95": wilson(top1, n)},
                     "top5": {"correct": top5, "total": n, "ratio": top5 / n, "ci95": wilson(top5, n)}},
        "agreement": [], "eval_latency_ms": {"median": BASE_MS[precision] * 0.55, "mean": None},
    }
    if precision in FLIPS:
        lost, won, p = FLIPS[precision]
        row["agreement"].append({
            "with": "mobilenet_v2_1.0_224_float32/%s/threads:2" % delegate, "top1_same": n - lost - won - 4,
            "total": n, "right_to_wrong": lost, "wrong_to_right": won, "mcnemar_p": p})
    return row


def hostile():
    names = ["<script>alert(1)</script>", '=cmd|" /C calc"!A0, "quoted", comma', "größe_模型_ünïcode",
             "very_long_" + "name_" * 40 + "end", "tab\there\nline \u202egnp.exe \\ `id` ${x} %s%n 'q' & |pipe|"]
    rows = []
    for i, name in enumerate(names):
        m = model("uint8", name)
        m["sha256"] = "%064d" % i
        m["inputs"][0]["shape"] = [1, 32, 32, i + 1]
        m["bytes"] = 400000 * (i + 1)
        median = 3.0 + i
        rows.append({
            "kind": "bench", "name": name + "/cpu/threads:1", "model": m, "delegate": "cpu",
            "ran_on": "cpu", "threads": 1, "device": None, "placement": {"delegates": [], "nodes": []},
            "latency_ms": {
                "median": median, "ci95": [median - 0.1, median + 0.2], "mean": None, "stddev": None,
                "min": None, "max": None, "p90": None, "p95": None, "p99": None, "count": 8,
                "autocorrelation": 0, "batch": 1, "thread_cpu_share": None},
            "phases_ms": {"load": None, "delegate_init": None, "plan": None, "first_inference": None,
                          "warmup": None, "warmup_count": 0, "warmup_steady": False,
                          "fresh_process": False},
            "samples_ms": [], "repetitions": [],
            "memory_bytes": {
                "peak": {"baseline": None, "load": None, "plan": None, "first": None, "steady": None},
                "anonymous": None, "file_backed": None, "arena": 0, "arena_lower_bound": 0,
                "arena_naive": 0, "packed": 0, "persistent": 0, "device": 0, "method": "none"},
            "binary_bytes": None, "throughput": {"macs_per_second": None},
            "check": {"against": "reference", "status": "skipped", "why_skipped": "--no-check",
                      "max_abs": None, "mismatched": None, "elements": None},
            "verdict": {"status": ["INVALID", "CONTRADICTION", "TOO_FEW"][min(i, 2)],
                        "reasons": ["<b>8 samples</b>, wants 30"]},
            "requested": name, "device_info": device(name), "device_choice": name, "device_times": times(median),
        })
    return rows


def main():
    rows = []
    for precision in HASHES:
        for delegate in ("cpu", "vulkan"):
            for threads in (1, 2):
                noisy = precision == "dynamic" and delegate == "vulkan"
                rows.append(bench(
                    precision, delegate, threads, "NOISY" if noisy else "VALID",
                    ["two repetitions differ by 9 %", "load average 3.1 on 2 CPUs"] if noisy else [],
                    48 if precision == "float16" else 320))
    rows += [evaluate(p, d) for p in HASHES for d in ("cpu", "vulkan") if (p, d) != ("dynamic", "vulkan")]
    if "--plain" not in sys.argv:
        rows += hostile()
    json.dump({
        "schema_version": 1,
        "tool": {"name": "litmark", "version": "0.1.0", "git": "0123456789ab", "build_type": "Release",
                 "compiler": "gcc 12.2.0", "flags": "-O3 -DNDEBUG"},
        "context": {
            "date": "2026-11-21T05:00:00Z", "host": "bench-1", "os": "Linux 6.1.0-13-amd64 x86_64",
            "cpu": {"model": "Example CPU 2 GHz", "logical": 4, "allowed": 2,
                    "isa": ["avx2", "fma", "avx512f", "avx512vnni"], "governor": "performance",
                    "frequency_mhz": [1200, 3800],
                    "caches": [{"level": 1, "type": "Data", "bytes": 49152},
                               {"level": 2, "type": "Unified", "bytes": 2097152}]},
            "memory_bytes": 8589934592, "load_average": [0.21, 0.3, 0.28], "aslr": True,
            "command": ["litmark", "bench", "--model", "it's $HOME.tflite", "--threads", "1,2"]},
        "peak": peak(),
        "results": rows,
        "failures": [{"name": "gpu only/opencl/threads:1", "model": "models/gpu <only>.tflite",
                      "delegate": "opencl", "threads": 1, "exit_code": 4,
                      "message": "no OpenCL library on this machine"}]}, sys.stdout, indent=1, ensure_ascii=False)
    print()


if __name__ == "__main__":
    main()

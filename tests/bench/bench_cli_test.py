# SPDX-License-Identifier: MIT
"""litmark bench from outside: exit codes, sweeps, samples, files, the progress line.

  bench_cli_test.py LITMARK GLYPHS_FOLDER

Nothing here depends on how fast the machine is.
"""
import json
import os
import pathlib
import pty
import resource
import stat
import statistics
import subprocess
import sys
import tempfile
import unittest

LITMARK, GLYPHS = sys.argv[1], pathlib.Path(sys.argv[2])
FLOAT, INT8 = str(GLYPHS / "glyphs_float32.tflite"), str(GLYPHS / "glyphs_int8.tflite")
QUICK = ["--min-time", "0.02", "--warmup-time", "0.05"]


def bench(*args, **kwargs):
    return subprocess.run([LITMARK, "bench", *args], capture_output=True, text=True, timeout=600, **kwargs)


# As on a machine without a GPU driver.
NO_DRIVER = {**os.environ, "OCL_ICD_VENDORS": "/nowhere", "VK_ICD_FILENAMES": "/nowhere/icd.json",
             "VK_DRIVER_FILES": "/nowhere/icd.json"}


def results(*args, **kwargs):
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder, "out.json")
        process = bench(*args, *QUICK, "--json", str(file), **kwargs)
        return process, json.loads(file.read_text()) if file.exists() else None


class Usage(unittest.TestCase):
    def fails(self, code, text, *args):
        process = bench(*args)
        self.assertEqual(process.returncode, code, process.stderr)
        lines = process.stderr.strip().split("\n")
        self.assertEqual(len(lines), 1, process.stderr)
        self.assertTrue(lines[0].startswith("litmark: "), lines[0])
        self.assertIn(text, lines[0])

    def test_help(self):
        for words in (["bench", "--help"], ["help", "bench"]):
            process = subprocess.run([LITMARK, *words], capture_output=True, text=True, timeout=60)
            self.assertEqual((process.returncode, process.stderr), (0, ""))
            self.assertTrue(process.stdout.startswith("Usage: litmark bench"), process.stdout[:80])

    def test_unknown_flag_is_suggested(self):
        self.fails(2, "did you mean '--delegate'", "--model", FLOAT, "--delegat", "cpu")

    def test_usage_errors(self):
        self.fails(2, "--model is missing")
        self.fails(2, "--threads", "--model", FLOAT, "--threads", "0")
        self.fails(2, "--threads", "--model", FLOAT, "--threads", "1,x")
        # A script's empty variable is no default.
        self.fails(2, "--threads has an empty entry in '1,,2'", "--model", FLOAT, "--threads", "1,,2")
        self.fails(2, "--delegate has an empty entry in ''", "--model", FLOAT, "--delegate", "")
        self.fails(2, "--engine has an empty entry", "--model", FLOAT, "--engine", "litmark,")
        self.fails(2, "--min-time", "--model", FLOAT, "--min-time", "-1")
        self.fails(2, "--min-time", "--model", FLOAT, "--min-time", "nan")
        self.fails(2, "benchmark_bogus", "--model", FLOAT, "--benchmark_bogus=1")
        self.fails(2, "json", "--model", FLOAT, "--benchmark_out_format=csv")
        self.fails(2, "matches no row", "--model", FLOAT, "--benchmark_filter=zzz")
        self.fails(2, "is no expression", "--model", FLOAT, "--benchmark_filter=(")
        self.fails(2, "same file", "--model", FLOAT, "--json", "-", "--gbench-json", "-")

    def test_models_are_not_replaced(self):
        with tempfile.TemporaryDirectory() as folder:
            model = pathlib.Path(folder, "m.tflite")
            model.write_bytes(pathlib.Path(INT8).read_bytes())
            for flags in (["--json"], ["--gbench-json"], ["--engine", "litmark", "--json"]):
                self.fails(2, "is read, too", "--model", str(model), *flags, str(model))
            self.assertEqual(model.read_bytes(), pathlib.Path(INT8).read_bytes())
            self.assertEqual(os.listdir(folder), ["m.tflite"])

    def test_a_cache_that_cannot_be(self):
        self.fails(3, "/m/x: cannot be created: Not a directory".replace("/m", INT8), "--model", INT8,
                   "--cache", INT8 + "/x")

    def test_isa(self):
        self.fails(2, "isa=avx3 is unknown", "--model", FLOAT, "--isa", "avx3")
        self.fails(2, "give one", "--model", FLOAT, "--isa", "scalar", "--delegate-options", "isa=scalar")
        self.fails(2, "--isa needs the delegate cpu", "--model", FLOAT, "--isa", "scalar", "--delegate", "reference")
        self.fails(2, "--isa needs the engine litmark", "--model", FLOAT, "--isa", "scalar", "--engine", "litert")
        devices = subprocess.run([LITMARK, "devices"], capture_output=True, text=True, timeout=600).stdout
        levels = [line.split() for line in devices.split("\n--isa ")[1].split("\n")[1:] if line]
        self.assertEqual(levels[0][:3], ["scalar", "yes", "yes"])
        for name, machine, _, *_ in levels:
            if machine == "no":
                self.fails(4, f"this machine has no {name}", "--model", FLOAT, "--isa", name)

    def test_precision(self):
        def fails(code, message, options):
            self.fails(code, message, "--model", FLOAT, "--delegate-options", options)
        fails(2, "precision=bf16 is unknown", "precision=bf16")
        fails(2, "give one", "float=exact,precision=fp32-split3")
        fails(4, "needs amx_bf16, which", "isa=baseline,precision=fp32-split6")

    def test_inputs(self):
        self.fails(3, "nowhere.tflite", "--model", "nowhere.tflite")
        self.fails(3, "/nowhere/out.json", "--model", FLOAT, "--json", "/nowhere/out.json")
        self.fails(3, "has no input 'nobody'; it has 1, number 0 is '", "--model", FLOAT, "--input-shape", "nobody=1,2")
        self.fails(2, "--input-shape", "--model", FLOAT, "--input-shape", "0=1,,2")
        with tempfile.NamedTemporaryFile(suffix=".tflite") as broken:
            broken.write(pathlib.Path(FLOAT).read_bytes()[:1000])
            broken.flush()
            self.fails(3, broken.name, "--model", broken.name)

    def test_a_missing_delegate_never_becomes_a_cpu_run(self):
        process, document = results("--model", FLOAT, "--delegate", "gpu,reference", "--no-probe", env=NO_DRIVER)
        self.assertEqual(process.returncode, 4)
        lines = process.stderr.strip().split("\n")
        self.assertEqual(len(lines), 1, process.stderr)
        self.assertIn("delegate 'gpu'", lines[0])
        self.assertEqual([r["delegate"] for r in document["results"]], ["reference"])
        self.assertEqual([(f["delegate"], f["exit_code"]) for f in document["failures"]], [("gpu", 4)])

    def test_probe_of_a_hostile_caller(self):
        self.assertEqual(bench("--internal-memory-probe").returncode, 2)
        process = bench("--internal-memory-probe", "nowhere", "reference", "1", "1", *[""] * 8)
        self.assertEqual(process.returncode, 3)
        self.assertIn("error", json.loads(process.stdout))


class Sweep(unittest.TestCase):
    def check_latency(self, r):
        latency, samples = r["latency_ms"], r["samples_ms"]
        self.assertEqual(latency["count"], len(samples))
        self.assertEqual(sum(p["count"] for p in r["repetitions"]), len(samples))
        self.assertAlmostEqual(latency["median"], statistics.median(samples), delta=1e-9)
        self.assertAlmostEqual(latency["mean"], statistics.fmean(samples), delta=1e-6 * latency["mean"])
        self.assertEqual((latency["min"], latency["max"]), (min(samples), max(samples)))
        for name, least in (("p90", 29), ("p95", 59), ("p99", 299)):
            self.assertEqual(latency[name] is None, len(samples) < least, name)
        if len(samples) >= 6:
            low, high = latency["ci95"]
            self.assertTrue(min(samples) <= low <= latency["median"] <= high <= max(samples))
        # --min-time is the least measured time, unless the result says that it was not reached.
        measured = sum(samples) * latency["batch"] / 1000
        self.assertTrue(measured >= 0.02 * 0.999999 or r["verdict"]["status"] == "TOO_FEW", measured)

    def check_memory(self, r):
        memory = r["memory_bytes"]
        self.assertGreaterEqual(memory["arena"], memory["arena_lower_bound"])
        self.assertGreaterEqual(memory["arena_naive"], memory["arena_lower_bound"])
        if "not measured" in memory["method"]:
            return
        self.assertTrue(r["phases_ms"]["fresh_process"])
        if memory["anonymous"] is not None:  # packed weights were written, so they are resident
            self.assertGreaterEqual(memory["anonymous"], memory["packed"])
        peaks = [v for v in memory["peak"].values() if v is not None]
        if peaks:
            self.assertGreaterEqual(max(peaks), memory["peak"]["baseline"])
            self.assertGreaterEqual(max(peaks), memory["anonymous"])

    def test_lists_make_a_sweep(self):
        process, document = results("--model", f"{FLOAT},{INT8}", "--delegate", "cpu,reference", "--threads", "1,2")
        self.assertEqual(process.returncode, 0, process.stderr)
        self.assertEqual(process.stderr, "")  # a pipe: no progress line
        found = document["results"]
        self.assertEqual(len(found), 8)
        self.assertEqual(len({r["name"] for r in found}), 8)
        self.assertEqual(
            {(r["model"]["name"], r["delegate"], r["threads"]) for r in found},
            {(m, d, t) for m in ("glyphs_float32", "glyphs_int8") for d in ("cpu", "reference") for t in (1, 2)})
        for r in found:
            with self.subTest(r["name"]):
                self.check_latency(r)
                self.check_memory(r)
                self.assertEqual(r["check"]["status"], "match" if r["delegate"] == "cpu" else "skipped")
                self.assertEqual(r["model"]["precision"], r["model"]["name"].split("_")[1])
                self.assertEqual(len(r["placement"]["nodes"]), r["model"]["node_count"])
                self.assertEqual(sum(d["nodes"] for d in r["placement"]["delegates"]), r["model"]["node_count"])
                self.assertEqual(sum(n["macs"] for n in r["placement"]["nodes"]), r["model"]["macs"])
                speed = r["model"]["macs"] / r["latency_ms"]["median"] * 1000
                self.assertAlmostEqual(r["throughput"]["macs_per_second"], speed, delta=1e-6 * speed)
        rows = [line for line in process.stdout.split("\n") if line.startswith("glyphs_")]
        self.assertEqual(len(rows), 8)

    def test_precisions(self):
        models = ",".join(str(GLYPHS / f"glyphs_{p}.tflite") for p in ("float16", "dynamic"))
        process, document = results("--model", models, "--delegate", "reference", "--no-probe")
        self.assertEqual(process.returncode, 0, process.stderr)
        self.assertEqual([r["model"]["precision"] for r in document["results"]], ["float16", "dynamic"])
        self.assertFalse(document["results"][0]["phases_ms"]["fresh_process"])
        self.assertIsNone(document["results"][0]["memory_bytes"]["peak"]["steady"])

    def test_sizes_of_the_parts(self):
        _, document = results("--model", INT8, "--delegate", "reference", "--no-probe")
        binary = document["results"][0]["binary_bytes"]
        self.assertEqual(binary["file"], os.stat(LITMARK).st_size)
        if "runtime" in binary:  # the linker wrote a map that could be read
            parts = [binary["runtime"], *binary.get("delegates", {}).values()]
            for kind in ("text", "rodata", "data"):
                self.assertLessEqual(sum(p[kind] for p in parts), binary["program"][kind], kind)
            self.assertGreater(binary["runtime"]["text"], 10000)

    def test_wrong_outputs_are_a_finding(self):
        process, document = results("--model", FLOAT, "--tolerance", "0", "--no-probe")
        check, verdict = (document["results"][0][k] for k in ("check", "verdict"))
        self.assertEqual(process.returncode, 1 if check["mismatched"] else 0)
        self.assertEqual(verdict["status"] == "INVALID", check["mismatched"] > 0)
        process, document = results("--model", FLOAT, "--no-check", "--no-probe")
        self.assertEqual(document["results"][0]["check"]["status"], "skipped")
        self.assertTrue(any("not compared" in r for r in document["results"][0]["verdict"]["reasons"]))

    def test_full_delegation(self):
        process, document = results("--model", INT8, "--require-full-delegation", "--no-probe")
        left = [n for n in document["results"][0]["placement"]["nodes"] if n["delegate"] == "reference"]
        self.assertEqual(process.returncode, 1 if left else 0)

    def test_slow_models_get_their_samples(self):
        _, document = results("--model", FLOAT, "--delegate", "reference", "--no-probe", "--min-time", "1e-6",
                              "--min-samples", "37")
        self.assertGreaterEqual(document["results"][0]["latency_ms"]["count"], 37)

    def test_input_shapes(self):
        process, document = results("--model", INT8, "--no-probe", "--input-shape", "0=3,32,32,1")
        self.assertEqual(process.returncode, 0, process.stderr)
        model = document["results"][0]["model"]
        self.assertEqual((model["inputs"][0]["shape"], model["outputs"][0]["shape"][0]), ([3, 32, 32, 1], 3))

    def test_isa_limits_the_kernels(self):
        _, document = results("--model", INT8, "--delegate", "cpu,reference", "--no-probe", "--isa", "scalar")
        scalar, reference = document["results"]
        self.assertEqual(scalar["isa"], {"limit": "scalar", "sets": ["scalar"]})
        self.assertIsNone(reference["isa"])
        kernels = [n["kernel"] for n in scalar["placement"]["nodes"] if n["delegate"] == "cpu" and n["kernel"]]
        self.assertTrue(kernels)
        _, document = results("--model", INT8, "--no-probe", "--delegate-options", "isa=scalar")
        same = document["results"][0]
        self.assertEqual(same["isa"], scalar["isa"])
        self.assertEqual([n["kernel"] for n in same["placement"]["nodes"]], [n["kernel"] for n in scalar["placement"]["nodes"]])
        native = results("--model", INT8, "--no-probe")[1]["results"][0]
        self.assertIsNone(native["isa"]["limit"])
        self.assertEqual(native["isa"]["sets"][0], "scalar")
        if len(native["isa"]["sets"]) > 1:
            self.assertNotEqual([n["kernel"] for n in native["placement"]["nodes"]], [n["kernel"] for n in scalar["placement"]["nodes"]])

    def test_profile(self):
        _, document = results("--model", FLOAT, "--delegate", "reference", "--no-probe", "--profile")
        r = document["results"][0]
        self.assertEqual({o["op"] for o in r["ops"]}, {n["op"] for n in r["placement"]["nodes"] if n["delegate"] == "reference"})
        self.assertLessEqual(sum(o["share"] for o in r["ops"]), 1.000001)
        self.assertEqual(r["profile"]["dropped_events"], 0)

    def check_peak(self, peak, threads, thorough):
        self.assertEqual((peak["thorough"], peak["missing"]), (thorough, None))
        self.assertEqual({r["threads"] for r in peak["rates"]}, {1, *threads})
        for rate in [r["macs_per_second"] for r in peak["rates"]] + [r["bytes_per_second"] for r in peak["reads"]]:
            self.assertTrue(0 < rate["worst"] <= rate["median"] <= rate["best"])
        self.assertEqual(bool(peak["reads"]), thorough)
        self.assertLessEqual({"float32", "int8"}, {r["type"] for r in peak["rates"]})

    def test_peak(self):
        for flags in ([], ["--peak"], ["--isa", "scalar"]):
            with self.subTest(flags):
                _, document = results("--model", f"{FLOAT},{INT8}", "--threads", "2", "--no-probe", *flags)
                self.check_peak(document["peak"], {2}, flags == ["--peak"])
                sets = {r["set"] for r in document["peak"]["rates"]}
                self.assertTrue(sets == {"scalar"} if "--isa" in flags else sets - {"scalar"} or len(sets) == 1)
                for r in document["results"]:
                    throughput = r["throughput"]
                    self.assertEqual(throughput["type"], r["model"]["precision"])
                    best = max(p["macs_per_second"]["best"] for p in document["peak"]["rates"]
                               if (p["type"], p["threads"]) == (throughput["type"], 2))
                    self.assertEqual(throughput["peak_macs_per_second"], best)
                    # One type: macs over time over peak.
                    want = throughput["macs_per_second"] / best
                    self.assertAlmostEqual(throughput["fraction_of_peak"], want, delta=1e-9 * want)

    def test_fractions_are_plausible(self):
        # One thread: with more of them, what else runs on the machine takes from the probe alone.
        process, document = results("--model", f"{FLOAT},{INT8}", "--profile")
        for r in document["results"]:
            throughput = r["throughput"]
            self.assertGreater(throughput["fraction_of_peak"], 0)
            if not throughput["winograd"]:
                self.assertLessEqual(throughput["fraction_of_peak"], 1.1)
            self.assertEqual(sum(o["macs"] for o in r["ops"]), r["model"]["macs"])
            weights_and_more = sum(o["bytes"] for o in r["ops"])
            self.assertGreater(weights_and_more, r["model"]["weight_bytes"] / 2)
            for o in r["ops"]:
                self.assertEqual(o["fraction_of_peak"] is None, o["macs"] == 0, o)
                self.assertIn(" > ", o["shape"])
                self.assertTrue(0 <= o["min_us"] <= o["mean_us"] * 1.000001, o)
                if o["macs"]:
                    want = o["macs"] / o["mean_us"] * 1e6
                    self.assertAlmostEqual(o["macs_per_second"], want, delta=1e-6 * want)
            memory = r["memory_bytes"]
            if memory["peak"]["steady"]:
                want = max(v for v in memory["peak"].values()) / (memory["packed"] + memory["arena"])
                self.assertAlmostEqual(memory["peak_over_plan"], want, delta=1e-9 * want)
        self.assertIn("% peak", process.stdout)
        self.assertIn("peak of 1 thread:", process.stdout)
        self.assertIn("instruction sets of the cpu delegate: scalar", process.stdout)
        self.assertEqual(process.stdout.count("% of peak"), sum(1 for r in document["results"]
                         for o in sorted(r["ops"], key=lambda o: -o["mean_us"])[:3] if o["macs"]), process.stdout)


class Gbench(unittest.TestCase):
    def measure(self, *args):
        with tempfile.TemporaryDirectory() as folder:
            ours, theirs = (pathlib.Path(folder, n) for n in ("ours.json", "theirs.json"))
            process = bench("--model", f"{FLOAT},{INT8}", "--no-probe", *QUICK, *args, "--json", str(ours), f"--benchmark_out={theirs}")
            self.assertEqual(process.returncode, 0, process.stderr)
            return json.loads(ours.read_text())["results"], json.loads(theirs.read_text())["benchmarks"]

    def test_rows_are_the_same(self):
        ours, theirs = self.measure()
        self.assertEqual([r["name"] for r in ours], [b["name"] for b in theirs])
        for r, b in zip(ours, theirs):
            self.assertEqual(b["time_unit"], "ms")
            self.assertAlmostEqual(b["real_time"], r["latency_ms"]["mean"], delta=1e-6 * b["real_time"])
            self.assertEqual(b["macs"], r["model"]["macs"])

    def test_repetitions_and_interleaving(self):
        for flags in (["--repetitions", "3"], ["--benchmark_repetitions=3", "--random-interleaving"]):
            with self.subTest(flags):
                ours, theirs = self.measure(*flags)
                self.assertEqual([len(r["repetitions"]) for r in ours], [3, 3])
                for r in ours:
                    rows = [b for b in theirs if b["run_name"] == r["name"]]
                    iterations = [b for b in rows if b["run_type"] == "iteration"]
                    self.assertEqual(len(iterations), 3)
                    self.assertLess({"mean", "median", "stddev"}, {b.get("aggregate_name") for b in rows})
                    for span, b in zip(r["repetitions"], sorted(iterations, key=lambda b: b["repetition_index"])):
                        part = r["samples_ms"][span["first"]:span["first"] + span["count"]]
                        self.assertAlmostEqual(statistics.fmean(part), b["real_time"], delta=1e-6 * b["real_time"])

    def test_filter_and_list(self):
        process = bench("--model", f"{FLOAT},{INT8}", "--threads", "1,2", "--benchmark_list_tests", "--benchmark_filter=int8.*:2")
        self.assertEqual((process.returncode, process.stdout), (0, "glyphs_int8/cpu/threads:2\n"))


class Output(unittest.TestCase):
    def test_json_on_stdout_is_alone(self):
        process = bench("--model", INT8, "--no-probe", *QUICK, "--json", "-")
        self.assertEqual(len(json.loads(process.stdout)["results"]), 1)
        self.assertEqual(process.stderr, "")

    def test_names_that_are_no_text(self):
        with tempfile.TemporaryDirectory() as folder:
            model = pathlib.Path(folder, "m.tflite")
            sound = pathlib.Path(INT8).read_bytes()
            name = b"\x05\0\0\0image\0"  # length, text, end
            self.assertIn(name, sound)
            model.write_bytes(sound.replace(name, b"\x05\0\0\0i\x1b\xff\xf4e\0"))
            process = subprocess.run([LITMARK, "inspect", str(model), "--json", "-"], capture_output=True, timeout=60)
            tensors = [t["name"] for t in json.loads(process.stdout.decode())["tensors"]]
            self.assertIn("i\x1b\ufffd\ufffde", tensors)
            process = subprocess.run([LITMARK, "inspect", str(model)], capture_output=True, timeout=60)
            self.assertNotIn(b"\x1b", process.stdout)

    def test_devices_are_not_replaced(self):
        self.assertEqual(bench("--model", INT8, "--no-probe", *QUICK, "--json", "/dev/null").returncode, 0)
        self.assertTrue(stat.S_ISCHR(os.stat("/dev/null").st_mode))

    def test_a_limit_on_files_is_an_error(self):
        with tempfile.TemporaryDirectory() as folder:
            process = bench("--model", INT8, "--no-probe", *QUICK, "--json", folder + "/a.json",
                            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096)))
            self.assertEqual(process.returncode, 5, process.stderr)
            self.assertIn("a.json: cannot be written: File too large", process.stderr)
            self.assertEqual(os.listdir(folder), [])

    def test_seed_decides_the_input(self):
        process = bench("--model", INT8, "--no-probe", *QUICK, "--seed", "7", "--quiet")
        self.assertEqual((process.returncode, process.stdout, process.stderr), (0, "", ""))

    def test_progress_on_a_terminal(self):
        try:
            master, slave = pty.openpty()
        except OSError as error:  # a container without /dev/pts
            self.skipTest(f"no pseudo-terminal: {error}")
        env = dict(os.environ, TERM="xterm")
        process = subprocess.Popen([LITMARK, "bench", "--model", INT8, "--no-probe", *QUICK], stdout=subprocess.PIPE, stderr=slave, env=env)
        os.close(slave)
        seen = b""
        try:
            while chunk := os.read(master, 65536):
                seen += chunk
        except OSError:  # the terminal's other end was closed
            pass
        process.communicate()
        os.close(master)
        self.assertEqual(process.returncode, 0)
        self.assertIn(b"\r[", seen)
        self.assertIn(b"glyphs_int8/cpu/threads:1", seen)
        self.assertTrue(seen.endswith(b"\r\x1b[K"), seen[-40:])  # nothing is left behind


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])

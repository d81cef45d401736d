# SPDX-License-Identifier: MIT
"""The program around GPU delegates, with stand-ins for the delegates: choice, flags, times, checks.

  gpu_cli_test.py LITMARK_FAKE_GPU GLYPHS_FOLDER [RESULT_SCHEMA]

fake_gpu.c tells what the environment says to them. Nothing here needs a driver.
"""
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

try:
    import jsonschema
except ImportError:
    jsonschema = None

LITMARK, GLYPHS = sys.argv[1], pathlib.Path(sys.argv[2])
SCHEMA = json.loads(pathlib.Path(sys.argv[3]).read_text())
FLOAT, INT8 = str(GLYPHS / "glyphs_float32.tflite"), str(GLYPHS / "glyphs_int8.tflite")
QUICK = ["--min-time", "0.02", "--warmup-time", "0.05", "--no-probe"]
BOTH = {"LITMARK_FAKE_OPENCL": "cpu:PoCL", "LITMARK_FAKE_VULKAN": "cpu:llvmpipe"}


def litmark(*args, fake=None):
    environment = {k: v for k, v in os.environ.items() if not k.startswith("LITMARK_FAKE")}
    environment.update(BOTH if fake is None else fake)
    return subprocess.run([LITMARK, *args], capture_output=True, text=True, timeout=600, env=environment)


def bench(*args, fake=None):
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder, "out.json")
        process = litmark("bench", *args, *QUICK, "--json", str(file), fake=fake)
        document = json.loads(file.read_text()) if file.exists() else None
        if document is not None and jsonschema is not None:
            jsonschema.Draft202012Validator(SCHEMA).validate(document)
        return process, document


class Choice(unittest.TestCase):
    def fails(self, code, parts, *args, fake=None):
        process = litmark(*args, fake=fake)
        self.assertEqual(process.returncode, code, process.stderr)
        lines = process.stderr.strip().split("\n")
        self.assertEqual(len(lines), 1, process.stderr)
        for part in parts:
            self.assertIn(part, lines[0])

    def test_gpu_without_a_driver_is_an_error_everywhere(self):
        parts = ["delegate 'gpu': no usable device", "install libfake-opencl", "install libfake-vulkan"]
        with tempfile.TemporaryDirectory() as folder:
            for args in (["bench", "--model", FLOAT], ["inspect", FLOAT], ["eval", "--model", FLOAT, "--dataset",
                         str(GLYPHS / "test"), "--quiet"],
                         ["run", "--model", FLOAT, "--random-input", "--output-dir", folder]):
                if args[0] != "inspect":
                    self.fails(4, parts, *args, "--delegate", "gpu", fake={})
                else:
                    process = litmark(*args, "--delegate", "gpu", fake={})
                    self.assertEqual(process.returncode, 4)
                    self.assertIn(parts[0], process.stderr)

    def test_an_explicit_delegate_without_a_driver(self):
        self.fails(4, ["delegate 'opencl': no usable device", "install libfake-opencl"],
                   "bench", "--model", FLOAT, "--delegate", "opencl", fake={})

    def test_a_device_that_is_not_there(self):
        self.fails(2, ["--device nvidia is none of its devices", "opencl:0 (PoCL)", "vulkan:0 (llvmpipe)"],
                   "bench", "--model", FLOAT, "--delegate", "gpu", "--device", "nvidia")
        self.fails(2, ["ambiguous"], "bench", "--model", FLOAT, "--delegate", "gpu", "--device", "0")

    def test_results_say_what_was_chosen_and_why(self):
        fake = {"LITMARK_FAKE_OPENCL": "cpu:PoCL", "LITMARK_FAKE_VULKAN": "discrete:Radeon"}
        process, document = bench("--model", FLOAT, "--delegate", "gpu,opencl", fake=fake)
        self.assertEqual(process.returncode, 0, process.stderr + process.stdout)
        gpu, opencl = document["results"]
        self.assertEqual((gpu["requested"], gpu["delegate"]), ("gpu", "vulkan"))
        self.assertEqual((opencl["requested"], opencl["delegate"]), ("opencl", "opencl"))
        self.assertEqual(gpu["name"], "glyphs_float32/gpu/threads:1")
        self.assertEqual((gpu["device_info"]["name"], gpu["device_info"]["type"]), ("Radeon", "discrete gpu"))
        self.assertEqual(gpu["device_info"]["driver"], "1.2.3")
        self.assertIn("discrete gpu of 2 usable devices", gpu["device_choice"])
        self.assertIn("vulkan:0 Radeon (discrete gpu), vulkan 1.2, driver 1.2.3; gpu: discrete gpu of 2", process.stdout)
        self.assertEqual({n["delegate"] for n in gpu["placement"]["nodes"]} - {"reference", "planner", "cpu"}, {"vulkan"})

    def test_run_and_inspect_and_eval_say_it_too(self):
        with tempfile.TemporaryDirectory() as folder:
            run = litmark("run", "--model", FLOAT, "--random-input", "--output-dir", folder, "--delegate", "gpu")
            self.assertEqual(run.returncode, 0, run.stderr)
            self.assertIn("opencl:0 PoCL (cpu)", run.stdout)
            file = pathlib.Path(folder, "plan.json")
            inspect = litmark("inspect", FLOAT, "--delegate", "gpu", "--precision", "fp16", "--json", str(file))
            self.assertEqual(inspect.returncode, 0, inspect.stderr)
            self.assertIn("device opencl:0 PoCL (cpu), opencl 1.2, driver 1.2.3; fp16; gpu: cpu of 2", inspect.stdout)
            plan = json.loads(file.read_text())["plan"]
            self.assertEqual((plan["requested"], plan["delegate"]), ("gpu", "opencl"))
            self.assertEqual(plan["settings"]["precision"], "fp16")
        evaluation = litmark("eval", "--model", FLOAT, "--dataset", str(GLYPHS / "test"), "--limit", "20", "--delegate",
                             "reference,gpu", "--precision", "fp16", "--min-agreement", "98")
        self.assertEqual(evaluation.returncode, 0, evaluation.stderr)
        self.assertIn("gpu: opencl:0 PoCL (cpu), opencl 1.2, driver 1.2.3; fp16", evaluation.stdout)
        self.assertIn("glyphs_float32/reference/threads:1        100.00", evaluation.stdout)

    def test_devices(self):
        fake = {"LITMARK_FAKE_OPENCL": "discrete:Old!needs OpenCL 1.2,cpu:PoCL"}
        text = litmark("devices", fake=fake).stdout
        self.assertIn("opencl:0  Old", text)
        self.assertIn("cannot be used: needs OpenCL 1.2", text)
        self.assertIn("opencl:1  PoCL", text)
        self.assertIn("libfake-vulkan", text)
        self.assertIn("memory 1 GiB, largest buffer 256 MiB, local memory 32 KiB", text)
        self.assertIn("gpu        opencl:1", text)
        # A driver for the processor is a device; a device that cannot be used is none.
        self.assertIn("opencl", litmark("devices", "--names", fake=fake).stdout.split())
        names = litmark("devices", "--names", fake={"LITMARK_FAKE_VULKAN": "cpu:x!no"}).stdout.split()
        self.assertEqual([n for n in names if n != "cpu"], [])
        document = json.loads(litmark("devices", "--json", "-", fake=fake).stdout)
        opencl = next(d for d in document["delegates"] if d["name"] == "opencl")
        self.assertEqual([d["name"] for d in opencl["devices"]], ["Old", "PoCL"])
        self.assertEqual((document["gpu"]["delegate"], document["gpu"]["device"]), ("opencl", 1))
        vulkan = next(d for d in document["delegates"] if d["name"] == "vulkan")
        self.assertEqual(vulkan["devices"], [])
        self.assertIn("libfake-vulkan", vulkan["why_none"])


class Flags(unittest.TestCase):
    def test_each_delegate_gets_what_it_takes(self):
        process, document = bench("--model", FLOAT, "--delegate", "cpu,opencl,vulkan,reference", "--precision", "fp16",
                                  "--quantized", "float", "--opencl-gemm", "own", "--no-tune", "--isa", "scalar")
        self.assertEqual(process.returncode, 0, process.stderr + process.stdout)
        cpu, opencl, vulkan, reference = (r["settings"] for r in document["results"])
        self.assertEqual((cpu["precision"], cpu["quantized"], cpu["gemm"], cpu["tune"]), ("fp32", None, None, None))
        self.assertEqual(cpu["options"], "isa=scalar")
        self.assertEqual((opencl["precision"], opencl["quantized"], opencl["gemm"]), ("fp16", "float", "own"))
        self.assertEqual(opencl["tune"], False)
        self.assertEqual((vulkan["precision"], vulkan["gemm"]), ("fp16", None))
        self.assertEqual((reference["precision"], reference["options"]), ("fp32", None))
        # The cpu delegate behind a GPU is limited like the one in front.
        self.assertEqual([r["isa"]["limit"] for r in document["results"][:3]], ["scalar"] * 3)

    def test_usage_errors(self):
        for parts, args in ((["--precision fp16: delegate cpu does not take it", "opencl takes fp32, fp16"],
                             ["--delegate", "cpu", "--precision", "fp16"]),
                            (["--quantized int"], ["--delegate", "cpu", "--quantized", "int"]),
                            (["vulkan does not take it"], ["--delegate", "vulkan", "--opencl-gemm", "own"]),
                            (["--no-tune needs"], ["--no-tune"]),
                            (["give one"], ["--delegate", "opencl", "--precision", "fp16", "--delegate-options",
                                            "precision=fp16"])):
            process = litmark("bench", "--model", FLOAT, *args)
            self.assertEqual(process.returncode, 2, process.stderr)
            for part in parts:
                self.assertIn(part, process.stderr)

    def test_gpu_that_became_a_delegate_without_the_flag(self):
        fake = {"LITMARK_FAKE_VULKAN": "cpu:llvmpipe"}
        process = litmark("bench", "--model", FLOAT, "--delegate", "gpu", "--opencl-gemm", "own", fake=fake)
        self.assertEqual(process.returncode, 2)
        self.assertIn("delegate 'gpu' is vulkan here", process.stderr)

    def test_cold_and_warm(self):
        with tempfile.TemporaryDirectory() as folder:
            first, second = (bench("--model", FLOAT, "--delegate", "gpu", "--cache", folder)[1]["results"][0]
                             for _ in range(2))
            self.assertGreater(first["init_ms"]["cold"], 0)
            self.assertGreater(first["init_ms"]["warm"], 0)
            self.assertGreaterEqual(first["init_ms"]["cache_files_added"], 1)
            self.assertIsNone(second["init_ms"]["cold"])
            self.assertEqual(second["init_ms"]["cache_files_added"], 0)
            self.assertEqual(second["settings"]["cache"], folder)
        self.assertIsNone(bench("--model", FLOAT, "--delegate", "gpu")[1]["results"][0]["init_ms"])


class Times(unittest.TestCase):
    def run_with(self, mode):
        process, document = bench("--model", FLOAT, "--delegate", "gpu", "--profile",
                                  fake={**BOTH, "LITMARK_FAKE_TIMES": mode})
        return process, document["results"][0]

    def test_the_budget_closes(self):
        process, result = self.run_with("")
        self.assertEqual(process.returncode, 0, process.stdout)
        times = result["device_times"]
        parts = sum(times[p] for p in ("upload_ms", "enqueue_ms", "wait_ms", "download_ms", "rest_ms"))
        self.assertAlmostEqual(parts, times["program_ms"], delta=0.1 * times["program_ms"])
        self.assertAlmostEqual(times["program_ms"] + times["outside_ms"], times["invocation_ms"],
                               delta=0.2 * times["invocation_ms"])
        # Of the same samples, but one is a median of nanoseconds, the other of milliseconds.
        median = result["latency_ms"]["median"]
        self.assertAlmostEqual(times["invocation_ms"], median, delta=1e-9 * median)
        self.assertEqual(times["samples"], result["latency_ms"]["count"])
        self.assertEqual(result["latency_ms"]["batch"], 1)
        self.assertEqual(times["contradictions"], {"device_too_long": 0, "not_closed": 0, "clock_stood": 0})
        self.assertEqual((times["dispatches"], times["submits"]), (2, 1))
        self.assertAlmostEqual(times["profiled"]["device_ms"], 2 * times["profiled"]["kernels_ms"], delta=0.001)
        self.assertGreater(times["profiled"]["gap_per_dispatch_us"], 0)
        for text in ("time: upload", "device: ", "kernels: ", "memory on the device: 0.0039 MiB"):
            self.assertIn(text, process.stdout)
        kernels = [op for op in result["ops"] if op["kernel"] == "fake_softmax"]
        self.assertEqual([(op["kind"], op["delegate"]) for op in kernels], [("kernel", "opencl")])
        self.assertEqual(result["memory_bytes"]["device"], 4096)

    def test_contradictions(self):
        for mode, kind, text in (("device", "device_too_long", "the device's time is longer than the wall time"),
                                 ("parts", "not_closed", "do not add up to the wall time"),
                                 ("lost", "not_closed", "do not add up to the wall time"),
                                 ("zero", "clock_stood", "kernels took no time")):
            process, result = self.run_with(mode)
            self.assertEqual(process.returncode, 1, mode + process.stdout)
            self.assertEqual(result["verdict"]["status"], "CONTRADICTION", mode)
            self.assertGreater(result["device_times"]["contradictions"][kind], 0)
            self.assertIn(text, result["verdict"]["reasons"][0])
            self.assertIn("CONTRADICTION", process.stdout)

    def test_a_device_without_a_clock(self):
        process, result = self.run_with("no-clock")
        self.assertEqual(process.returncode, 0, process.stdout)
        self.assertIsNone(result["device_times"]["device_ms"])
        self.assertIn("it has no clock", process.stdout)

    def test_no_times_where_run_is_the_work(self):
        self.assertIsNone(bench("--model", FLOAT)[1]["results"][0]["device_times"])


class Check(unittest.TestCase):
    def test_integers_through_floats_are_shown(self):
        process, document = bench("--model", INT8, "--delegate", "gpu", "--quantized", "float")
        check = document["results"][0]["check"]
        self.assertEqual(process.returncode, 0, process.stdout)
        self.assertEqual((check["status"], check["mismatched"], check["integer_steps"]), ("shown", 0, None))
        self.assertEqual(check["max_steps"], 2)
        self.assertGreater(check["differing"], 0)
        self.assertIs(check["top1_same"], True)
        self.assertIn("integers differ, by up to 2 steps, which quantized as float may, same top-1", process.stdout)
        self.assertNotEqual(document["results"][0]["verdict"]["status"], "INVALID")

    def test_integers_are_exact_by_default(self):
        process, document = bench("--model", INT8, "--delegate", "gpu")
        self.assertEqual(process.returncode, 0, process.stdout)
        check = document["results"][0]["check"]
        self.assertEqual((check["status"], check["integer_steps"], check["differing"]), ("match", 0, 0))
        # The stand-in is off by one when it rounds like float16: that is wrong, and said so.
        process, document = bench("--model", INT8, "--delegate", "gpu", "--precision", "fp16")
        self.assertEqual(process.returncode, 1, process.stdout)
        self.assertEqual(document["results"][0]["verdict"]["status"], "INVALID")

    def test_float_tolerance_is_the_delegates(self):
        for precision, tolerance in (("fp32", 1e-4), ("fp16", 2e-2)):
            process, document = bench("--model", FLOAT, "--delegate", "gpu", "--precision", precision)
            check = document["results"][0]["check"]
            self.assertEqual((process.returncode, check["status"]), (0, "match"), process.stdout)
            self.assertEqual(check["tolerance"], tolerance)
            self.assertTrue(0 < check["max_relative"] < tolerance)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])

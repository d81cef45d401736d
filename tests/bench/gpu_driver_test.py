# SPDX-License-Identifier: MIT
"""The whole way with the OpenCL and Vulkan drivers of this machine: devices, bench, eval, report.

  gpu_driver_test.py LITMARK GLYPHS_FOLDER RESULT_SCHEMA

Skipped (77) where there is no driver. Nothing here depends on how fast the machine is; what the times of a
device must be, a busy machine does not change.
"""
import json
import os
import pathlib
import re
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
QUICK = ["--min-time", "0.02", "--warmup-time", "0.05", "--min-samples", "6"]
NO_DRIVER = {**os.environ, "OCL_ICD_VENDORS": "/nowhere", "VK_ICD_FILENAMES": "/nowhere/icd.json",
             "VK_DRIVER_FILES": "/nowhere/icd.json"}


def litmark(*args, **kwargs):
    return subprocess.run([LITMARK, *map(str, args)], capture_output=True, text=True, timeout=600, **kwargs)


NAMES = [n for n in litmark("devices", "--names").stdout.split() if n in ("opencl", "vulkan")]
if not NAMES:
    print("skipped: no OpenCL and no Vulkan driver here")
    sys.exit(77)


class Drivers(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.cache, cls.file = pathlib.Path(cls.folder.name, "cache"), pathlib.Path(cls.folder.name, "bench.json")
        cls.cache.mkdir()
        cls.process = litmark("bench", "--model", f"{FLOAT},{INT8}", "--delegate", ",".join([*NAMES, "gpu"]), "--cache",
                              cls.cache, "--profile", "--json", cls.file, *QUICK)
        cls.document = json.loads(cls.file.read_text())
        cls.results = cls.document["results"]

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def test_every_row_is_right(self):
        self.assertEqual(self.process.stderr, "")
        self.assertEqual(len(self.results), 2 * (len(NAMES) + 1))
        for r in self.results:
            self.assertEqual(r["check"]["status"], "match", r["name"])
            self.assertIs(r["check"]["top1_same"], True, r["name"])
            self.assertNotIn(r["verdict"]["status"], ("INVALID",), r["verdict"])
        if jsonschema is not None:
            jsonschema.Draft202012Validator(SCHEMA).validate(self.document)

    def test_the_device_and_why(self):
        listed = json.loads(litmark("devices", "--json", "-").stdout)
        devices = {d["name"]: d.get("devices") for d in listed["delegates"]}
        for r in self.results:
            info = r["device_info"]
            self.assertIn(info["name"], [d["name"] for d in devices[r["delegate"]]])
            for field in ("driver", "api", "type", "name"):
                self.assertTrue(info[field], field)
            self.assertTrue(r["device_choice"])
        chosen = {r["delegate"] for r in self.results if r["requested"] == "gpu"}
        self.assertEqual(chosen, {listed["gpu"]["delegate"]})
        types = {n: [d["type"] for d in devices[n]] for n in NAMES}
        if all(set(t) == {"cpu"} for t in types.values()) and len(NAMES) == 2:
            self.assertEqual(chosen, {"opencl"})

    def test_float16_where_it_does(self):
        with tempfile.TemporaryDirectory() as cache:
            file = pathlib.Path(cache, "result.json")
            for used, said in (("fp16", "fp16; "), ("fp32", "fp16, computed in fp32; ")):
                process = litmark("bench", "--model", FLOAT, "--delegate", NAMES[0], "--precision", "fp16", "--cache",
                                  cache, "--json", file, *QUICK)
                self.assertIn(said, process.stdout)
                row = json.loads(file.read_text())["results"][0]
                self.assertEqual((row["settings"]["precision"], row["settings"]["precision_used"]), ("fp16", used))
                self.assertEqual(row["check"]["tolerance"], {"fp16": 2e-2, "fp32": 1e-4}[used])
                self.assertEqual(row["check"]["status"], "match")
                # What the trial found is kept: now it shall have found the contrary.
                for tuned in pathlib.Path(cache).glob("*.tune"):
                    tuned.write_text(re.sub(r"halves-6-\d+", "halves-1-500000", tuned.read_text()))

    def test_times(self):
        for r in self.results:
            times = r["device_times"]
            self.assertIsNotNone(times, r["name"])
            self.assertEqual(times["samples"], r["latency_ms"]["count"])
            self.assertEqual(times["contradictions"]["device_too_long"], 0, r["name"])
            self.assertGreaterEqual(times["dispatches"], 1, r["name"])
            self.assertGreater(times["wait_ms"] + times["enqueue_ms"], 0)
            # The latency is the whole invocation, not what handing over took.
            self.assertAlmostEqual(times["invocation_ms"], r["latency_ms"]["median"], places=9)
            self.assertLessEqual(times["enqueue_ms"], r["latency_ms"]["max"])
            if times["device_ms"] is not None:
                self.assertGreater(times["device_ms"], 0)
                self.assertLessEqual(times["device_ms"], times["invocation_ms"] * 1.05 + 0.02)
                self.assertIsNotNone(times["profiled"]["kernels_ms"])
            kernels = [o for o in r["ops"] if o["kind"] == "kernel" and o["delegate"] == r["delegate"]]
            self.assertGreaterEqual(len(kernels), 1, r["name"])
            self.assertGreater(r["memory_bytes"]["device"], 0)

    def test_every_node_is_placed(self):
        for r in self.results:
            nodes = r["placement"]["nodes"]
            self.assertEqual(len(nodes), r["model"]["node_count"])
            self.assertIn(r["delegate"], {n["delegate"] for n in nodes})
            for n in nodes:
                self.assertTrue(n["delegate"] in (r["delegate"], "planner") or n["why_not"], n)

    def test_cold_and_warm(self):
        for name in NAMES:
            first = next(r for r in self.results if r["delegate"] == name)
            self.assertGreater(first["init_ms"]["warm"], 0)
            # The first row of a driver found nothing in the cache.
            self.assertIsNotNone(first["init_ms"]["cold"], name)
            self.assertGreater(first["init_ms"]["cache_bytes_added"], 0, name)

    def test_report(self):
        out = pathlib.Path(self.folder.name, "report")
        process = litmark("report", self.file, "--out", out, "--format", "md")
        self.assertEqual(process.returncode, 0, process.stderr)
        text = (out / "report.md").read_text()
        self.assertIn("## Devices", text)
        self.assertIn("## Time of an inference on a device", text)

    def test_half_precision_agrees_on_images(self):
        for name in NAMES:
            process = litmark("eval", "--model", FLOAT, "--dataset", GLYPHS / "test", "--limit", 60, "--delegate",
                              f"reference,{name}", "--precision", "fp16", "--cache", self.cache, "--min-agreement", 98)
            self.assertEqual(process.returncode, 0, process.stderr + process.stdout)
            self.assertIn("fp16", process.stdout)

    def test_quantized_through_floats(self):
        for name in NAMES:
            file = pathlib.Path(self.folder.name, "float.json")
            process = litmark("bench", "--model", INT8, "--delegate", name, "--quantized", "float", "--no-probe", "--json",
                              file, *QUICK)
            check = json.loads(file.read_text())["results"][0]["check"]
            self.assertIn(check["status"], ("match", "shown"), process.stdout)
            self.assertEqual(check["mismatched"], 0)

    def test_without_a_driver(self):
        for delegate in ("gpu", *NAMES):
            process = litmark("bench", "--model", FLOAT, "--delegate", delegate, env=NO_DRIVER)
            self.assertEqual(process.returncode, 4, process.stdout)
            self.assertEqual(process.stderr.count("\n"), 1, process.stderr)
            self.assertIn("install", process.stderr)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])

# SPDX-License-Identifier: MIT
"""litmark bench --engine, run --engine and devices from outside.

  engine_cli_test.py LITMARK GLYPHS_FOLDER FAKE_LITERT FAKE_OPENVINO FAKE_INCOMPLETE VENV

The other runtimes are fakes with the functions of the real libraries, so nothing here depends on what is
installed. VENV may hold the real ones (tests/conformance/make-venv); their tests are skipped without it.
"""
import csv
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

LITMARK, GLYPHS = sys.argv[1], pathlib.Path(sys.argv[2])
FAKES = {"litert": sys.argv[3], "openvino": sys.argv[4]}
INCOMPLETE, VENV = sys.argv[5], pathlib.Path(sys.argv[6])
FLOAT, INT8 = str(GLYPHS / "glyphs_float32.tflite"), str(GLYPHS / "glyphs_int8.tflite")
QUICK = ["--blocks", "6", "--block-time", "0.001", "--block-samples", "2", "--warmup-time", "0.002"]
LIBS = [f"--engine-lib={name}={path}" for name, path in FAKES.items()]


def run(*args, fake="", env=None):
    environment = dict(os.environ if env is None else env, LITMARK_FAKE=fake)
    return subprocess.run([LITMARK, *args], capture_output=True, text=True, timeout=600, env=environment)


def compare(*args, fake="", env=None):
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder, "out.json")
        process = run("bench", *args, *QUICK, "--json", str(file), fake=fake, env=env)
        return process, json.loads(file.read_text()) if file.exists() else None


def engines(document, row=0):
    return {e["engine"]: e for e in document["comparison"]["rows"][row]["engines"]}


class Comparison(unittest.TestCase):
    def test_rows(self):
        names = ["litmark", "litert", "openvino", "openvino-default"]
        process, document = compare("--model", f"{FLOAT},{INT8}", "--engine", ",".join(names), "--threads", "1,2", *LIBS)
        self.assertEqual(process.returncode, 0, process.stderr)
        self.assertEqual(process.stderr, "")
        self.assertEqual(document["results"], [])
        section = document["comparison"]
        self.assertEqual(section["baseline"], "litmark")
        self.assertEqual([e["name"] for e in section["engines"]], names)
        self.assertEqual([e["precision"] for e in section["engines"]], ["float32"] * 3 + ["default"])
        self.assertEqual(section["engines"][2]["version"], "2099.1.0-fake")
        self.assertEqual(section["engines"][1]["path"], FAKES["litert"])
        self.assertEqual([(r["model"]["precision"], r["threads"]) for r in section["rows"]],
                         [("float32", 1), ("float32", 2), ("int8", 1), ("int8", 2)])
        for row in section["rows"]:
            self.assertEqual([e["engine"] for e in row["engines"]], names)
            for e in row["engines"]:
                self.assertEqual(e["status"], "measured")
                self.assertEqual(e["threads_used"], row["threads"])
                self.assertEqual(e["output"]["mismatched"], 0)
                self.assertIs(e["output"]["top1_same"], True)
                self.assertEqual(len(e["blocks"]), 6)
                self.assertEqual(e["latency_ms"]["count"], 6)
                self.assertTrue(all(len(b["samples_ms"]) >= 2 for b in e["blocks"]))

    def test_ratios_are_those_of_the_blocks(self):
        _, document = compare("--model", INT8, "--engine", "litmark,litert,openvino", *LIBS)
        rows = engines(document)
        ours = [b["median_ms"] for b in rows["litmark"]["blocks"]]
        self.assertIsNone(rows["litmark"]["ratio"])
        for name in ("litert", "openvino"):
            theirs = rows[name]
            ratios = [b["median_ms"] / o for b, o in zip(theirs["blocks"], ours)]
            for got, want in zip(theirs["blocks"], ratios):
                self.assertAlmostEqual(got["ratio"], want, delta=1e-9 * want)
            ordered = sorted(ratios)
            median = (ordered[2] + ordered[3]) / 2
            self.assertAlmostEqual(theirs["ratio"]["median"], median, delta=1e-9 * median)
            # Six blocks: the interval is the whole range.
            low, high = theirs["ratio"]["ci95"]
            self.assertAlmostEqual(low, ordered[0], delta=1e-9 * low)
            self.assertAlmostEqual(high, ordered[-1], delta=1e-9 * high)
            verdict = "slower" if low > 1 else "faster" if high < 1 else "open"
            self.assertEqual(theirs["ratio"]["verdict"], verdict)
        # The order rotates: in every block each engine has another place.
        for block in range(6):
            places = [rows[n]["blocks"][block]["position"] for n in ("litmark", "litert", "openvino")]
            self.assertEqual(sorted(places), [0, 1, 2])
            self.assertEqual(places[block % 3], 0)

    def test_litert_on_a_gpu(self):
        with tempfile.TemporaryDirectory() as folder:
            library = pathlib.Path(folder, "libLiteRt.so")
            library.symlink_to(FAKES["litert"])
            lib = f"--engine-lib=litert-gpu={library}"
            self.assert_fails(4, "no GPU accelerator (libLiteRt...Accelerator.so) beside", "bench", "--model", INT8,
                              "--engine", "litert-gpu", lib)
            pathlib.Path(folder, "libLiteRtFakeAccelerator.so").touch()
            process, document = compare("--model", f"{FLOAT},{INT8}", "--engine", "litmark,litert-gpu,litert-gpu-default",
                                        lib)
            self.assertEqual(process.returncode, 0, process.stderr)
            self.assertEqual([e["precision"] for e in document["comparison"]["engines"]], ["float32", "float32", "default"])
            for row in range(2):
                for name in ("litert-gpu", "litert-gpu-default"):
                    gpu = engines(document, row)[name]
                    # The stand-in works when its output is read: outputs are right only if that was waited for.
                    self.assertEqual((gpu["status"], gpu["output"]["mismatched"]), ("measured", 0))
                    self.assertIsNone(gpu["threads_used"])
                    self.assertIsNone(gpu["fraction_of_peak"])
            for fake, words in (("no-adapter", ["cannot be used here: runtime failure", "no adapters found"]),
                                ("partly", ["takes not all of it"])):
                process, document = compare("--model", INT8, "--engine", "litmark,litert-gpu", lib, fake=fake)
                self.assertEqual(process.returncode, 0, process.stderr)
                refused = engines(document)["litert-gpu"]
                self.assertEqual(refused["status"], "refused")
                for word in words:
                    self.assertIn(word, refused["message"])
                self.assert_fails(4, words[0], "run", "--model", INT8, "--engine", "litert-gpu", lib, "--random-input",
                                  "--output-dir", folder, fake=fake)

    def assert_fails(self, code, text, *args, **kwargs):
        process = run(*args, **kwargs)
        self.assertEqual(process.returncode, code, process.stderr)
        self.assertEqual(process.stderr.count("\n"), 1, process.stderr)
        self.assertIn(text, process.stderr)

    def test_profile_of_our_own_engine(self):
        process, document = compare("--model", INT8, "--engine", "litmark,litmark:isa=scalar,litert", "--profile", *LIBS)
        self.assertEqual(process.returncode, 0, process.stderr)
        rows = engines(document)
        macs = document["comparison"]["rows"][0]["model"]["macs"]
        for name in ("litmark", "litmark:isa=scalar"):
            self.assertEqual(sum(o["macs"] for o in rows[name]["ops"]), macs)
            self.assertGreaterEqual(rows[name]["profile"]["runs"], 5)
        self.assertEqual(rows["litmark:isa=scalar"]["isa"], {"limit": "scalar", "sets": ["scalar"]})
        self.assertIsNone(rows["litmark"]["isa"]["limit"])
        self.assertFalse({"ops", "profile", "isa", "winograd"} & set(rows["litert"]))
        peak = max(r["macs_per_second"]["best"] for r in document["peak"]["rates"] if r["type"] == "int8" and r["threads"] == 1)
        for e in rows.values():
            want = macs / e["latency_ms"]["median"] * 1000
            self.assertAlmostEqual(e["macs_per_second"], want, delta=1e-9 * want)
            self.assertAlmostEqual(e["fraction_of_peak"], want / peak, delta=1e-9 * want / peak)
        self.assertEqual(process.stdout.count("the slowest:"), 2)
        self.assertIn("peak of 1 thread:", process.stdout)

    def test_isa_limits_every_variant_of_ours(self):
        _, document = compare("--model", INT8, "--engine", "litmark,litmark:float=exact,litmark:isa=native", "--isa", "scalar")
        limits = [e["isa"]["limit"] for e in document["comparison"]["rows"][0]["engines"]]
        self.assertEqual(limits, ["scalar", "scalar", "native"])

    def test_too_few_blocks_have_no_interval(self):
        process = run("bench", "--model", INT8, "--engine", "litmark,litert", *LIBS, "--blocks", "2", "--block-time",
                      "0.001", "--warmup-time", "0.002", "--json", "-")
        ratio = engines(json.loads(process.stdout))["litert"]["ratio"]
        self.assertIsNone(ratio["ci95"])
        self.assertIsNone(ratio["verdict"])

    def test_a_peer_that_refuses_is_a_row(self):
        process, document = compare("--model", INT8, "--engine", "litmark,litert,openvino", *LIBS, fake="refuse")
        self.assertEqual(process.returncode, 0, process.stderr)
        rows = engines(document)
        self.assertEqual(rows["litmark"]["status"], "measured")
        self.assertEqual(set(rows["litert"]), {"engine", "status", "message"})
        self.assertEqual([rows[n]["status"] for n in FAKES], ["refused", "refused"])
        self.assertIn("no kernel for FAKE_OP", rows["litert"]["message"])
        self.assertIn("FAKE_OP is not supported", rows["openvino"]["message"])
        self.assertIn("refused: LiteRT", process.stdout)

    def test_a_peer_that_fails_is_a_row(self):
        process, document = compare("--model", INT8, "--engine", "litmark,openvino", *LIBS, fake="fail")
        self.assertEqual(process.returncode, 0, process.stderr)
        self.assertEqual(engines(document)["openvino"]["status"], "failed")
        self.assertIn("it broke", engines(document)["openvino"]["message"])
        self.assertIsNone(engines(document)["litmark"]["ratio"])

    def test_a_peer_that_computes_something_else_is_stated(self):
        process, document = compare("--model", f"{INT8},{FLOAT}", "--engine", "litmark,litert", *LIBS, fake="wrong")
        self.assertEqual(process.returncode, 0, process.stderr)
        wrong = engines(document)["litert"]["output"]
        self.assertEqual((wrong["mismatched"], wrong["max_abs"], wrong["max_relative"]), (1, 64, None))
        self.assertEqual(engines(document)["litmark"]["output"]["mismatched"], 0)
        self.assertIn("1 of ", process.stdout)
        self.assertGreater(engines(document, 1)["litert"]["output"]["max_relative"], 0)

    def test_threads_are_verified(self):
        process, document = compare("--model", INT8, "--engine", "litmark,litert,openvino", "--threads", "2", *LIBS,
                                    fake="lazy")
        self.assertEqual([engines(document)[n]["threads_used"] for n in ("litmark", "litert", "openvino")], [2, 1, 1])
        self.assertEqual(process.stdout.count("has 1 threads, not 2"), 2)

    def test_without_litmark_the_first_is_the_baseline(self):
        _, document = compare("--model", INT8, "--engine", "openvino,litert", *LIBS)
        self.assertEqual(document["comparison"]["baseline"], "openvino")
        self.assertIsNone(engines(document)["openvino"]["ratio"])
        self.assertGreater(engines(document)["litert"]["ratio"]["median"], 0)

    def test_variants_of_litmark(self):
        process, document = compare("--model", FLOAT, "--engine", "litmark,litmark:float=exact")
        self.assertEqual(process.returncode, 0, process.stderr)
        self.assertEqual(engines(document)["litmark:float=exact"]["output"]["max_abs"], 0)

    def test_no_check(self):
        _, document = compare("--model", INT8, "--engine", "litmark,litert", "--no-check", *LIBS)
        for e in engines(document).values():
            self.assertEqual(e["output"]["why_unknown"], "--no-check")
            self.assertIsNone(e["output"]["mismatched"])

    def test_a_finding_about_litmark_is_exit_code_1(self):
        # No float result is as exact as this, unless it is the reference's own.
        process, document = compare("--model", FLOAT, "--engine", "litmark", "--tolerance", "0")
        differs = engines(document)["litmark"]["output"]["mismatched"] > 0
        self.assertEqual(process.returncode, 1 if differs else 0)

    def test_broken_models(self):
        with tempfile.NamedTemporaryFile(suffix=".tflite") as broken:
            broken.write(pathlib.Path(INT8).read_bytes()[:3000])
            broken.flush()
            process, document = compare("--model", f"{broken.name},{INT8}", "--engine", "litmark,litert", *LIBS)
        self.assertEqual(process.returncode, 3)
        self.assertEqual(len(document["comparison"]["rows"]), 1)
        self.assertEqual([(f["model"], f["exit_code"]) for f in document["failures"]], [(broken.name, 3)])

    def test_schema(self):
        try:
            import jsonschema
        except ImportError:
            self.skipTest("python3-jsonschema is not installed")
        schema = json.loads((pathlib.Path(__file__).parents[2] / "reports" / "result.schema.json").read_text())
        validator = jsonschema.Draft202012Validator(schema)
        for fake in ("", "refuse", "fail", "wrong", "lazy"):
            _, document = compare("--model", f"{INT8},{FLOAT}", "--engine", "litmark,litert,openvino-default", *LIBS,
                                  fake=fake)
            self.assertEqual([e.message for e in validator.iter_errors(document)], [], fake)
        for damage in (lambda d: d["comparison"].pop("baseline"),
                       lambda d: d["comparison"]["rows"][0]["engines"][0].update(status="lost"),
                       lambda d: d["comparison"]["rows"][0]["engines"][0].pop("output"),
                       lambda d: d["comparison"]["rows"][0]["engines"][1]["ratio"].update(median=0)):
            damaged = json.loads(json.dumps(document))
            damage(damaged)
            self.assertTrue(list(validator.iter_errors(damaged)))


class Usage(unittest.TestCase):
    def fails(self, code, text, *args, env=None):
        process = run(*args, env=env)
        self.assertEqual(process.returncode, code, process.stderr)
        lines = process.stderr.strip().split("\n")
        self.assertEqual(len(lines), 1, process.stderr)
        self.assertTrue(lines[0].startswith("litmark: "), lines[0])
        self.assertIn(text, lines[0])

    def test_usage_errors(self):
        base = ["bench", "--model", INT8]
        self.fails(2, "did you mean 'litert'", *base, "--engine", "litrt")
        self.fails(2, "twice", *base, "--engine", "litmark,litmark")
        self.fails(2, "needs --engine", *base, *LIBS)
        self.fails(2, "wants litert=PATH", *base, "--engine", "litmark", "--engine-lib", "tvm=/x.so")
        self.fails(2, "wants litert=PATH", *base, "--engine", "litmark", "--engine-lib", "litert=")
        self.fails(2, "--blocks", *base, "--engine", "litmark", "--blocks", "0")
        for flag in (["--random-interleaving"], ["--repetitions", "3"], ["--input-shape", "0=1"],
                     ["--gbench-json", "x.json"], ["--require-full-delegation"], ["--benchmark_filter=x"],
                     ["--benchmark_counters_tabular=true"], ["--delegate", "cpu,reference"]):
            self.fails(2, "does not go with --engine", *base, "--engine", "litmark", *flag)

    def test_missing_libraries(self):
        base = ["bench", "--model", INT8, "--engine"]
        self.fails(4, "/nowhere.so", *base, "litmark,litert", "--engine-lib", "litert=/nowhere.so")
        self.fails(4, "has no LiteRtRunCompiledModel", *base, "litert", "--engine-lib", "litert=" + INCOMPLETE)
        self.fails(4, "pip install openvino", *base, "litmark,openvino", env=dict(os.environ, VIRTUAL_ENV="/nowhere"))

    def test_run(self):
        with tempfile.TemporaryDirectory() as folder:
            outputs = []
            for engine in ("", "litmark", "litert", "openvino"):
                out = pathlib.Path(folder, engine or "none")
                args = ["--engine", engine] if engine else []
                process = run("run", "--model", INT8, "--random-input", "--seed", "5", "--output-dir", str(out), *args, *LIBS)
                self.assertEqual(process.returncode, 0, process.stderr)
                outputs.append((out / "output0.npy").read_bytes())
            self.assertEqual(outputs, [outputs[0]] * 4)
            base = ["run", "--model", INT8, "--output-dir", folder, *LIBS]
            self.fails(2, "run takes one", *base, "--random-input", "--engine", "litert,openvino")
            # Its output does not fit its input.
            self.fails(3, "input 0", *base, "--engine", "litert", "--input", str(pathlib.Path(folder, "none/output0.npy")))
            self.fails(3, "has 1 inputs, 2 files", *base, "--engine", "litert", "--input", "a", "--input", "b")
            self.fails(3, "nowhere.npy", *base, "--engine", "openvino", "--input", "nowhere.npy")


class Environment(unittest.TestCase):
    """Wheels, as pip lays them out."""

    def setUp(self):
        self.temporary = tempfile.TemporaryDirectory()
        self.addCleanup(self.temporary.cleanup)
        self.root = pathlib.Path(self.temporary.name)
        self.site = self.root / "lib" / "python3.99" / "site-packages"
        for folder, name, target in (("ai_edge_litert", "libLiteRt.so", FAKES["litert"]),
                                     ("openvino/libs", "libopenvino_c.so.2099", FAKES["openvino"])):
            (self.site / folder).mkdir(parents=True)
            (self.site / folder / name).symlink_to(target)
        (self.site / "ai_edge_litert-9.8.7.dist-info").mkdir()

    def check(self, env):
        process = run("devices", env=env)
        self.assertEqual(process.returncode, 0, process.stderr)
        self.assertRegex(process.stdout, r"\nlitmark +\d")
        self.assertRegex(process.stdout, r"\nlitert +9\.8\.7 .*" + re.escape(str(self.site)))
        self.assertRegex(process.stdout, r"\nopenvino +2099\.1\.0-fake .*libopenvino_c\.so\.2099")
        process, document = compare("--model", INT8, "--engine", "litmark,litert", env=env)
        self.assertEqual(process.returncode, 0, process.stderr)
        self.assertEqual(document["comparison"]["engines"][1]["version"], "9.8.7")

    def test_active_environment(self):
        self.check(dict(os.environ, VIRTUAL_ENV=str(self.root)))

    def test_python_on_the_path(self):
        tools = self.root / "bin"
        tools.mkdir()
        python = tools / "python3"
        python.write_text(f"#!/bin/sh\necho /nowhere/at/all\necho {self.site}\n")
        python.chmod(0o755)
        env = dict(os.environ, PATH=f"{tools}:{os.environ['PATH']}")
        env.pop("VIRTUAL_ENV", None)
        self.check(env)

    def test_nothing_there(self):
        process = run("devices", env=dict(os.environ, VIRTUAL_ENV="/nowhere"))
        self.assertEqual(process.returncode, 0)
        self.assertRegex(process.stdout, r"\nlitert +none +.*pip install ai-edge-litert")
        self.assertRegex(process.stdout, r"\nopenvino +none +.*pip install openvino")

    def test_names_of_delegates_only(self):
        self.assertNotIn("litert", run("devices", "--names").stdout)


class Report(unittest.TestCase):
    def test_page(self):
        with tempfile.TemporaryDirectory() as folder:
            result, out = pathlib.Path(folder, "engines.json"), pathlib.Path(folder, "site")
            process = run("bench", "--model", f"{FLOAT},{INT8}", "--engine", "litmark,litert,openvino", *LIBS, *QUICK,
                          "--json", str(result))
            self.assertEqual(process.returncode, 0, process.stderr)
            process = run("report", str(result), "--out", str(out))
            self.assertEqual(process.returncode, 0, process.stderr)
            self.assertIn("litert / baseline", process.stdout)
            page, text = (out / "index.html").read_text(), (out / "report.md").read_text()
            for part in ("Engines side by side", "Engines in detail", "Engine versions", "2099.1.0-fake"):
                self.assertIn(part, text)
            self.assertIn('<section id="engines">', page)
            self.assertRegex(text, r"Against the fastest peer: \*\*ahead in \d of 2 rows")
            rows = list(csv.DictReader((out / "engines.csv").read_text().splitlines()))
            self.assertEqual([(r["engine"], r["precision"]) for r in rows],
                             [(e, p) for p in ("float32", "int8") for e in ("litmark", "litert", "openvino")])
            document = json.loads(result.read_text())
            for r, e in zip(rows[3:], document["comparison"]["rows"][1]["engines"]):
                self.assertAlmostEqual(float(r["median_ms"]), e["latency_ms"]["median"], places=6)
                self.assertEqual(r["ratio"] == "", e["ratio"] is None)
            data = (out / "plots" / "engines.tsv").read_text().splitlines()
            self.assertEqual(len(data), 1 + 4)
            self.assertIn("litert", data[1])

    def test_hostile_results(self):
        _, document = compare("--model", INT8, "--engine", "litmark,litert,openvino", *LIBS)
        entry = document["comparison"]["rows"][0]["engines"][1]
        with tempfile.TemporaryDirectory() as folder:
            result, out = pathlib.Path(folder, "bad.json"), pathlib.Path(folder, "site")
            for where, key, value in ((entry, "engine", ""), (entry["ratio"], "median", "1"), (entry, "blocks", 3),
                                      (entry["output"], "top1_same", 1), (document["comparison"], "rows", {}),
                                      (entry["ratio"], "ci95", [2, 1]), (document["comparison"], "engines", [{}])):
                if key == "blocks":
                    continue  # samples are not read
                kept, where[key] = where[key], value
                result.write_text(json.dumps(document))
                process = run("report", str(result), "--out", str(out))
                self.assertEqual(process.returncode, 3, (key, process.stdout))
                where[key] = kept
            entry["engine"] = "<script>alert(1)</script>\"'`\\n|"
            result.write_text(json.dumps(document))
            process = run("report", str(result), "--out", str(out))
            self.assertEqual(process.returncode, 0, process.stderr)
            self.assertNotIn("<script>", (out / "index.html").read_text())


@unittest.skipUnless(list(VENV.glob("lib/python3*/site-packages/ai_edge_litert/libLiteRt.so")),
                     "no LiteRT (tests/conformance/make-venv)")
@unittest.skipIf(os.environ.get("LITMARK_SANITIZE"), "foreign code does not run under sanitizers")
class Real(unittest.TestCase):
    def test_real_engines(self):
        names = ["litmark", "litert"]
        if list(VENV.glob("lib/python3*/site-packages/openvino/libs/libopenvino_c.so*")):
            names += ["openvino", "openvino-default"]
        env = dict(os.environ, VIRTUAL_ENV=str(VENV))
        process, document = compare("--model", f"{FLOAT},{INT8}", "--engine", ",".join(names), "--threads", "1,2", env=env)
        self.assertEqual(process.returncode, 0, process.stderr)
        for row in document["comparison"]["rows"]:
            for e in row["engines"]:
                self.assertEqual(e["status"], "measured", e["message"])
                self.assertEqual(e["threads_used"], row["threads"], e["engine"])
                if row["model"]["precision"] == "float32" and e["engine"] != "openvino-default":
                    self.assertLess(e["output"]["max_relative"], 1e-3, e["engine"])


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])

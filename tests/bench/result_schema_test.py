# SPDX-License-Identifier: MIT
"""Results of litmark against reports/result.schema.json.

  result_schema_test.py LITMARK SCHEMA GLYPHS_FOLDER

Skipped (77) without python3-jsonschema.
"""
import copy
import json
import pathlib
import subprocess
import sys
import tempfile

try:
    import jsonschema
except ImportError:
    print("skipped: python3-jsonschema is not installed")
    sys.exit(77)

litmark, schema_path, glyphs = sys.argv[1], sys.argv[2], pathlib.Path(sys.argv[3])
schema = json.loads(pathlib.Path(schema_path).read_text())
jsonschema.Draft202012Validator.check_schema(schema)
validator = jsonschema.Draft202012Validator(schema)
failed = False


def check(name, document, good=True):
    global failed
    errors = list(validator.iter_errors(document))
    if bool(errors) == good:
        failed = True
        print(f"{name}: {'not valid' if good else 'valid, but must not be'}")
        for e in errors[:5]:
            print("  ", "/".join(map(str, e.path)), e.message[:300])


def produce(*args):
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder, "out.json")
        process = subprocess.run([litmark, *args, "--json", str(file)], capture_output=True, text=True, timeout=600)
        assert file.exists(), process.stderr
        return json.loads(file.read_text())


models = ",".join(str(glyphs / f"glyphs_{p}.tflite") for p in ("float32", "int8"))
quick = ["--min-time", "0.01", "--warmup-time", "0.02"]
bench = produce("bench", "--model", models, "--delegate", "cpu,reference,gpu", "--profile", *quick)
check("bench", bench)
check("bench --no-probe --no-check", produce("bench", "--model", models, "--no-probe", "--no-check", *quick))
check("bench --peak --isa", produce("bench", "--model", models, "--peak", "--isa", "scalar", "--threads", "2", *quick))
check("bench --engine --profile", produce("bench", "--model", models, "--engine", "litmark", "--blocks", "2",
                                          "--block-time", "0.01", "--profile", "--warmup-time", "0.02"))

# The schema must be able to say no.
for name, damage in {
    "version": lambda d: d.update(schema_version=2),
    "unit": lambda d: d["results"][0]["latency_ms"].update(median="1 ms"),
    "hash": lambda d: d["results"][0]["model"].update(sha256="abc"),
    "misspelt": lambda d: d["results"][0]["latency_ms"].update(medain=1),
    "no verdict": lambda d: d["results"][0].pop("verdict"),
    "kind": lambda d: d["results"][0].update(kind="bnech"),
}.items():
    damaged = copy.deepcopy(bench)
    damage(damaged)
    check(name, damaged, good=False)

if subprocess.run([litmark, "eval", "--help"], capture_output=True).returncode == 0:
    check("eval", produce("eval", "--model", models, "--delegate", "cpu", "--dataset", str(glyphs / "test")))
sys.exit(failed)

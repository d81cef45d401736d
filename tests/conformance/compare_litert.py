#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Compares litmark with LiteRT's reference kernels (OpResolverType.BUILTIN_REF), output by output.

Integers must be equal byte for byte; floats may differ by 1e-5 of the largest output. Inputs are
random and the same on both sides. A model that LiteRT itself refuses is counted, not compared.

  compare_litert.py --litmark build/release/cli/litmark --delegate cpu MODEL_OR_FOLDER ...
"""

import argparse
import hashlib
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

SKIPPED = 77  # what CTest takes for "skipped"

try:
    import numpy as np
except ImportError:
    print("skipped: no numpy in this Python; tests/conformance/make-venv makes an environment")
    sys.exit(SKIPPED)


def random_input(detail, rng):
    shape, dtype = [int(d) for d in detail["shape"]], np.dtype(detail["dtype"])
    if dtype.kind == "f":
        return rng.uniform(-1, 1, shape).astype(dtype)
    if dtype.kind == "b":
        return rng.integers(0, 2, shape).astype(dtype)
    if dtype.kind in "iu" and dtype.itemsize <= 2:
        info = np.iinfo(dtype)
        return rng.integers(info.min, info.max + 1, shape).astype(dtype)
    if dtype.kind in "iu":
        return rng.integers(0, 3, shape).astype(dtype)
    raise ValueError(f"no random values of {dtype}")


def run_litert(model, folder, seed):
    """Runs in a process of its own: LiteRT aborts on some models."""
    from ai_edge_litert.interpreter import Interpreter, OpResolverType

    interpreter = Interpreter(
        model_path=str(model),
        experimental_op_resolver_type=OpResolverType.BUILTIN_REF,
        num_threads=1,
    )
    interpreter.allocate_tensors()
    rng = np.random.default_rng(seed)
    for k, detail in enumerate(interpreter.get_input_details()):
        value = random_input(detail, rng)
        interpreter.set_tensor(detail["index"], value)
        np.save(folder / f"input{k}.npy", value)
    interpreter.invoke()
    for k, detail in enumerate(interpreter.get_output_details()):
        value = interpreter.get_tensor(detail["index"])
        if value.dtype.kind in "SUO":
            raise ValueError("output of strings")
        np.save(folder / f"expected{k}.npy", value)


def difference(want, got, tolerance):
    """"" when the two agree."""
    if want.dtype != got.dtype or want.size != got.size:
        return f"{got.dtype}{got.shape}, expected {want.dtype}{want.shape}"
    want, got = want.ravel(), got.ravel()
    if want.dtype.kind not in "fc":
        wrong = int((want != got).sum())
        return f"{wrong} of {want.size} integers differ" if wrong else ""
    if (np.isnan(want) != np.isnan(got)).any():
        return "NaN in different places"
    finite = np.isfinite(want)
    if (want[~finite & ~np.isnan(want)] != got[~finite & ~np.isnan(want)]).any():
        return "infinities differ"
    if not finite.any():
        return ""
    w, g = want[finite].astype(np.float64), got[finite].astype(np.float64)
    error = np.abs(w - g).max() / max(np.abs(w).max(), 1e-30)
    # Half precision carries 11 bits.
    limit = 2e-3 if want.dtype == np.float16 else tolerance
    return f"relative error {error:.2g}, allowed {limit:g}" if not error <= limit else ""


def run_litmark(args, model, said, out):
    inputs = sorted(said.glob("input*.npy"), key=lambda p: int(p.stem[5:]))
    command = [args.litmark, "run", "--model", model, "--delegate", args.delegate]
    command += ["--threads", str(args.threads), "--output-dir", out]
    if args.cache:
        command += ["--cache", args.cache]
    if args.delegate_options:
        command += ["--delegate-options", args.delegate_options]
    for path in inputs:
        command += ["--input", path]
    return subprocess.run([str(c) for c in command], capture_output=True, text=True)


def ask_oracle(args, model, folder):
    """Inputs and LiteRT's outputs as files in `folder`; False when it refuses the model."""
    command = [sys.executable, __file__, "--oracle", str(model), str(folder), str(args.seed)]
    return subprocess.run(command, capture_output=True).returncode == 0


def golden(args, model, work):
    """The folder with what LiteRT says; None when it refuses. Kept where --golden says, for other delegates."""
    if not args.golden:
        return work if ask_oracle(args, model, work) else None
    key = hashlib.sha256(model.read_bytes() + b"%d" % args.seed).hexdigest()[:32]
    kept, refused = pathlib.Path(args.golden, key), pathlib.Path(args.golden, key + ".refused")
    if not kept.exists() and not refused.exists():
        kept.parent.mkdir(parents=True, exist_ok=True)
        part = pathlib.Path(tempfile.mkdtemp(dir=args.golden))
        agreed = ask_oracle(args, model, part)
        try:
            os.rename(part, kept if agreed else refused)
        except OSError:  # another test was faster
            shutil.rmtree(part)
    return kept if kept.exists() else None


def check(args, model):
    """(verdict, detail): agrees, differs, refused (by litmark) or none (LiteRT refuses)."""
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        said = golden(args, model, folder)
        if said is None:
            return "none", ""
        done = run_litmark(args, model, said, folder / "out")
        if done.returncode != 0:
            text = (done.stderr.strip().splitlines() or ["no message"])[-1]
            kind = "refused" if done.returncode == 4 else "differs"
            return kind, f"exit {done.returncode}: {text}"
        for k in range(len(list(said.glob("expected*.npy")))):
            got = folder / "out" / f"output{k}.npy"
            if not got.exists():
                return "differs", f"output {k} is missing"
            text = difference(np.load(said / f"expected{k}.npy"), np.load(got), args.tolerance)
            if text:
                return "differs", f"output {k}: {text}"
        return "agrees", ""


def find_models(paths):
    for path in map(pathlib.Path, paths):
        yield from sorted(path.rglob("*.tflite")) if path.is_dir() else [path]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--litmark", required=True, help="the program under test")
    parser.add_argument("--delegate", default="reference")
    parser.add_argument("--delegate-options", default="")
    parser.add_argument("--cache", default="", help="for the delegate")
    parser.add_argument("--golden", default="", help="folder that keeps what LiteRT said")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--tolerance", type=float, default=1e-5, help="of floats, relative")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--allow-refusals", action="store_true",
                        help="ops that litmark has not are no failure")
    parser.add_argument("models", nargs="+", help="files, or folders that are searched")
    args = parser.parse_args()
    models = [m for m in find_models(args.models) if m.exists()]
    if not models:
        print("skipped: none of the models is here:", " ".join(args.models))
        return SKIPPED
    try:
        import ai_edge_litert  # noqa: F401
    except ImportError:
        print("skipped: no LiteRT in this Python; tests/conformance/make-venv installs it")
        return SKIPPED
    names = subprocess.run([args.litmark, "devices", "--names"], capture_output=True, text=True).stdout.split()
    if args.delegate not in ["reference", *names]:
        print(f"skipped: delegate {args.delegate} finds no device here")
        return SKIPPED
    counts = {"agrees": 0, "differs": 0, "refused": 0, "none": 0}
    for model in models:
        verdict, detail = check(args, model)
        counts[verdict] += 1
        if detail:
            print(f"{verdict}: {model}: {detail}", flush=True)
    print(f"{args.delegate}: {counts['agrees']} agree, {counts['differs']} differ, "
          f"{counts['refused']} refused by litmark, {counts['none']} refused by LiteRT")
    bad = counts["differs"] + (0 if args.allow_refusals else counts["refused"])
    return 1 if bad or counts["agrees"] == 0 else 0


if __name__ == "__main__":
    if len(sys.argv) == 5 and sys.argv[1] == "--oracle":
        run_litert(pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3]), int(sys.argv[4]))
        sys.exit(0)
    sys.exit(main())

#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs litmark on broken model files: each must end in a clean run or in one line on stderr.

  check_broken_files.py --litmark build/asan/cli/litmark [--command run|inspect] FOLDER_OR_FILE ...
"""

import argparse
import pathlib
import subprocess
import sys
import tempfile

SKIPPED = 77
HANG_SECONDS = 300  # no measure of speed: what runs longer hangs


def check(command):
    try:
        done = subprocess.run(command, capture_output=True, text=True, errors="replace",
                              timeout=HANG_SECONDS)
    except subprocess.TimeoutExpired:
        return "hangs"
    lines = [line for line in done.stderr.splitlines() if line.strip()]
    if done.returncode < 0:
        return f"signal {-done.returncode}"
    if done.returncode > 5:
        return f"exit code {done.returncode}: {' '.join(lines)[:300]}"
    if done.returncode != 0 and (len(lines) != 1 or not lines[0].startswith("litmark: ")):
        return f"exit code {done.returncode} with {len(lines)} lines on stderr"
    if done.returncode == 0 and lines:
        return f"exit code 0 with '{lines[0][:200]}' on stderr"
    return ""


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--litmark", required=True)
    parser.add_argument("--delegate", default="cpu")
    parser.add_argument("files", nargs="+", help="files, or folders that are searched")
    args = parser.parse_args()
    models = []
    for path in map(pathlib.Path, args.files):
        models += sorted(path.rglob("*.tflite")) if path.is_dir() else [path]
    models = [m for m in models if m.exists()]
    if not models:
        print("skipped: none of the files is here:", " ".join(args.files))
        return SKIPPED
    bad = 0
    with tempfile.TemporaryDirectory() as out:
        for model in models:
            run = [args.litmark, "run", "--model", str(model), "--delegate", args.delegate,
                   "--random-input", "--output-dir", out]
            for command in (run, [args.litmark, "inspect", str(model)]):
                why = check(command)
                if why:
                    print(f"{model}: {command[1]}: {why}")
                    bad += 1
    print(f"{len(models)} broken files, {bad} ended badly")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())

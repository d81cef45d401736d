#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Count the glyphs models' correct top-1 answers on the test split with LiteRT.

The reference kernels are used on one thread, so the counts do not depend on the
processor's vector unit. Equal outputs count for the lowest label index.
"""
import argparse
import csv
import pathlib

import numpy as np
from ai_edge_litert.interpreter import Interpreter, OpResolverType
from PIL import Image

HERE = pathlib.Path(__file__).resolve().parent
MODELS = [f"glyphs_{name}.tflite" for name in ("float32", "float16", "dynamic", "int8")]


def predict(path, images):
    """The label index that the model gives each image."""
    interpreter = Interpreter(str(path), num_threads=1,
                              experimental_op_resolver_type=OpResolverType.BUILTIN_REF)
    interpreter.allocate_tensors()
    source, sink = interpreter.get_input_details()[0], interpreter.get_output_details()[0]
    integer = source["dtype"] == np.int8
    answers = []
    for image in images:
        pixels = image.astype(np.float32).reshape(source["shape"])
        values = pixels - 128 if integer else (pixels - 127.5) / 127.5
        interpreter.set_tensor(source["index"], values.astype(source["dtype"]))
        interpreter.invoke()
        answers.append(int(interpreter.get_tensor(sink["index"]).argmax()))
    return np.array(answers)


def main():
    parser = argparse.ArgumentParser(
        description="Run the four models over test/ and write expected_top1.csv.")
    parser.add_argument("--dir", type=pathlib.Path, default=HERE,
                        help="folder with the models and test/ (default: this script's folder)")
    args = parser.parse_args()

    with open(args.dir / "test" / "labels.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    images = [np.asarray(Image.open(args.dir / "test" / row["file"])) for row in rows]
    labels = np.array([int(row["label_index"]) for row in rows])
    answers = {name: predict(args.dir / name, images) for name in MODELS}
    with open(args.dir / "expected_top1.csv", "w", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(["model", "correct", "total"])
        for name in MODELS:
            correct = int((answers[name] == labels).sum())
            table.writerow([name, correct, len(labels)])
            changed = int((answers[name] != answers[MODELS[0]]).sum())
            print(f"{name}: {correct}/{len(labels)} = {correct / len(labels):.2%}, "
                  f"{changed} answers unlike {MODELS[0]}'s")


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Train the glyphs classifier and write it as four .tflite files.

float32, float16 weights, dynamic range (int8 weights, float activations) and full
integer (int8 in and out). Inputs are 1x32x32x1: (pixel - 127.5) / 127.5 for the
float ones, pixel - 128 for the int8 one. Outputs are 36 softmax values.
"""
import argparse
import pathlib

import numpy as np
import tensorflow as tf

import make_dataset
from make_dataset import HERE, LABELS, SIZE, TEST_COUNT

layers = tf.keras.layers


def scaled(images):
    """uint8 pixels as the float values in [-1, 1] that the models take."""
    return (images[..., None].astype(np.float32) - 127.5) / 127.5


def convolution(x, filters, kernel=1, stride=1, relu=True):
    x = layers.Conv2D(filters, kernel, stride, padding="same", use_bias=False)(x)
    x = layers.BatchNormalization(momentum=0.9)(x)
    return layers.ReLU(6.0)(x) if relu else x


def inverted_residual(x, filters, expanded, stride=1):
    """Expand, filter each channel, project; add the input back where shapes allow it."""
    y = convolution(x, expanded)
    y = layers.DepthwiseConv2D(3, stride, padding="same", use_bias=False)(y)
    y = layers.BatchNormalization(momentum=0.9)(y)
    y = convolution(layers.ReLU(6.0)(y), filters, relu=False)
    return layers.Add()([x, y]) if stride == 1 and x.shape[-1] == filters else y


def build_model():
    image = layers.Input((SIZE, SIZE, 1))
    x = convolution(image, 32, kernel=3, stride=2)
    x = inverted_residual(x, 32, 64)
    x = inverted_residual(x, 56, 96, stride=2)
    x = inverted_residual(x, 56, 144)
    x = inverted_residual(x, 56, 144)
    x = inverted_residual(x, 96, 192, stride=2)
    x = inverted_residual(x, 96, 240)
    x = convolution(x, 192)
    x = layers.Dropout(0.1)(layers.GlobalAveragePooling2D()(x))
    return tf.keras.Model(image, layers.Dense(len(LABELS), activation="softmax")(x))


def augment(images, labels):
    """Cheap changes that make each epoch see other pictures: inversion, shift, level."""
    count = tf.shape(images)[0]
    sign = tf.where(tf.random.uniform((count, 1, 1, 1)) < 0.5, -1.0, 1.0)
    gain = tf.random.uniform((count, 1, 1, 1), 0.8, 1.1)
    level = tf.random.uniform((count, 1, 1, 1), -0.1, 0.1)
    images = tf.clip_by_value(images * sign * gain + level, -1.0, 1.0)
    shift = tf.random.uniform((2,), -2, 3, tf.int32)
    padded = tf.pad(images, [[0, 0], [2, 2], [2, 2], [0, 0]], "REFLECT")
    return padded[:, 2 + shift[0]:2 + shift[0] + SIZE, 2 + shift[1]:2 + shift[1] + SIZE], labels


def train(model, args):
    images, labels = make_dataset.make_split("train", args.images, args.fonts, args.jobs)
    held, held_labels = make_dataset.make_split("validation", TEST_COUNT, args.fonts, args.jobs)
    data = tf.data.Dataset.from_tensor_slices((images, labels.astype(np.int32)))
    data = data.shuffle(len(images), seed=args.seed).batch(args.batch, drop_remainder=True)
    data = data.map(lambda x, y: ((tf.cast(x, tf.float32)[..., None] - 127.5) / 127.5,
                                  tf.one_hot(y, len(LABELS))))
    data = data.map(augment).prefetch(2)
    rate = tf.keras.optimizers.schedules.CosineDecay(
        0.0, args.epochs * (args.images // args.batch) - 200, warmup_target=args.rate,
        warmup_steps=200)
    model.compile(tf.keras.optimizers.AdamW(rate, weight_decay=0.01),
                  tf.keras.losses.CategoricalCrossentropy(label_smoothing=0.05),
                  metrics=["accuracy"])
    model.fit(data, epochs=args.epochs, verbose=2, validation_data=(
        scaled(held), tf.one_hot(held_labels, len(LABELS))))


def calibration_images(args):
    """Images for choosing the int8 ranges: none is a test image, and they reach 0 and 255."""
    images, _ = make_dataset.make_split("calibration", 504, args.fonts, args.jobs)
    test, _ = make_dataset.make_split("test", TEST_COUNT, args.fonts, args.jobs)
    assert not {image.tobytes() for image in images} & {image.tobytes() for image in test}
    assert images.min() == 0 and images.max() == 255
    return scaled(images)


def convert(model, args):
    """The four files' bytes, by the name each is written under."""
    @tf.function(input_signature=[tf.TensorSpec((1, SIZE, SIZE, 1), tf.float32, "image")])
    def classify(image):
        return model(image, training=False)

    def converter():
        return tf.lite.TFLiteConverter.from_concrete_functions([classify.get_concrete_function()])

    def smaller():
        made = converter()
        made.optimizations = [tf.lite.Optimize.DEFAULT]
        return made

    float16 = smaller()
    float16.target_spec.supported_types = [tf.float16]
    images = calibration_images(args)
    int8 = smaller()
    int8.representative_dataset = lambda: ([image[None]] for image in images)
    int8.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    int8.inference_input_type = int8.inference_output_type = tf.int8
    made = {"float32": converter(), "float16": float16, "dynamic": smaller(), "int8": int8}
    return {f"glyphs_{name}.tflite": each.convert() for name, each in made.items()}


def main():
    parser = argparse.ArgumentParser(
        description="Train the glyphs classifier on images made on the fly, convert it and "
                    "write glyphs_{float32,float16,dynamic,int8}.tflite. Training is not "
                    "bit-exact from one processor to another; expect about the same accuracy.")
    parser.add_argument("--out", type=pathlib.Path, default=HERE,
                        help="folder for the .tflite files (default: this script's folder)")
    parser.add_argument("--fonts", default="/usr/share/fonts",
                        help="folder that holds truetype/ and opentype/ (default: %(default)s)")
    parser.add_argument("--weights", type=pathlib.Path,
                        help="a .weights.h5 file: read and convert it if it is there, "
                             "else train and write it")
    parser.add_argument("--images", type=int, default=144000,
                        help="training images (default: %(default)s)")
    parser.add_argument("--epochs", type=int, default=11, help="default: %(default)s")
    parser.add_argument("--batch", type=int, default=192, help="default: %(default)s")
    parser.add_argument("--rate", type=float, default=0.003,
                        help="highest learning rate (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=7, help="default: %(default)s")
    parser.add_argument("--jobs", type=int, default=2,
                        help="processes that make images (default: %(default)s)")
    args = parser.parse_args()

    tf.keras.utils.set_random_seed(args.seed)
    model = build_model()
    print(f"{model.count_params()} parameters")
    if args.weights and args.weights.exists():
        model.load_weights(args.weights)
    else:
        train(model, args)
        if args.weights:
            model.save_weights(args.weights)
    for name, data in convert(model, args).items():
        (args.out / name).write_bytes(data)
        print(f"{name}: {len(data)} bytes")


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Generate the glyphs image set: distorted grey 32x32 renderings of 0-9 and A-Z.

Every image depends only on (split, index), so any image can be made again on its
own, in any order and by any number of processes. Run as a program this writes the
test split next to itself; train.py imports it for the training and calibration
splits, which are made in memory and never stored.
"""
import argparse
import csv
import functools
import multiprocessing
import pathlib
import shutil
import urllib.parse

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

HERE = pathlib.Path(__file__).resolve().parent
LABELS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
SIZE = 32           # side of a finished image
WORK = 2 * SIZE     # side while drawing; halved at the end, which smooths edges
CANVAS = 128        # side of the undistorted glyph mask
FONT_SIZE = 104     # glyph size on that mask
SEEDS = {"train": 101, "calibration": 202, "validation": 303, "test": 404}
TEST_COUNT = 56 * len(LABELS)

# Debian package -> font files it installs below --fonts.
TRAIN_FONTS = {
    "fonts-dejavu-core": """truetype/dejavu/DejaVuSans.ttf truetype/dejavu/DejaVuSans-Bold.ttf
        truetype/dejavu/DejaVuSansMono.ttf truetype/dejavu/DejaVuSansMono-Bold.ttf
        truetype/dejavu/DejaVuSerif.ttf truetype/dejavu/DejaVuSerif-Bold.ttf""",
    "fonts-liberation": """truetype/liberation/LiberationMono-Bold.ttf
        truetype/liberation/LiberationMono-Italic.ttf truetype/liberation/LiberationMono-Regular.ttf
        truetype/liberation/LiberationSans-BoldItalic.ttf
        truetype/liberation/LiberationSans-Regular.ttf
        truetype/liberation/LiberationSansNarrow-Bold.ttf
        truetype/liberation/LiberationSansNarrow-Regular.ttf
        truetype/liberation/LiberationSerif-Bold.ttf
        truetype/liberation/LiberationSerif-Italic.ttf
        truetype/liberation/LiberationSerif-Regular.ttf""",
    "fonts-freefont-ttf": """truetype/freefont/FreeMono.ttf truetype/freefont/FreeMonoBold.ttf
        truetype/freefont/FreeSans.ttf truetype/freefont/FreeSansBoldOblique.ttf
        truetype/freefont/FreeSerif.ttf truetype/freefont/FreeSerifBoldItalic.ttf""",
    "fonts-lato": """truetype/lato/Lato-Black.ttf truetype/lato/Lato-Italic.ttf
        truetype/lato/Lato-Light.ttf truetype/lato/Lato-Regular.ttf""",
    "fonts-open-sans": """truetype/open-sans/OpenSans-Bold.ttf
        truetype/open-sans/OpenSans-CondLight.ttf truetype/open-sans/OpenSans-Italic.ttf
        truetype/open-sans/OpenSans-Regular.ttf""",
    "fonts-hack": "truetype/hack/Hack-BoldItalic.ttf truetype/hack/Hack-Regular.ttf",
    "fonts-cantarell": """opentype/cantarell/Cantarell-ExtraBold.otf
        opentype/cantarell/Cantarell-Regular.otf""",
    "fonts-comfortaa": """truetype/comfortaa/Comfortaa-Bold.ttf
        truetype/comfortaa/Comfortaa-Regular.ttf""",
    "fonts-courier-prime": """opentype/courier-prime/Courier%20Prime.otf
        opentype/courier-prime/Courier%20Prime%20Sans%20Bold.otf""",
    "fonts-ebgaramond": """opentype/ebgaramond/EBGaramond12-Bold.otf
        opentype/ebgaramond/EBGaramond12-Italic.otf
        opentype/ebgaramond/EBGaramond12-Regular.otf""",
    "fonts-jetbrains-mono": """truetype/jetbrains-mono/JetBrainsMono-Bold.ttf
        truetype/jetbrains-mono/JetBrainsMono-Light.ttf""",
    "fonts-crosextra-carlito": """truetype/crosextra/Carlito-BoldItalic.ttf
        truetype/crosextra/Carlito-Regular.ttf""",
    "fonts-lobster": "opentype/lobster/lobster.otf",
}
# Half of the test images use these, which no other split ever does.
TEST_FONTS = {
    "fonts-cabin": "opentype/cabin/Cabin-BoldItalic.otf opentype/cabin/Cabin-Regular.otf",
    "fonts-crosextra-caladea": """truetype/crosextra/Caladea-Bold.ttf
        truetype/crosextra/Caladea-Italic.ttf truetype/crosextra/Caladea-Regular.ttf""",
    "fonts-humor-sans": "truetype/humor-sans/Humor-Sans.ttf",
    "fonts-junction": "opentype/junction/Junction.otf",
    "fonts-mononoki": "truetype/mononoki/mononoki-Bold.ttf truetype/mononoki/mononoki-Regular.ttf",
    "fonts-play": "truetype/play/Play-Bold.ttf truetype/play/Play-Regular.ttf",
    "fonts-quattrocento": "opentype/quattrocento/Quattrocento-Regular.otf",
    "fonts-sil-gentium": "truetype/gentium/Gentium-I.ttf truetype/gentium/Gentium-R.ttf",
    "fonts-vollkorn": """truetype/vollkorn/Vollkorn-Black.ttf
        truetype/vollkorn/Vollkorn-Regular.ttf""",
}


def font_files(table, root):
    """Paths of a font table's files; stops with the package's name if one is missing."""
    paths = []
    for package, names in table.items():
        for name in names.split():
            path = pathlib.Path(root, urllib.parse.unquote(name))
            if not path.is_file():
                raise SystemExit(f"{path} is missing: install the Debian package {package}")
            paths.append(str(path))
    return paths


@functools.lru_cache(maxsize=None)
def glyph_mask(path, char):
    """The character in white on black, centred, before any distortion."""
    font = ImageFont.truetype(path, FONT_SIZE, layout_engine=ImageFont.Layout.BASIC)
    mask = Image.new("L", (CANVAS, CANVAS))
    ImageDraw.Draw(mask).text((CANVAS // 2, CANVAS // 2), char, 255, font, anchor="mm")
    left, top, right, bottom = mask.getbbox()
    shift = (CANVAS - left - right) / 2, (CANVAS - top - bottom) / 2
    centred = Image.new("L", mask.size)
    centred.paste(mask, (round(shift[0]), round(shift[1])))
    return np.asarray(centred, np.float32) / 255


def smooth_field(rng, cells, side):
    """Random field in about [-1, 1]: a cells x cells grid scaled up to side x side."""
    grid = Image.fromarray(rng.uniform(-1, 1, (cells, cells)).astype(np.float32))
    return np.asarray(grid.resize((side, side), Image.Resampling.BICUBIC))


def sample(image, x, y):
    """Bilinear look-up of image at fractional x, y; zero outside."""
    image = np.pad(image, 1)
    x = np.clip(x + 1, 0, image.shape[1] - 1.001)
    y = np.clip(y + 1, 0, image.shape[0] - 1.001)
    x0, y0 = x.astype(int), y.astype(int)
    fx, fy = x - x0, y - y0
    top = image[y0, x0] * (1 - fx) + image[y0, x0 + 1] * fx
    bottom = image[y0 + 1, x0] * (1 - fx) + image[y0 + 1, x0 + 1] * fx
    return top * (1 - fy) + bottom * fy


def warp(rng, mask):
    """Rotation, shear, scale, perspective, shift and elastic distortion in one look-up."""
    y, x = np.mgrid[0:WORK, 0:WORK].astype(np.float32) / (WORK / 2) - 1
    x = x + rng.uniform(-0.2, 0.2) + 0.08 * smooth_field(rng, 5, WORK)
    y = y + rng.uniform(-0.2, 0.2) + 0.08 * smooth_field(rng, 5, WORK)
    depth = 1 + rng.uniform(-0.25, 0.25) * x + rng.uniform(-0.25, 0.25) * y
    x, y = x / depth, y / depth
    angle, shear = np.radians(rng.uniform(-18, 18)), rng.uniform(-0.3, 0.3)
    x, y = (x * np.cos(angle) - y * np.sin(angle), x * np.sin(angle) + y * np.cos(angle))
    x = (x + shear * y) / rng.uniform(0.7, 1.15)
    y = y / rng.uniform(0.75, 1.15)
    return sample(mask, (x + 1) * CANVAS / 2, (y + 1) * CANVAS / 2)


def occlude(rng, image):
    """Strokes and blocks of any grey over the picture."""
    canvas = Image.fromarray(image)
    draw = ImageDraw.Draw(canvas)
    for _ in range(rng.choice([0, 0, 1, 1, 2])):
        x0, y0, x1, y1 = rng.uniform(0, WORK, 4)
        draw.line((x0, y0, x1, y1), rng.uniform(0, 255), int(rng.integers(2, 5)))
    if rng.random() < 0.25:
        x0, y0 = rng.uniform(0, WORK, 2)
        width, height = rng.uniform(6, 16, 2)
        draw.rectangle((x0, y0, x0 + width, y0 + height), rng.uniform(0, 255))
    return canvas


def draw_image(rng, path, char):
    """One finished SIZE x SIZE uint8 image of char."""
    shape = warp(rng, glyph_mask(path, char))
    contrast = rng.uniform(60, 190)
    dark = rng.uniform(0, 255 - contrast)
    paper, ink = dark, dark + contrast
    if rng.random() < 0.5:
        paper, ink = ink, paper
    paper = paper + rng.uniform(0, 40) * smooth_field(rng, 3, WORK)
    ink = ink + rng.uniform(0, 25) * smooth_field(rng, 3, WORK)
    image = occlude(rng, (paper + (ink - paper) * shape).astype(np.float32))
    image = Image.fromarray(np.clip(np.asarray(image), 0, 255).astype(np.uint8))
    image = image.filter(ImageFilter.GaussianBlur(rng.uniform(0, 2.0)))
    image = np.asarray(image, np.float32).reshape(SIZE, 2, SIZE, 2).mean((1, 3))
    image = image + rng.normal(0, rng.uniform(2, 16), image.shape)
    return np.clip(np.rint(image), 0, 255).astype(np.uint8)


def make_image(split, fonts, index):
    """Image number index of a split and its label index; classes take turns."""
    rng = np.random.default_rng([SEEDS[split], index])
    label = index % len(LABELS)
    table = fonts[int(rng.integers(len(fonts)))]
    return draw_image(rng, table[int(rng.integers(len(table)))], LABELS[label]), label


def make_split(split, count, root, jobs):
    """Arrays of count images (N, SIZE, SIZE) uint8 and label indices (N,)."""
    fonts = [font_files(TRAIN_FONTS, root)]
    if split == "test":
        fonts.append(font_files(TEST_FONTS, root))
    with multiprocessing.get_context("spawn").Pool(jobs) as pool:
        made = pool.map(functools.partial(make_image, split, fonts), range(count), 250)
    return np.stack([image for image, _ in made]), np.array([label for _, label in made])


def main():
    parser = argparse.ArgumentParser(
        description="Write the test split: PNG files, labels.csv and labels.txt. The same "
                    "options and the pinned package versions give the same images again.")
    parser.add_argument("--out", type=pathlib.Path, default=HERE,
                        help="folder for labels.txt and test/ (default: this script's folder); "
                             "an existing test/ there is replaced")
    parser.add_argument("--count", type=int, default=TEST_COUNT,
                        help="test images, classes taking turns (default: %(default)s)")
    parser.add_argument("--fonts", default="/usr/share/fonts",
                        help="folder that holds truetype/ and opentype/ (default: %(default)s)")
    parser.add_argument("--jobs", type=int, default=2, help="processes (default: %(default)s)")
    args = parser.parse_args()

    images, labels = make_split("test", args.count, args.fonts, args.jobs)
    folder = args.out / "test"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (args.out / "labels.txt").write_text("".join(f"{char}\n" for char in LABELS))
    with open(folder / "labels.csv", "w", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(["file", "label_index", "label"])
        for index, (image, label) in enumerate(zip(images, labels)):
            name = f"{index:04d}.png"
            Image.fromarray(image).save(folder / name, optimize=True)
            rows.writerow([name, label, LABELS[label]])
    print(f"{args.count} images in {folder}")


if __name__ == "__main__":
    main()

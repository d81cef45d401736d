#!/bin/sh
# SPDX-License-Identifier: MIT
# litmark eval as a user meets it: counts on the shipped images, files it writes, how it fails.
# usage: eval_cli_test.sh LITMARK GLYPHS_FOLDER SCHEMA
set -u
litmark=$1
glyphs=$2
schema=$3
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT
failures=0

fail() {
  echo "FAILED: $*"
  failures=$((failures + 1))
}

# expect CODE TEXT ARGUMENTS...: the exit code, and a single line on stderr that holds TEXT.
expect() {
  want=$1 text=$2
  shift 2
  "$litmark" eval "$@" >"$work/out" 2>"$work/err"
  code=$?
  [ "$code" = "$want" ] || fail "eval $*: exit code $code, want $want: $(cat "$work/err")"
  [ "$(wc -l <"$work/err")" = 1 ] || fail "eval $*: not one line: $(cat "$work/err")"
  grep -qF -- "$text" "$work/err" || fail "eval $*: '$(cat "$work/err")', want '$text'"
}

# number KEY FILE: the first number after "KEY" in a JSON file.
number() {
  tr -d ' \t\n' <"$2" | sed "s/.*\"top1\":{[^}]*\"$1\":\([0-9.]*\).*/\1/"
}

model=$glyphs/glyphs_int8.tflite
[ -f "$model" ] || { echo "no models in $glyphs"; exit 77; }
delegate=reference
"$litmark" devices 2>/dev/null | grep -q '^ *cpu' && delegate=cpu

# Counts of the reference implementation.
want=$(sed -n 's/^glyphs_int8.tflite,\([0-9]*\),.*/\1/p' "$glyphs/expected_top1.csv")
"$litmark" eval --model "$model" --dataset "$glyphs/test" --delegate $delegate \
  --json "$work/a.json" --per-image "$work/all.csv" --list-errors "$work/wrong.csv" \
  >"$work/out" 2>"$work/err" || fail "eval of glyphs_int8: $(cat "$work/err")"
[ -s "$work/err" ] && fail "stderr is not empty in a pipe: $(cat "$work/err")"
[ "$(number correct "$work/a.json")" = "$want" ] ||
  fail "glyphs_int8: $(number correct "$work/a.json") right, want $want"
total=$(number total "$work/a.json")
[ "$(grep -c ',1$' "$work/all.csv")" = "$want" ] || fail "--per-image does not add up"
[ "$(wc -l <"$work/all.csv")" = $((total + 1)) ] || fail "--per-image has not a row an image"
[ "$(wc -l <"$work/wrong.csv")" = $((total - want + 1)) ] || fail "--list-errors does not add up"
grep -q '"sha256"' "$work/a.json" || fail "no hash in the result"

# Two models side by side; the quantized one is compared with the first.
"$litmark" eval -m "$glyphs/glyphs_float32.tflite,$model" --dataset "$glyphs/test" -d $delegate \
  --limit 40 --json - >"$work/b.json" 2>"$work/err" || fail "two models: $(cat "$work/err")"
for key in mcnemar_p right_to_wrong top1_same ci95 label_offset ran_on eval_latency_ms; do
  grep -q "\"$key\"" "$work/b.json" || fail "no $key in the result of two models"
done

# On several delegates, float against quantized is stated for each of them, and delegate against
# delegate for each model.
if [ "$delegate" != reference ]; then
  "$litmark" eval -m "$glyphs/glyphs_float32.tflite,$model" --dataset "$glyphs/test" \
    -d "reference,$delegate" -t 1 --limit 4 --json "$work/e.json" >/dev/null 2>&1 ||
    fail "two models on two delegates"
  against=$(sed -n 's/.*"with":[[:space:]]*"\([^"]*\)".*/\1/p' "$work/e.json" | paste -sd' ')
  float=glyphs_float32 quantized=$(basename "$model" .tflite)
  want="$float/reference/threads:1 $float/reference/threads:1 $float/$delegate/threads:1"
  want="$want $quantized/reference/threads:1"
  [ "$against" = "$want" ] || fail "compared with '$against', not with '$want'"
fi

# The result is what the schema says, where a validator is installed.
if python3 -c 'import jsonschema' 2>/dev/null; then
  for result in "$work/a.json" "$work/b.json"; do
    python3 -c 'import json, sys, jsonschema
jsonschema.validate(json.load(open(sys.argv[1])), json.load(open(sys.argv[2])))' \
      "$result" "$schema" 2>"$work/err" || fail "schema: $(tail -n 3 "$work/err")"
  done
fi

# One folder a class gives what the list gives.
mkdir -p "$work/folders"
tail -n +2 "$glyphs/test/labels.csv" | head -n 72 | tr -d '\r' | while IFS=, read -r file label rest; do
  folder=$(printf '%s/folders/%03d' "$work" "$label")
  mkdir -p "$folder" && cp "$glyphs/test/$file" "$folder/"
done
{ head -n 1 "$glyphs/test/labels.csv"; tail -n +2 "$glyphs/test/labels.csv" | head -n 72; } >"$work/72.csv"
"$litmark" eval -m "$model" --dataset "$work/folders" -d $delegate --json "$work/c.json" >/dev/null ||
  fail "class folders"
"$litmark" eval -m "$model" --dataset "$glyphs/test" --labels "$work/72.csv" -d $delegate \
  --json "$work/d.json" >/dev/null || fail "--labels"
classes=$(find "$work/folders" -mindepth 1 -maxdepth 1 | wc -l)
if [ "$classes" = 36 ]; then
  [ "$(number correct "$work/c.json")" = "$(number correct "$work/d.json")" ] ||
    fail "class folders give another count than the list"
fi

# Broken images.
mkdir "$work/broken"
first=$(sed -n 2p "$glyphs/test/labels.csv" | cut -d, -f1)
label=$(sed -n 2p "$glyphs/test/labels.csv" | cut -d, -f2)
cp "$glyphs/test/$first" "$work/broken/good.png"
head -c 100 "$work/broken/good.png" >"$work/broken/cut.png"
printf 'GIF89a' >"$work/broken/gif.png"
printf 'file,label_index\ngood.png,%s\ncut.png,0\ngif.png,1\nmissing.png,2\n' "$label" \
  >"$work/broken/labels.csv"
expect 3 "missing.png: No such file or directory (line 5 of the labels)" \
  -m "$model" --dataset "$work/broken" -d $delegate
sed -i '$d' "$work/broken/labels.csv"
expect 3 "cut.png: PNG: " -m "$model" --dataset "$work/broken" -d $delegate
"$litmark" eval -m "$model" --dataset "$work/broken" -d $delegate --skip-broken \
  --json "$work/e.json" >"$work/out" 2>"$work/err" || fail "--skip-broken: $(cat "$work/err")"
[ "$(number total "$work/e.json")" = 1 ] || fail "--skip-broken counts broken images"
grep -q 'cut.png: skipped' "$work/err" || fail "--skip-broken does not list what it skips"
grep -q 'gif.png' "$work/e.json" || fail "skipped images are not in the result"

# How it fails otherwise.
# --isa: a limit of the cpu delegate, or a mistake.
expect 2 "isa=avx3 is unknown" -m "$model" --dataset "$glyphs/test" -d cpu --isa avx3
expect 2 "--isa needs the delegate cpu" -m "$model" --dataset "$glyphs/test" -d reference --isa scalar
expect 2 "give one" -m "$model" --dataset "$glyphs/test" -d cpu --isa scalar --delegate-options isa=scalar
expect 2 "--model" --dataset "$glyphs/test"
expect 2 "--dataset" -m "$model"
expect 2 "did you mean '--dataset'" --datset x
expect 2 "--crop" -m "$model" --dataset x --crop 2
expect 2 "--mean" -m "$model" --dataset x --mean 1,2
expect 2 "--std" -m "$model" --dataset x --std 0
expect 2 "--resize" -m "$model" --dataset x --resize cubic
expect 2 "has 3 values" -m "$model" --dataset "$glyphs/test" -d reference --mean 1,2,3
expect 3 "No such file" -m "$model" --dataset "$work/nothing"
expect 3 "No such file" -m "$work/nothing.tflite" --dataset "$glyphs/test" -d reference
expect 3 "cannot be created" -m "$model" --dataset "$glyphs/test" --json "$work/no/a.json"
expect 3 "a.csv: cannot be created" -m "$model" --dataset "$glyphs/test" --per-image "$work/no/a.csv"
expect 4 "delegate" -m "$model" --dataset "$glyphs/test" -d teapot
expect 2 "--delegate has an empty entry" -m "$model" --dataset "$glyphs/test" -d ''
expect 2 "--model has an empty entry" -m "$model," --dataset "$glyphs/test"
expect 2 "only one of" -m "$model" --dataset "$glyphs/test" --json - --per-image -
cp "$model" "$work/precious.tflite"
expect 2 "precious.tflite: is read, too" -m "$work/precious.tflite" --dataset "$glyphs/test" \
  --json "$work/precious.tflite"
expect 2 "labels.csv: is read, too" -m "$model" --dataset "$work/broken" \
  --list-errors "$work/broken/labels.csv"
cmp -s "$model" "$work/precious.tflite" || fail "a model was replaced by its result"

# What is asked for is what is printed.
"$litmark" eval -m "$model" --dataset "$glyphs/test" -d $delegate --limit 20 --top 3 >"$work/out" 2>&1
grep -q 'top-5 %  top-3 %  ' "$work/out" || fail "--top 3 is not in the table: $(cat "$work/out")"
"$litmark" eval -m "$model" --dataset "$glyphs/test" -d $delegate --limit 20 --quiet >"$work/out" 2>&1
[ -s "$work/out" ] && fail "--quiet prints: $(cat "$work/out")"
"$litmark" eval -m "$model" --dataset "$glyphs/test" -d $delegate --limit 20 --per-image - >"$work/out"
[ "$(wc -l <"$work/out")" = 21 ] || fail "--per-image - is not the list alone: $(cat "$work/out")"

mkdir "$work/labels" && cp "$work/broken/good.png" "$work/labels/"
printf 'file,label_index\ngood.png,36\n' >"$work/labels/labels.csv"
expect 3 "label 36 in line 2 of the dataset, but 36 outputs" \
  -m "$model" --dataset "$work/labels" -d reference
printf 'file;label_index\ngood.png;3\n' >"$work/labels/labels.csv"
expect 3 "labels.csv: line 1: no column 'file'" -m "$model" --dataset "$work/labels" -d reference
printf 'file,label_index\ngood.png,%s\n' "$label" >"$work/labels/labels.csv"
expect 1 "below --min-top1" -m "$model" --dataset "$glyphs/test" -d $delegate --limit 200 --min-top1 100

[ $failures = 0 ] && echo "all fine"
exit $((failures > 0))

#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""litmark report from the outside: golden facts about what it writes, and its failures.

  report_cli_test.py LITMARK FIXTURE
"""
import csv
import html
import html.parser
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import xml.dom.minidom

litmark, fixture = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
document = json.loads(pathlib.Path(fixture).read_text(encoding="utf-8"))
failures = []
VOID = {"meta", "br", "hr", "img", "link", "input"}


def check(condition, what):
    if not condition:
        failures.append(what)
        print("FAILED:", what)


def report(*args, env=None):
    return subprocess.run([litmark, "report", *map(str, args)], capture_output=True, text=True, env=env, timeout=120)


def shown(name):
    """A name as the report shows it."""
    name = name.replace("\t", " ").replace("\n", " ")
    return name.replace("\u202e", "\ufffd")


class Page(html.parser.HTMLParser):
    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.open, self.ids, self.text, self.problems, self.tags = [], [], [], [], set()

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        for name, value in attrs:
            if name == "id":
                self.ids.append(value)
            if name.startswith("on") or name in ("src", "srcset", "action"):
                self.problems.append(f"{tag} {name}")
            if name.endswith("href") and not value.startswith("#"):
                self.problems.append(f"{tag} {name}={value}")
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.problems.append(f"</{tag}> does not close what is open")

    def handle_data(self, data):
        self.text.append(data)


def check_html(path, plots):
    text = path.read_text(encoding="utf-8")
    page = Page()
    page.feed(text)
    page.close()
    words = "".join(page.text)
    check(not page.open, f"elements left open: {page.open}")
    check(not page.problems, f"html: {page.problems[:3]}")
    check(len(page.ids) == len(set(page.ids)), "ids are unique")
    check("script" not in page.tags and "<script" not in text.lower(), "no script")
    check(("svg" in page.tags) == plots, "plots inside the page")
    check(not re.search(r"(?<!xmlns=\")(?<!xlink=\")https?://", text), "no address")
    for result in document["results"]:
        check(shown(result["model"]["name"]) in words, f"name in html: {result['model']['name'][:40]!r}")
    for fact in ("24.81", "24.66–24.96", "13.3 MiB", "70.40 %", "358 of 500", "2.98×", "−1.20", "0.31",
                 "15 lost, 9 won", "NOISY", "axis of 1001 is above the 1000 that fit", "Example CPU 2 GHz",
                 "litmark bench --model 'it'\\''s $HOME.tflite' --threads 1,2", "no OpenCL library",
                 "<b>8 samples</b>, wants 30", "f32_gemm 6x16 avx2", "485 KiB", "120 GMAC/s", "avx512 <b>: vpdpbusd \"zmm\"", "reading DRAM", "40.0 GB/s",
                 "Winograd multiplies less than is counted", "cpu of 2 usable devices", "Mesa <i>", "1.75", "310.5", "vulkan, 2 CU, fp16, computed in fp32", "CONTRADICTION",
                 "gpu: vulkan", "Every node of mobilenet_v2_1.0_224_float32/vulkan/threads:1", "1x56x56x64 * 64x3x3x64 > 1x56x56x64"):
        check(fact in words, f"fact in html: {fact}")


def check_markdown(path):
    tables, rows = 0, 0
    widths = None
    for line in path.read_text(encoding="utf-8").splitlines():
        if not line.startswith("|"):
            widths = None
            continue
        cells = len(re.findall(r"(?<!\\)\|", line)) - 1
        if widths is None:
            tables += 1
            widths = cells
        rows += 1
        check(cells == widths, f"markdown row of {cells} cells, wants {widths}: {line[:80]}")
    check(tables >= 9 and rows > 100, f"markdown has {tables} tables, {rows} rows")
    text = path.read_text(encoding="utf-8")
    check("<script" not in text and "<b>" not in text, "markdown escapes")
    check("| 24.81" in text or "**24.81**" in text, "median in markdown")


def check_csv(path):
    raw = path.read_bytes()
    check(b"\r\n" in raw and raw.count(b"\r\n") == len(document["results"]) + 1, "csv line ends")
    rows = list(csv.DictReader(raw.decode("utf-8").splitlines(keepends=True)))
    check(len(rows) == len(document["results"]), f"csv has {len(rows)} rows")
    for row, result in zip(rows, document["results"]):
        name = shown(result["model"]["name"])
        check(row["model"] == (("'" + name) if name[0] in "=+-@" else name), f"csv name {row['model'][:40]!r}")
        check(None not in row and None not in row.values(), "csv row width")
        median = result.get("latency_ms", {}).get("median")
        check((float(row["median_ms"]) if row["median_ms"] else None) == median, "csv median is exact")
        p95 = result.get("latency_ms", {}).get("p95")
        check((float(row["p95_ms"]) if row["p95_ms"] else None) == p95, "csv p95")
        correct = result.get("accuracy", {}).get("top1", {}).get("correct")
        check((int(row["top1_correct"]) if row["top1_correct"] else None) == correct, "csv top1")


def check_plots(folder):
    for name in ("latency", "accuracy", "size", "memory", "roofline", "times"):
        svg = folder / f"{name}.svg"
        check(svg.exists(), f"{name}.svg")
        if svg.exists():
            xml.dom.minidom.parse(str(svg))
            check("prefers-color-scheme" in svg.read_text(encoding="utf-8"), f"{name}.svg has a dark face")
        lines = (folder / f"{name}.tsv").read_text(encoding="utf-8").splitlines()
        check(len({line.count("\t") for line in lines}) == 1 and len(lines) > 1, f"{name}.tsv is a table")
    kinds = [line.split("\t")[0] for line in (folder / "roofline.tsv").read_text(encoding="utf-8").splitlines()[1:]]
    # Ops of four models on the cpu with one thread, two roofs, and the three levels that are known.
    check([kinds.count(k) for k in "012"] == [16, 2, 3], f"roofline.tsv: {kinds}")
    pieces = [line.split("\t") for line in (folder / "times.tsv").read_text(encoding="utf-8").splitlines()[1:]]
    check(all(abs(float(p[7]) - 100) < 1e-6 for p in pieces), "the pieces of an inference are all of it")
    check(sum(p[9] == "NaN" for p in pieces) == 2, "devices without a clock have no line")
    check(len((folder / "latency.tsv").read_text(encoding="utf-8").splitlines()) == 22, "latency.tsv rows")
    # The scripts are whole: they draw without this program.
    drawn = subprocess.run(["gnuplot", "-d", "accuracy.gp"], cwd=folder, capture_output=True, timeout=60)
    check(drawn.returncode == 0 and b"</svg>" in drawn.stdout, "accuracy.gp draws by itself")


def one_line(process, code, *words):
    text = process.stderr
    check(process.returncode == code, f"exit {process.returncode}, wants {code}: {text[:200]}")
    check(text.count("\n") == 1 and text.startswith("litmark: "), f"one line on stderr: {text[:200]!r}")
    for word in words:
        check(word in text, f"{word!r} in {text[:200]!r}")


def check_failures(tmp):
    one_line(report(), 2)
    one_line(report(fixture), 2, "--out")
    one_line(report(fixture, "--out", tmp / "x", "--format", "pdf"), 2, "pdf")
    one_line(report(tmp / "none.json", "--out", tmp / "x"), 3, "none.json")
    broken = tmp / "broken\n.json"
    broken.write_text(pathlib.Path(fixture).read_text(encoding="utf-8")[:5000], encoding="utf-8")
    one_line(report(broken, "--out", tmp / "x"), 3, "is not JSON")
    later = dict(document, schema_version=7)
    (tmp / "later.json").write_text(json.dumps(later))
    one_line(report(tmp / "later.json", "--out", tmp / "x"), 3, "later.json", "7", "1")
    wrong = json.loads(json.dumps(document))
    wrong["results"][3]["latency_ms"]["median"] = "fast"
    (tmp / "wrong.json").write_text(json.dumps(wrong))
    one_line(report(fixture, tmp / "wrong.json", "--out", tmp / "x"), 3, "wrong.json", "results[3].latency_ms.median")
    check(not (tmp / "x").exists(), "nothing is written when the input is bad")
    (tmp / "file").write_text("")
    one_line(report(fixture, "--out", tmp / "file"), 3, "file")
    one_line(report(fixture, "--out", "/proc/nonexistent"), 3)


def check_no_gnuplot(tmp):
    out = tmp / "no plots"
    process = report(fixture, "--out", out, env={"PATH": str(tmp / "empty")})
    check(process.returncode == 0, "exit 0 without gnuplot")
    check("gnuplot is not installed" in process.stderr and process.stderr.count("\n") == 1, "stderr says so")
    text = (out / "index.html").read_text(encoding="utf-8")
    check("gnuplot is not installed" in text, "the page says so")
    check((out / "plots/latency.tsv").exists() and not (out / "plots/latency.svg").exists(), "data, no drawing")
    check_html(out / "index.html", plots=False)
    # One that fails, with settings that break: also no plots, no failure.
    fake = tmp / "bin"
    fake.mkdir()
    (fake / "gnuplot").write_text("#!/bin/sh\necho '<svg><script>x</script></svg>'\n")
    (fake / "gnuplot").chmod(0o755)
    process = report(fixture, "--out", tmp / "fake", env={"PATH": f"{fake}:/bin:/usr/bin"})
    check(process.returncode == 0 and "not a plain SVG" in process.stderr, "a drawing with a script is refused")
    check("<script" not in (tmp / "fake/index.html").read_text(encoding="utf-8"), "and not embedded")


def check_options(tmp):
    process = report(fixture, "--out", tmp / "csv", "--format", "csv")
    check(process.returncode == 0 and os.listdir(tmp / "csv") == ["results.csv"], "--format csv writes only that")
    title = '<i>"T"</i>'
    process = report(fixture, fixture, "--out", "-o dir'", "--title", title)
    check(process.returncode == 0, f"folder with a leading dash: {process.stderr}")
    text = pathlib.Path("-o dir'", "index.html").read_text(encoding="utf-8")
    check(f"<h1>{html.escape(title)}</h1>" in text, "title is escaped")
    check(len(list(csv.reader(pathlib.Path("-o dir'", "results.csv").open(newline="", encoding="utf-8")))) == 57,
          "two files, all rows")
    process = subprocess.run([litmark, "report", "-", "--out", tmp / "piped", "--format", "csv"], capture_output=True,
                             text=True, stdin=open(fixture, encoding="utf-8"), timeout=120)
    check(process.returncode == 0, f"- is stdin: {process.stderr}")
    rows = [list(csv.DictReader((tmp / name / "results.csv").open(newline="", encoding="utf-8"))) for name in ("csv", "piped")]
    for row in rows[0] + rows[1]:
        row.pop("result_file", None)
    check(rows[0] == rows[1] and len(rows[0]) == len(document["results"]), "the same out of a pipe")


def main():
    with tempfile.TemporaryDirectory() as folder:
        tmp = pathlib.Path(folder)
        os.chdir(tmp)
        out = tmp / "a" / "b"
        process = report(fixture, "--out", out)
        check(process.returncode == 0, process.stderr)
        check(process.stdout.splitlines()[-1] == f"Report: {os.path.realpath(out)}/index.html", "last line of stdout")
        check("failed: models/gpu <only>.tflite on opencl, 1 thread: no OpenCL library on this machine" in process.stdout,
              "what did not run is on stdout")
        check("24.81" in process.stdout and "70.40 %" in process.stdout, "table on stdout")
        has_gnuplot = shutil.which("gnuplot") is not None
        check_html(out / "index.html", plots=has_gnuplot)
        check_markdown(out / "report.md")
        check_csv(out / "results.csv")
        if has_gnuplot:
            check_plots(out / "plots")
        left = [p for p in out.rglob("*") if re.search(r"\.\w{6}$", p.name)]
        check(not left, f"temporary files left: {left}")
        check_failures(tmp)
        check_no_gnuplot(tmp)
        check_options(tmp)
    print("no failures" if not failures else f"{len(failures)} failures")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())

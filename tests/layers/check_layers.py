#!/usr/bin/env python3
"""Holds the sources against the layer matrix: check_layers.py ROOT

Reads docs/layers.txt and checks the #include lines of src/: a layer includes what its row allows and nothing else; every
folder has a row and a README; nothing in drivers/ or include/ddk reaches into src/. Also: no file that git keeps holds a
path of somebody's machine. Prints one line a finding, as FILE:LINE: sentence, and exits with 1 when there is any.
"""
import fnmatch
import os
import re
import subprocess
import sys

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*"([^"]+)"', re.M)
MACHINE_PATH = re.compile(r"(?<![\w.])/(?:work|farm|home/\w+|root|Users/\w+)/")
TESTS = ("_test.cpp", "_fixture.h", "_fixture.cpp")
SOURCE = (".h", ".cpp", ".c", ".inc", ".S")


def read(path):
    with open(path, encoding="utf-8", errors="replace") as f:
        return f.read()


def read_matrix(path):
    matrix = {}
    for line in read(path).splitlines():
        line = line.split("#", 1)[0]
        if ":" in line:
            layer, allowed = line.split(":", 1)
            matrix[layer.strip()] = allowed.split()
    return matrix


def allows(row, layer, header):
    target = header.split("/", 1)[0]
    return target == layer or any(word in ("*", target) or fnmatch.fnmatch(header, word) for word in row)


def line_of(text, offset):
    return text.count("\n", 0, offset) + 1


def sources(folder):
    for directory, _, names in os.walk(folder):
        for name in sorted(names):
            if name.endswith(SOURCE):
                yield os.path.join(directory, name)


def check_includes(root, matrix):
    src = os.path.join(root, "src")
    layers = sorted(d for d in os.listdir(src) if os.path.isdir(os.path.join(src, d)))
    for layer in layers:
        if layer not in matrix:
            yield f"src/{layer}: a folder without a row in docs/layers.txt"
            continue
        if any(sources(os.path.join(src, layer))) and not os.path.exists(os.path.join(src, layer, "README.md")):
            yield f"src/{layer}: a layer without a README.md"
        for path in sources(os.path.join(src, layer)):
            if path.endswith(TESTS):
                continue
            text = read(path)
            for match in INCLUDE.finditer(text):
                header = match.group(1)
                target = header.split("/", 1)[0]
                where = f"{os.path.relpath(path, root)}:{line_of(text, match.start())}"
                if header.startswith("."):
                    yield f"{where}: \"{header}\": includes start at src/"
                elif target in layers and not allows(matrix[layer], layer, header):
                    yield f"{where}: {layer} may not include {header} (docs/layers.txt)"


def check_outside(root):
    src = os.path.join(root, "src")
    layers = set(os.listdir(src))
    for folder in ("drivers", "include/ddk"):
        for path in sources(os.path.join(root, folder)):
            text = read(path)
            for match in INCLUDE.finditer(text):
                parts = match.group(1).split("/")
                if len(parts) > 1 and parts[0] in layers and os.path.exists(os.path.join(src, *parts)):
                    yield f"{os.path.relpath(path, root)}:{line_of(text, match.start())}: {folder} may not reach into src/"


def kept_files(root):
    try:
        listed = subprocess.run(["git", "-C", root, "ls-files", "-z"], capture_output=True, check=True).stdout
        return [f for f in listed.decode(errors="replace").split("\0") if f]
    except (OSError, subprocess.CalledProcessError):
        return []  # an unpacked archive: nothing to commit by mistake


def check_paths(root):
    for name in kept_files(root):
        path = os.path.join(root, name)
        if os.path.basename(name) == os.path.basename(__file__) or not os.path.isfile(path):
            continue
        with open(path, "rb") as f:
            data = f.read()
        if b"\0" in data:
            continue
        text = data.decode("utf-8", errors="replace")
        for match in MACHINE_PATH.finditer(text):
            yield f"{name}:{line_of(text, match.start())}: a path of somebody's machine: {match.group(0)}..."


def main(root):
    matrix = read_matrix(os.path.join(root, "docs", "layers.txt"))
    findings = [*check_includes(root, matrix), *check_outside(root), *check_paths(root)]
    print("\n".join(findings) if findings else f"{len(matrix)} rows: every include is allowed")
    return 1 if findings else 0


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1]))

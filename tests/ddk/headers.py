#!/usr/bin/python3
"""Each header of include/ddk stands alone: as C++ on the host and for the MSVC target, the kernel's also as C.

Uses of the inline functions (inline_functions.cpp) are compiled down to instructions: inline assembly is read there.
"""
import os
import shlex
import subprocess
import sys
import tempfile

import oracle

C_TOO = {"ntdef.h", "basetsd.h", "guiddef.h", "initguid.h", "ntstatus.h", "sal.h", "wdm.h", "ntddk.h", "ntifs.h", "wdmguid.h",
         "devpropdef.h", "devpkey.h", "ntstrsafe.h", "ntintsafe.h", "intsafe.h", "mmreg.h", "windef.h", "mmsystem.h", "wdf.h",
         "wdfminiport.h", "punknown.h", "ks.h", "ksmedia.h", "drmk.h", "portcls.h", "wdmsec.h", "devguid.h", "evntprov.h",
         "winmeta.h", "TraceLoggingProvider.h", "reshub.h", "spb.h", "gpio.h"}
NOT_ALONE = {"poppack.h"} | {"pshpack%d.h" % n for n in (1, 2, 4, 8, 16)}  # they come in pairs
WARNINGS = ["-Wall", "-Wextra", "-Werror", "-Wno-unused-parameter", "-Wno-microsoft", "-Wno-ignored-attributes",
            "-Wno-missing-field-initializers", "-Wno-multichar", "-Wno-unused-function", "-Wno-unused-const-variable"]


class Compilation:
    def __init__(self, what, command, path):
        self.what, self.command, self.path = what, command, path

    def run(self):
        return subprocess.run(self.command + [self.path], capture_output=True, text=True)


def compiler_itself(compilation):
    """The one command that clang's driver would run for it, without its source."""
    said = subprocess.run(compilation.command + [compilation.path, "-###"], capture_output=True, text=True, check=True).stderr
    words = shlex.split(said.strip().split("\n")[-1])
    assert words[1] == "-cc1" and words[-1] == compilation.path, said
    return words[:-1]


def failures_of(compilations):
    """Those alike in all but their source go to one compiler, each still a translation unit of its own: starting it takes longer
    than reading a header. What fails there is compiled again by itself, and told."""
    together = subprocess.run(compiler_itself(compilations[0]) + [c.path for c in compilations], capture_output=True, text=True)
    if together.returncode == 0:
        return []
    failed = [(c.what, done.stderr) for c, done in ((c, c.run()) for c in compilations) if done.returncode]
    return failed or [("%d compilations in one compiler" % len(compilations), together.stderr)]


def main():
    o = oracle.arguments()
    host = ["-std=c++23", "-fms-extensions", "-I", o.ddk]
    msvc = ["--target=x86_64-pc-windows-msvc", "-ffreestanding", "-nostdlibinc", "-fms-extensions", "-fms-compatibility"]
    compilations = []
    with tempfile.TemporaryDirectory(prefix="headers") as work:
        def attempt(what, compiler, options, text, suffix, stage="-fsyntax-only"):
            path = os.path.join(work, "%d%s" % (len(compilations), suffix))
            with open(path, "w") as f:
                f.write(text)
            compilations.append(Compilation(what, [compiler] + WARNINGS + options + [stage], path))

        for folder, prefix in ((o.ddk, ""), (o.ddk + "/portside", "portside/"), (o.ddk + "/crt", "crt/")):
            for header in sorted(os.listdir(folder)):
                if not os.path.isfile(os.path.join(folder, header)) or header in NOT_ALONE or header.startswith(".") or header.endswith(".md"):
                    continue
                text = "#include <%s>\n#include <%s>\n" % ((prefix + header,) * 2)
                paths = ["-I", o.ddk, "-isystem", o.ddk + "/crt"]
                attempt(prefix + header + " for the MSVC target", o.clang, msvc + ["-std=c++20"] + paths, text, ".cpp")
                if prefix != "crt/":
                    attempt(prefix + header + " for the host", o.clang, host, text, ".cpp")
                if header in C_TOO and not prefix:
                    c = o.clang.replace("clang++", "clang")
                    attempt(header + " as C", c, msvc + ["-std=c17"] + paths, text, ".c")
        with open(os.path.join(oracle.HERE, "inline_functions.cpp")) as f:
            text = f.read()
        attempt("inline functions for the MSVC target", o.clang, msvc + ["-std=c++20", "-O1", "-o", os.devnull] + paths, text, ".cpp", "-c")
        attempt("inline functions for the host", o.clang, host + ["-O1", "-o", os.devnull], text, ".cpp", "-c")

        groups = {}
        for compilation in compilations:
            groups.setdefault(tuple(compilation.command), []).append(compilation)
        failures = [failure for group in groups.values() for failure in failures_of(group)]
    for what, said in failures:
        print("FAILS %s\n%s" % (what, said[:2000]))
    print("%d compilations, %d failed" % (len(compilations), len(failures)))
    return 1 if failures or len(compilations) < 150 else 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/python3
"""Each header of include/ddk stands alone: as C++ on the host and for the MSVC target, the kernel's also as C.

Uses of the inline functions (inline_functions.cpp) are compiled down to instructions: inline assembly is read there.
"""
import os
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

import oracle

C_TOO = {"ntdef.h", "basetsd.h", "guiddef.h", "initguid.h", "ntstatus.h", "sal.h", "wdm.h", "ntddk.h", "ntifs.h", "wdmguid.h",
         "devpropdef.h", "devpkey.h", "ntstrsafe.h", "ntintsafe.h", "intsafe.h", "mmreg.h", "windef.h", "mmsystem.h", "wdf.h",
         "wdfminiport.h", "punknown.h", "ks.h", "ksmedia.h", "drmk.h", "portcls.h", "wdmsec.h", "devguid.h"}
NOT_ALONE = {"poppack.h"} | {"pshpack%d.h" % n for n in (1, 2, 4, 8, 16)}  # they come in pairs
WARNINGS = ["-Wall", "-Wextra", "-Werror", "-Wno-unused-parameter", "-Wno-microsoft", "-Wno-ignored-attributes",
            "-Wno-missing-field-initializers", "-Wno-multichar", "-Wno-unused-function", "-Wno-unused-const-variable"]


def main():
    o = oracle.arguments()
    host = ["-std=c++23", "-fms-extensions", "-I", o.ddk]
    msvc = ["--target=x86_64-pc-windows-msvc", "-ffreestanding", "-nostdlibinc", "-fms-extensions", "-fms-compatibility"]
    jobs = []
    with tempfile.TemporaryDirectory(prefix="headers") as work:
        def attempt(what, compiler, options, text, suffix, stage="-fsyntax-only"):
            path = os.path.join(work, "%d%s" % (len(jobs), suffix))
            with open(path, "w") as f:
                f.write(text)
            jobs.append((what, [compiler] + WARNINGS + options + [stage, path]))

        for folder, prefix in ((o.ddk, ""), (o.ddk + "/portside", "portside/"), (o.ddk + "/crt", "crt/")):
            for header in sorted(os.listdir(folder)):
                if not os.path.isfile(os.path.join(folder, header)) or header in NOT_ALONE or header.endswith(".md"):
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

        failures = 0
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            results = pool.map(lambda job: subprocess.run(job[1], capture_output=True, text=True), jobs)
            for (what, _), result in zip(jobs, results):
                if result.returncode:
                    failures += 1
                    print("FAILS %s\n%s" % (what, result.stderr[:2000]))
    print("%d compilations, %d failed" % (len(jobs), failures))
    return 1 if failures or len(jobs) < 150 else 0


if __name__ == "__main__":
    sys.exit(main())

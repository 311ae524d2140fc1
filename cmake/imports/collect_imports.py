#!/usr/bin/env python3
"""Rewrites *.txt of this folder from a checkout of github.com/MicrosoftDocs/windows-driver-docs-ddi.

usage: collect_imports.py GIT_DIRECTORY OUTPUT_FOLDER

A driver may import what Microsoft documents, and nothing else: each function page names its library. Names that the
pages do not give (C run-time functions, the out-of-line halves of documented macros, data) stand in the hand-written
*.extra.txt. Python's standard library alone; run by hand when the documentation moves on.
"""
import re
import subprocess
import sys

# Folder of the documentation -> image that exports its functions, when the page itself does not say.
FOLDERS = {"wdm": None, "ntddk": None, "ntifs": None, "wdmsec": None, "portcls": "portcls.sys", "ks": "ks.sys",
           "drmk": "drmk.sys", "ntstrsafe": None}
# Documented as functions, and inlined by the headers on x64: no image exports them.
INLINE = re.compile(
    r"(READ|WRITE)_(REGISTER|PORT)_|IoSetCancelRoutine$|IoIsValidIrpStatus$|IoSetMasterIrpStatus$|ExInitializeFastMutex$"
    r"|Ex(AllocateFrom|FreeTo)\w*Lookaside|RtlConvertU?[Ll]ongToLargeInteger$|MapSecurityError$|Wdmlib|ExAllocatePool(Priority|Quota|Zero)\w*$")
# Documented under the HAL, exported by the kernel on x64.
MOVED = {"KeRaiseIrqlToDpcLevel", "KeReleaseInStackQueuedSpinLock"}


def image_of(folder, field):
    if FOLDERS[folder]:
        return FOLDERS[folder]
    dll, lib = field("req.dll").lower(), field("req.lib").lower()
    if dll.startswith("hal.dll") or (not dll and lib.startswith("hal")):
        return "hal.dll"
    if "ntoskrnl" in dll or "ntoskrnl" in lib:
        return "ntoskrnl.exe"
    return None


def main(repository, output):
    def git(*arguments, text=None):
        return subprocess.run(["git", "-C", repository, *arguments], input=text, capture_output=True, text=True,
                              check=True, errors="replace").stdout

    pages = [p for p in git("ls-tree", "-r", "--name-only", "HEAD", "wdk-ddi-src/content").splitlines()
             if re.match(r"wdk-ddi-src/content/(%s)/nf-" % "|".join(FOLDERS), p)]
    found = {}
    for page in pages:
        folder = page.split("/")[2]
        head = git("show", "HEAD:" + page).split("\n---", 1)[0]

        def field(key, head=head):
            m = re.search(r"^%s:[ \t]*(.*)$" % re.escape(key), head, re.M)
            return m.group(1).strip() if m else ""

        title = field("title")
        # Macros and inline functions are nobody's import; methods of interfaces have a "::" in their title.
        m = re.match(r'"?(\w+)(?: function\b.*)?"?$', title) or re.match(r'"?(\w+) function', title)
        if not m or INLINE.match(m.group(1)) or "::" in title or re.search(r"\bi[a-z]+-", page.rsplit("/", 1)[1][len("nf-" + folder + "-"):]):
            continue
        if folder == "ks" and not m.group(1).startswith(("Ks", "_Ks")):
            continue
        if folder == "portcls" and not m.group(1).startswith("Pc"):
            continue
        image = "ntoskrnl.exe" if m.group(1) in MOVED else image_of(folder, field)
        if image:
            found.setdefault(image, set()).add(m.group(1))
    for image, names in sorted(found.items()):
        with open(f"{output}/{image}.txt", "w", encoding="utf-8") as f:
            f.write("\n".join(sorted(names)) + "\n")
        print(image, len(names))


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(sys.argv[1], sys.argv[2])

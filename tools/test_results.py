#!/usr/bin/env python3
"""Adds up the results of test runs: test_results.py JUNIT_FILE...

Reads what `ctest --output-junit` wrote. An entry of ctest is a program; a program of GoogleTest's counts with as many
tests as it ran. Names what failed and what was skipped, ends with the line `N passed, N failed`, and exits with 1 when
anything failed or nothing ran. `--passed NAME` writes the file of one passed entry instead.
"""
import re
import sys
import xml.etree.ElementTree as xml


def count(entry):
    """(passed, failed names, skipped names) of one ctest entry."""
    name = entry.get("name")
    output = entry.findtext("system-out") or ""
    failed = sorted(set(re.findall(r"^\[  FAILED  \] (\S+?),?(?: |$)", output, re.M)) - {"tests", "test"})
    failed = [f for f in failed if "." in f]
    skipped = sorted({s for s in re.findall(r"^\[  SKIPPED \] (\S+)", output, re.M) if "." in s})
    ran = re.search(r"^\[  PASSED  \] (\d+) tests?\.", output, re.M)
    if entry.get("status") == "run":
        return (int(ran.group(1)) if ran else 1), failed, skipped
    if entry.get("status") in ("disabled", "notrun") and entry.find("skipped") is not None:
        return 0, failed, skipped or [name]
    return (int(ran.group(1)) if ran else 0), failed or [f"{name} (the program ended without a result)"], skipped


def main(files):
    passed, failed, skipped = 0, [], []
    for path in files:
        try:
            suite = xml.parse(path).getroot()
        except (OSError, xml.ParseError):
            failed.append(f"{path}: not written: the build or the test run broke off")
            continue
        for entry in suite.iter("testcase"):
            p, f, s = count(entry)
            passed += p
            failed += [f"{entry.get('name')}: {x}" for x in f]
            skipped += [f"{entry.get('name')}: {x}" for x in s]
    for title, names in (("skipped", skipped), ("failed", failed)):
        for name in names:
            print(f"{title}  {name}")
    print(f"{passed} passed, {len(failed)} failed", flush=True)
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    if len(sys.argv) == 3 and sys.argv[1] == "--passed":
        print(f'<testsuite><testcase name="{sys.argv[2]}" status="run"/></testsuite>')
    elif len(sys.argv) > 1:
        sys.exit(main(sys.argv[1:]))
    else:
        sys.exit(__doc__)

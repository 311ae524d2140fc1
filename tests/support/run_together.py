#!/usr/bin/env python3
"""run_together.py PROGRAM FILTER...: a GoogleTest program several times at once, each with its part of the tests.

For tests in real time, which wait more than they work: together they take as long as the longest. What each says is
printed when it has ended; the exit code is the worst. ctest takes a line that begins with SKIPPED for the whole test's fate, even of one
that failed: beside a failure none is printed so.
"""
import subprocess
import sys

program, filters = sys.argv[1], sys.argv[2:]
parts = [subprocess.Popen([program, "--gtest_filter=" + part], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
         for part in filters]
said = [process.communicate()[0] for process in parts]
failed = any(process.returncode for process in parts)
for part, text in zip(filters, said):
    print(f"--- {part}\n{text.replace('SKIPPED:', 'skipped:') if failed else text}", flush=True)
sys.exit(1 if failed else 0)

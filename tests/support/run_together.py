#!/usr/bin/env python3
"""run_together.py PROGRAM FILTER...: a GoogleTest program several times at once, each with its part of the tests.

For tests in real time, which wait more than they work: together they take as long as the longest. What each says is
printed when it has ended; the exit code is the worst.
"""
import subprocess
import sys

program, filters = sys.argv[1], sys.argv[2:]
parts = [subprocess.Popen([program, "--gtest_filter=" + part], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
         for part in filters]
worst = 0
for part, process in zip(filters, parts):
    said = process.communicate()[0]
    print(f"--- {part}\n{said}", flush=True)
    worst = worst or process.returncode
sys.exit(1 if worst else 0)

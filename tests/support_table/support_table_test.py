#!/usr/bin/env python3
"""The support table against the program, the headers and the sources.

usage: support_table_test.py PORTSIDE SOURCE_FOLDER           tests
       support_table_test.py PORTSIDE SOURCE_FOLDER --write   writes docs/support.md and the block in README.md anew
"""
import os
import re
import subprocess
import sys
import unittest

import interface_rows

PORTSIDE, SOURCES = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
PAGE = os.path.join(SOURCES, "docs/support.md")
README = os.path.join(SOURCES, "README.md")
BLOCK = re.compile(r"(<!-- support: .*? -->\n).*?(<!-- /support -->)", re.S)
MEND = "python3 tests/support_table/support_table_test.py PORTSIDE . --write"


def ask(*arguments):
    return subprocess.run([PORTSIDE, "support", *arguments], capture_output=True, text=True, check=True).stdout


def page():
    return ask("--markdown").rstrip("\n") + "\n"


def write():
    with open(PAGE, "w", encoding="utf-8") as f:
        f.write(page())
    text = interface_rows.read(README)
    with open(README, "w", encoding="utf-8") as f:
        f.write(BLOCK.sub(lambda m: m.group(1) + ask("--readme").rstrip("\n") + "\n" + m.group(2), text))


class SupportTable(unittest.TestCase):
    def test_the_page_is_what_the_program_says(self):
        self.assertTrue(interface_rows.read(PAGE) == page(), f"docs/support.md is not what the program says now; write it anew: {MEND}")

    def test_the_readme_quotes_the_same_totals(self):
        block = BLOCK.search(interface_rows.read(README))
        self.assertIsNotNone(block, "README.md has no block between <!-- support: ... --> and <!-- /support -->")
        self.assertIn(ask("--readme").strip(), block.group(0), f"README.md quotes other totals than the program; write them anew: {MEND}")

    def test_each_method_of_the_headers_has_its_row_in_order(self):
        interfaces = interface_rows.read_interfaces(SOURCES)
        rows = list(interface_rows.read_rows(SOURCES))
        for interface, (_, methods) in interfaces.items():
            self.assertEqual([m for i, m in rows if i == interface], methods,
                             f"{interface}: interfaces.inc and the header differ; see tests/support_table/interface_rows.py")
        self.assertEqual({i for i, _ in rows} - set(interfaces), set())
        self.assertGreater(len(rows), 100)

    def test_a_grade_is_what_the_sources_show(self):
        interfaces = interface_rows.read_interfaces(SOURCES)
        evidence = interface_rows.Evidence(SOURCES, interfaces)
        for (interface, method), (grade, note) in interface_rows.read_rows(SOURCES).items():
            there = evidence.has(interface, method)
            self.assertEqual(grade != "Missing", there,
                             f"{interface}::{method} is {grade} in interfaces.inc, and the sources {'have' if there else 'have not'} it")
            if grade == "Partial":
                self.assertTrue(note, f"{interface}::{method}: partial, and no word of what is missing")


if __name__ == "__main__":
    if "--write" in sys.argv:
        write()
    else:
        unittest.main(argv=sys.argv[:1])

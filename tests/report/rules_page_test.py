#!/usr/bin/env python3
"""docs/rules.md is what `portside explain` says now, and each rule is explained.

usage: rules_page_test.py PORTSIDE SOURCE_FOLDER [--write]
"""
import json
import os
import re
import subprocess
import sys
import unittest

PORTSIDE, SOURCES = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
PAGE = os.path.join(SOURCES, "docs/rules.md")
MEND = "python3 tests/report/rules_page_test.py PORTSIDE . --write"


def ask(*arguments):
    return subprocess.run([PORTSIDE, "explain", *arguments], capture_output=True, text=True, check=True).stdout


def page():
    return ask("--all", "--markdown").rstrip("\n") + "\n"


def rules():
    return [row for row in json.loads(ask("--all", "--json")) if "rule" in row]


class RulesPage(unittest.TestCase):
    def test_the_page_is_what_the_program_says(self):
        with open(PAGE, encoding="utf-8") as f:
            self.assertTrue(f.read() == page(), f"docs/rules.md is not what the program says now; write it anew: {MEND}")

    def test_each_rule_is_explained(self):
        self.assertGreater(len(rules()), 30)
        missing = [row["rule"] for row in rules() if "wrong" not in row]
        self.assertEqual(missing, [], "rules without a text in src/verifier/rule_examples")

    def test_examples_fit_a_terminal_and_differ(self):
        for row in rules():
            for which in ("wrong", "right"):
                for line in row.get(which, "").splitlines():
                    self.assertLessEqual(len(line), 100, f"{row['rule']}, {which}: {line}")
            if "wrong" in row:
                self.assertNotEqual(row["wrong"], row["right"], row["rule"])
                self.assertTrue(row["why"] and row["duty"], row["rule"])

    def test_codes_names_and_parts_of_names_are_found(self):
        found = {row["rule"] for row in json.loads(ask("0x71004", "--json"))}
        self.assertEqual(found, {row["rule"] for row in rules() if row["code"].endswith("/0x71004")})
        self.assertIn("FreedWhileMapped", found)
        self.assertEqual([row["rule"] for row in json.loads(ask("freedwhilemapped", "--json"))], ["FreedWhileMapped"])
        self.assertEqual([row["name"] for row in json.loads(ask("0xD1", "--json")) if "name" in row], ["DRIVER_IRQL_NOT_LESS_OR_EQUAL"])
        self.assertTrue(all("Irql" in row["rule"] for row in json.loads(ask("wrongirql", "--json"))))

    def test_what_is_unknown_is_one_sentence(self):
        result = subprocess.run([PORTSIDE, "explain", "NoSuchRule"], capture_output=True, text=True)
        self.assertEqual((result.returncode, result.stdout, result.stderr.count("\n")), (2, "", 1))


class CiPage(unittest.TestCase):
    def test_the_recipes_name_options_that_there_are(self):
        about = subprocess.run([PORTSIDE, "verify", "--help"], capture_output=True, text=True, check=True).stdout
        with open(os.path.join(SOURCES, "dev"), encoding="utf-8") as f:
            dev = f.read()
        for page in ("docs/ci.md", "src/tools/template/github/build.yml.in"):
            with open(os.path.join(SOURCES, page), encoding="utf-8") as f:
                text = f.read()
            used = re.findall(r"portside verify (.*)", text)
            self.assertTrue(used, page)
            for option in re.findall(r"--[a-z-]+", " ".join(used)):
                self.assertIn(option, about, page)
            self.assertIn("./dev build release", text)
            self.assertNotIn("\t", text)
        self.assertIn("release", dev)


if __name__ == "__main__":
    if "--write" in sys.argv:
        with open(PAGE, "w", encoding="utf-8") as f:
            f.write(page())
    else:
        unittest.main(argv=sys.argv[:1])

#!/usr/bin/env python3
"""Which rules and assertions told of mutants, and which rules of none: from the results.json of one campaign or several.

A rule has a small bad driver that was written for it; that it fires on a mutant as well, which was not, is the better witness."""
import argparse
import json
import subprocess
import sys
from collections import defaultdict


def told_by(paths):
    """Name of a rule or an assertion -> keys of the mutants that it told of."""
    told = defaultdict(list)
    for path in paths:
        with open(path, encoding="utf-8") as f:
            for result in json.load(f):
                verdict = result["verdict"]
                if result["fate"] == "found" and verdict:
                    for name in verdict.get("every") or [verdict["by"]]:
                        told[name].append(result["key"])
    return told


def rules_of(portside):
    """Name -> grade, of every rule that this portside has."""
    listed = json.loads(subprocess.run([portside, "explain", "--all", "--json"], capture_output=True, text=True, check=True).stdout)
    return {entry["rule"]: entry["grade"] for entry in listed if "grade" in entry}


def to_markdown(told, rules):
    fired = {name: keys for name, keys in told.items() if name in rules}
    others = {name: keys for name, keys in told.items() if name not in rules}
    lines = ["# Rules on mutants", "", "<!-- Written by `./dev mutants twins`. Do not edit. -->", "",
             "Each rule has a small bad driver that was written for it. Here is which rules also told of mistakes that were not: mutants of the",
             "good drivers, and of the right twins of the contract tests (tests/mutants), made by operators that know of no rule.", "",
             f"Of {len(rules)} rules {len(fired)} told of a mutant, and so did {len(others)} assertions that stand for no rule. The first check that",
             "tells of a good driver's mutant ends its examination, so that what a later one would have told is not counted.", ""]
    for title, names in (("rule", fired), ("assertion", others)):
        lines += [f"| {title} | mutants | one of them |", "|---|---:|---|"]
        for name, keys in sorted(names.items(), key=lambda item: (-len(item[1]), item[0])):
            example = keys[0].replace("|", "¦")
            driver_file, function, operator = (example.split(" ", 3) + ["", ""])[:3]
            lines.append(f"| {name} | {len(keys)} | {driver_file}, {function}: {operator} |")
        lines.append("")
    silent = defaultdict(list)
    for name, grade in rules.items():
        if name not in fired:
            silent[grade].append(name)
    lines += ["Of no mutant told, and known by their own bad drivers alone:", ""]
    lines += [f"- {grade}: {', '.join(sorted(names))}" for grade, names in sorted(silent.items())]
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("results", nargs="+", help="results.json of a campaign (build/.../mutants/NAME)")
    parser.add_argument("--portside", required=True, help="the program whose rules are asked about")
    options = parser.parse_args()
    sys.stdout.write(to_markdown(told_by(options.results), rules_of(options.portside)))


if __name__ == "__main__":
    main()

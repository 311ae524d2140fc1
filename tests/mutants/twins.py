#!/usr/bin/env python3
"""Mutants of the right twins of tests/contracts and tests/hardware: which rules tell of a mutant that was not written for them.

The good drivers use a part of what rules speak of. The twins, each the right half of a pair, use nearly all of it. They are mutated by
the same operators as the good drivers, everywhere but on lines that choose between right and wrong, and each mutant goes through the
test that has to meet its twin with silence."""
import argparse
import concurrent.futures
import json
import os
import queue
import re
import subprocess
import sys

import resource_operators  # noqa: F401  isort: skip
import concurrency_operators  # noqa: F401  isort: skip
import data_operators  # noqa: F401  isort: skip
import contract_operators  # noqa: F401  isort: skip
import repetition_operators  # noqa: F401  isort: skip
import level_operators  # noqa: F401  isort: skip
import sibling_operators  # noqa: F401  isort: skip
from cpp_source import Source
from driver_build import BuildError, DriverBuild, Workshop
from operators import mutants_of
from verdicts import read_report

HERE = os.path.dirname(os.path.abspath(__file__))
# A line that says so decides which half of the pair runs: changed there, it would be the mistake that was written.
DECIDES = re.compile(r"\bwrong\b|\bWRONG\(|case_is|CASE_IS|\bExpectation\b")
LIMIT_SECONDS = 60


class Cases:
    """Which runs of the test meet what a function does: those whose name it is or who call it, else those that its file has."""

    def __init__(self, sources, names, frame):
        self.names, self.frame = names, frame
        self.bodies, self.by_file = {}, {}
        for file, text in sources.items():
            source = Source(file, text)
            for f in source.functions:
                body = source.of(f.body.first, f.body.last)
                self.bodies[f.name] = self.bodies.get(f.name, "") + body
                if f.name in names:
                    self.by_file.setdefault(file, []).append(f.name)

    def of(self, mutant):
        reached, waiting = set(), [mutant.function]
        while waiting:
            name = waiting.pop()
            if name in reached or not name:
                continue
            reached.add(name)
            waiting += [f for f, body in self.bodies.items() if re.search(rf"\b{re.escape(name)}\b", body)]
        return sorted(reached & self.names) or self.by_file.get(mutant.file) or self.frame


class NamedFeatures:
    """Of a driver whose twins differ in what they have besides: the cases that its sources name, and one without."""

    def __init__(self, sources, names):
        self.names = sorted({n for text in sources.values() for n in re.findall(r"\bCASE_IS\((\w+)\)", text)} & names)
        self.names.append(sorted(names - set(self.names))[0])

    def of(self, _mutant):
        return self.names


class Everything:
    def of(self, _mutant):
        return ["*"]


class Twin:
    """driver: its image's name. place: see DriverBuild. program and pattern: the test that installs it, and its runs of the right half,
    where {} stands for a case."""

    def __init__(self, driver, place, program, pattern, table=None, frame=()):
        self.driver, self.place, self.program, self.pattern, self.table, self.frame = driver, place, program, pattern, table, list(frame)

    def cases(self, source_root, sources):
        if not self.table:
            return Everything()
        with open(os.path.join(source_root, self.table), encoding="utf-8") as f:
            names = set(re.findall(r"^(?:STREAM_)?CASE\((\w+)", f.read(), re.M))
        return Cases(sources, names, self.frame) if self.frame else NamedFeatures(sources, names)


TWINS = [
    Twin("misuse", ("tests/contracts", "misuse"), "tests/contracts/contracts_test", "Misuse/Contract.TheRightTwinIsSilent/{}",
         "tests/contracts/misuse/cases.h", frame=["PoolLeak", "LeaveDevice"]),
    Twin("unguarded", ("tests/contracts", "misuse"), "tests/contracts/contracts_test", "Races/Contract.TheRightTwinIsSilent/{}",
         "tests/contracts/misuse/cases_races.h", frame=["*"]),
    Twin("misuse_streams", ("tests/contracts", "streams"), "tests/contracts/stream_contracts_test",
         "Misuse/StreamContract.TheRightTwinIsSilent/{}", "tests/contracts/streams/stream_cases.inc"),
    Twin("toy", ("tests/hardware", "toy"), "tests/hardware/toy_test", "ToyDriver.{}"),
]


class Campaign:
    def __init__(self, options):
        self.source, self.build_root = os.path.abspath(options.source), os.path.abspath(options.build)
        self.options = options
        self.folder = os.path.join(self.build_root, "mutants", "twins")

    def test(self, twin, image, cases):
        """(fate, names of the rules that told, a sentence)"""
        program = os.path.join(self.build_root, twin.program)
        chosen = ":".join(twin.pattern.format(case) for case in cases)
        environment = dict(os.environ, PORTSIDE_DRIVER_IMAGE=image)
        try:
            done = subprocess.run([program, f"--gtest_filter={chosen}"], env=environment, capture_output=True, text=True, errors="replace",
                                  timeout=LIMIT_SECONDS, stdin=subprocess.DEVNULL)
        except subprocess.TimeoutExpired:
            return "hung", [], f"no end within {LIMIT_SECONDS} s"
        found = read_report(done.stdout)
        if done.returncode < 0 and not found:
            return "died", [], done.stderr.strip()[-200:]
        if not re.search(r"\[==========\] [1-9]\d* tests? .*ran", done.stdout):
            return "died", [], "no test ran"
        names = sorted({name for _, name, _ in found})
        quote = found[0][2] if found else ""
        return ("found" if found or done.returncode else "survived"), names, quote

    def run(self, twin):
        build = DriverBuild(self.source, self.build_root, twin.driver, place=twin.place)
        sources = build.sources()
        cases = twin.cases(self.source, sources)
        mutants = []
        for name, text in sources.items():
            lines = text.split("\n")
            mutants += [m for m in mutants_of(twin.driver, name, text)
                        if not any(DECIDES.search(lines[at]) for at in range(m.line - 1, m.line + m.before.count("\n")))
                        and not DECIDES.search(m.before)]
        mutants = [m for m in mutants if (not self.options.filter or re.search(self.options.filter, m.key))
                   and (not self.options.family or m.operator.family == self.options.family)][::self.options.every]
        workshops = queue.Queue()
        for n in range(self.options.jobs):
            workshops.put(Workshop(build, os.path.join(self.folder, f"{twin.driver}-{n}")))
        shop = workshops.get()
        original, error = shop.make_original()
        if not original:
            raise BuildError(f"{twin.driver} as it is does not build: {error}")
        fate, names, quote = self.test(twin, shop.image, ["*"])
        if fate != "survived":
            raise BuildError(f"{twin.driver} as it is is not met with silence: {fate} {names} {quote}")
        workshops.put(shop)
        done = [0]

        def one(mutant):
            shop = workshops.get()
            try:
                hash_, error = shop.make(mutant.file, mutant.apply(sources[mutant.file]))
                if not hash_:
                    return self.entry(mutant, "not compiled", [], error)
                if hash_ == original:
                    return self.entry(mutant, "same code", [], "")
                return self.entry(mutant, *self.test(twin, shop.image, cases.of(mutant)))
            finally:
                workshops.put(shop)
                done[0] += 1
                if done[0] % 100 == 0:
                    print(f"  {twin.driver}: {done[0]} of {len(mutants)}", flush=True)

        with concurrent.futures.ThreadPoolExecutor(self.options.jobs) as pool:
            return list(pool.map(one, mutants))

    @staticmethod
    def entry(mutant, fate, names, quote):
        verdict = {"kind": fate, "by": names[0] if names else "", "quote": quote, "every": names}
        return {"key": mutant.key, "line": mutant.line, "after": mutant.after, "fate": fate, "note": "", "verdict": verdict}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("filter", nargs="?", help="a regular expression: only mutants whose name holds it")
    parser.add_argument("--source", default=os.path.join(HERE, "../.."), help="the root of the sources")
    parser.add_argument("--build", default=os.path.join(HERE, "../../build/dev"), help="a build folder with the tests and their drivers")
    parser.add_argument("--driver", help="one of them: " + ", ".join(t.driver for t in TWINS))
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--every", type=int, default=1, metavar="N", help="every N-th mutant alone")
    parser.add_argument("--family", help="operators of one family alone; the results stand beside those of the whole")
    parser.add_argument("--list", action="store_true", help="says of each mutant what became of it")
    parser.add_argument("--must", metavar="RULE", help="exits with 1 unless this rule told of one of the mutants")
    options = parser.parse_args()
    campaign = Campaign(options)
    os.makedirs(campaign.folder, exist_ok=True)
    told = set()
    for twin in TWINS:
        if options.driver and twin.driver != options.driver:
            continue
        results = campaign.run(twin)
        if not options.filter:
            part = ("-" + options.family if options.family else "") + (f"-every-{options.every}" if options.every > 1 else "")
            with open(os.path.join(campaign.folder, f"{twin.driver}{part}.json"), "w", encoding="utf-8") as out:
                json.dump(results, out, indent=1)
        if options.list:
            for r in results:
                print(f"  {r['fate']:12} {r['key']} -> {r['after'][:60]}  {' '.join(r['verdict']['every'])}")
        made = [r for r in results if r["fate"] not in ("not compiled", "same code")]
        rules = {name for r in results for name in r["verdict"]["every"]}
        told |= rules
        print(f"{twin.driver}: {len(made)} mutants, of {sum(r['fate'] in ('found', 'hung') for r in made)} of which something is told, by {len(rules)} rules")
    if options.must and options.must not in told:
        print(f"twins: {options.must} told of none of them")
        return 1
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (BuildError, OSError) as error:
        print(f"twins: {error}", file=sys.stderr)
        sys.exit(2)

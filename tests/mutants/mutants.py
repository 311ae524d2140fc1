#!/usr/bin/env python3
"""Makes mutants of the good drivers and shows how many of them `portside verify` finds. See README.md, or --help."""
import argparse
import concurrent.futures
import hashlib
import json
import os
import queue
import re
import sys
import threading

# Each registers what it defines. In this order: of two mutants with one code the first names it, so the special ones come first.
import resource_operators  # noqa: F401  isort: skip
import concurrency_operators  # noqa: F401  isort: skip
import data_operators  # noqa: F401  isort: skip
import contract_operators  # noqa: F401  isort: skip
from driver_build import BuildError, DriverBuild, Workshop
from equivalents import read_equivalents
from mutants_report import summary_lines, to_markdown
from operators import mutants_of
from verdicts import Verdict, known_checks, verify

HERE = os.path.dirname(os.path.abspath(__file__))


# What verify is told of each driver by its author: the first two give back what they play, the others drive a card.
DRIVERS = {"cable": ["--loopback"], "studio": ["--loopback"], "hda": ["--device", "model:hda"], "ac97": ["--device", "model:ac97"]}
USUAL = ["cable", "studio"]

# Mistakes that show at loads and stores, where no call is made: such a mutant is also built so that these are seen, and threads may
# change there, as the author of a driver does who looks for a race.
PREEMPTED_FAMILIES = ("locks",)
PREEMPTED = "schedules"
PREEMPTED_BUILD = "preemptible"  # DRIVER_preemptible.sys


# What finds most for its time first; whatever is not named comes behind these.
BY_YIELD = ["rules", "streams", "conformance", "faults", "life", "schedules"]


def in_order_of_yield(checks):
    return sorted(checks, key=lambda check: BY_YIELD.index(check) if check in BY_YIELD else len(BY_YIELD))


class Cache:
    """What is known already, a line each, so that a run that was ended goes on where it was. Sound because a key names all inputs."""

    def __init__(self, path):
        self.path, self.known, self.lock = path, {}, threading.Lock()
        if path and os.path.exists(path):
            with open(path, encoding="utf-8") as f:
                for line in f:
                    try:
                        self.known.update([json.loads(line)])
                    except ValueError:
                        pass  # the last line of a run that was killed

    def get(self, *key):
        return self.known.get("|".join(key))

    def put(self, value, *key):
        with self.lock:
            self.known["|".join(key)] = value
            if self.path:
                with open(self.path, "a", encoding="utf-8") as f:
                    f.write(json.dumps(["|".join(key), value]) + "\n")


class Result:
    """fate: found, survived, hung, died; or, not counted: not compiled, same code, duplicate."""

    def __init__(self, mutant, fate, hash_="", note="", verdict=None):
        self.mutant, self.fate, self.hash, self.note, self.verdict = mutant, fate, hash_, note, verdict

    def counted(self):
        return self.fate in ("found", "survived", "hung", "died")

    def is_found(self):
        """A machine that does not come to its end is noticed by whoever waits for it; a verify that dies has found nothing."""
        return self.fate in ("found", "hung")


class Campaign:
    def __init__(self, options):
        self.options = options
        self.build_root = os.path.abspath(options.build)
        self.portside = os.path.join(self.build_root, "src/tools/portside/portside")
        with open(self.portside, "rb") as f:
            self.portside_hash = hashlib.sha256(f.read()).hexdigest()
        self.checks = options.checks.split(",") if options.checks else in_order_of_yield(known_checks(self.portside))
        self.folder = os.path.join(self.build_root, "mutants", options.name)
        os.makedirs(self.folder, exist_ok=True)
        self.cache = Cache(None if options.fresh else os.path.join(self.folder, "cache.jsonl"))

    def run(self, driver, wanted=None):
        """Results of all mutants of a driver, in their order. `wanted`: only those for which it is true."""
        build_source = os.path.abspath(self.options.source)
        self.arguments = self._arguments(driver)
        build = DriverBuild(build_source, self.build_root, driver)
        fingerprint = build.fingerprint()
        mutants = [m for name, text in build.sources().items() for m in mutants_of(driver, name, text)]
        if wanted:
            mutants = [m for m in mutants if wanted(m)]
        mutants = mutants[self.options.first::self.options.every]
        sources = build.sources()
        if PREEMPTED in self.checks:
            self.preempted_build = DriverBuild(build_source, self.build_root, driver, f"{driver}_{PREEMPTED_BUILD}")
            self.preempted_print = self.preempted_build.fingerprint()
        workshops = queue.Queue()
        for n in range(self.options.jobs):
            workshops.put(Workshop(build, os.path.join(self.folder, f"workshop-{driver}-{n}"), processor=self._processor(n)))
        original = self._original(workshops, driver)
        seen, done, lock = {}, [0], threading.Lock()

        def one(mutant):
            shop = workshops.get()
            try:
                result = self._one(shop, mutant, sources[mutant.file], fingerprint, original, seen, lock)
            finally:
                workshops.put(shop)
            with lock:
                done[0] += 1
                self._progress(driver, done[0], len(mutants), result)
            return result

        with concurrent.futures.ThreadPoolExecutor(self.options.jobs) as pool:
            results = list(pool.map(one, mutants))
        if sys.stderr.isatty():
            sys.stderr.write("\r\033[K")
        return self._merge_duplicates(results)

    def _arguments(self, driver):
        ends = [] if self.options.whole_checks else ["--until-first"]
        return [*DRIVERS[driver], "--budget", self.options.budget, "--seeds", str(self.options.seeds), *ends]

    def _processor(self, number):
        own = sorted(os.sched_getaffinity(0))
        return own[number] if self.options.jobs <= len(own) else None

    def _verify(self, shop, check, arguments):
        return verify(self.portside, shop.image, [check], arguments, self.options.limit, shop.processor)

    def _original(self, workshops, driver):
        """The code's hash of the good driver, which has to be clean: else what is found of a mutant says nothing."""
        shop = workshops.get()
        hash_, error = shop.make_original()
        if not hash_:
            raise BuildError(f"{driver} as it is does not build: {error}")
        for check in self.checks:
            verdict = self._verify(shop, check, self.arguments)
            if verdict.kind != "survived":
                raise BuildError(f"{driver} as it is is not clean under {check}: {verdict.kind} {verdict.by}: {verdict.quote}")
        if PREEMPTED in self.checks:
            name, text = next(iter(shop.build.sources().items()))
            verdict = self._preempted(shop, name, text, f"{driver} as it is, {self.preempted_print}")
            if verdict.kind != "survived":
                raise BuildError(f"{driver} as it is is not clean where it is preempted: {verdict.by}: {verdict.quote}")
        workshops.put(shop)
        return hash_

    def _one(self, shop, mutant, text, fingerprint, original, seen, lock):
        changed = mutant.apply(text)
        text_hash = hashlib.sha256(changed.encode()).hexdigest()
        built = self.cache.get("code", fingerprint, mutant.file, text_hash)
        fresh = False
        if not built:
            built = shop.make(mutant.file, changed)
            fresh = True
            self.cache.put(list(built), "code", fingerprint, mutant.file, text_hash)
        hash_, error = built
        if not hash_:
            return Result(mutant, "not compiled", note=error)
        if hash_ == original:
            return Result(mutant, "same code", hash_)
        with lock:
            first = seen.setdefault(hash_, mutant)
        if first is not mutant:
            return Result(mutant, "duplicate", hash_)
        verdict = None
        for check in self.checks:
            known = self.cache.get("verdict", hash_, self.portside_hash, check, *self.arguments)
            if known:
                verdict = Verdict(**known)
            else:
                if not fresh:
                    shop.make(mutant.file, changed)
                    fresh = True
                verdict = self._verify(shop, check, self.arguments)
                self.cache.put(verdict.to_json(), "verdict", hash_, self.portside_hash, check, *self.arguments)
            if verdict.kind in ("found", "hung"):
                break
        if verdict.kind == "survived" and mutant.operator.family in PREEMPTED_FAMILIES and PREEMPTED in self.checks:
            verdict = self._preempted(shop, mutant.file, changed, hash_)
        return Result(mutant, verdict.kind, hash_, verdict=verdict)

    def _preempted(self, shop, name, text, hash_):
        key = ("verdict", hash_, self.portside_hash, PREEMPTED + ", preempted", self.preempted_print, *self.arguments)
        known = self.cache.get(*key)
        if known:
            return Verdict(**known)
        hash_, error = shop.make(name, text, self.preempted_build)
        if not hash_:
            raise BuildError(f"{name} does not build to be preempted: {error}")
        verdict = self._verify(shop, PREEMPTED, self.arguments)
        self.cache.put(verdict.to_json(), *key)
        return verdict

    @staticmethod
    def _merge_duplicates(results):
        """Of several mutants with one code the first in order stands for all, whichever was made first."""
        firsts, verdicts = {}, {r.hash: r for r in results if r.counted()}
        for result in results:
            if result.fate != "duplicate" and not result.counted():
                continue
            made = verdicts[result.hash]
            fate, verdict = made.verdict.kind, made.verdict
            if result.hash in firsts:
                result.fate, result.note, result.verdict = "duplicate", firsts[result.hash].mutant.key, None
            else:
                firsts[result.hash] = result
                result.fate, result.verdict = fate, verdict
        return results

    def _progress(self, driver, done, total, result):
        if sys.stderr.isatty():
            sys.stderr.write(f"\r\033[K  {driver} {done} of {total}  {result.fate} {result.mutant.key[:90]}")
            sys.stderr.flush()
            return
        if result.fate in ("survived", "died"):
            print(f"  {result.fate}: {result.mutant.key}", flush=True)
        if done % 100 == 0:
            print(f"  {driver}: {done} of {total}", flush=True)


def run_sample(campaign, path):
    """A few mutants whose fate is written down: what is found, and by what, has to be exactly that."""
    expected = {}
    with open(path, encoding="utf-8") as f:
        for line in f:
            if line.strip() and not line.startswith("#"):
                fate, _, key = line.rstrip("\n").partition("  ")
                expected[key.strip()] = fate.strip()
    drivers = sorted({key.split("/")[0] for key in expected})
    got = {}
    for driver in drivers:
        for result in campaign.run(driver, lambda m: m.key in expected):
            by = f" by {result.verdict.by}" if result.fate == "found" else ""
            got[result.mutant.key] = result.fate + by
    wrong = 0
    for key, fate in expected.items():
        actual = got.get(key, "no such mutant: the driver has changed, or the operator")
        print(f"  {'ok ' if actual == fate else 'WRONG'} {fate}: {key}" + ("" if actual == fate else f"\n        is: {actual}"))
        wrong += actual != fate
    print(f"{len(expected) - wrong} of {len(expected)} mutants as expected")
    return 1 if wrong else 0


def make_one(campaign, driver, wanted):
    """Builds the first mutant of that name and leaves it, so that a person can look at it."""
    build = DriverBuild(os.path.abspath(campaign.options.source), campaign.build_root, driver)
    for name, text in build.sources().items():
        for mutant in filter(wanted, mutants_of(driver, name, text)):
            shop = Workshop(build, os.path.join(campaign.folder, "made"), symbols=True)
            hash_, error = shop.make(name, mutant.apply(text))
            print(f"{mutant.key} -> {mutant.after}\n{shop.image if hash_ else error}")
            return 0 if hash_ else 1
    print("no such mutant")
    return 2


def parse_arguments():
    parser = argparse.ArgumentParser(description="Mutants of the good drivers, and the share of them that `portside verify` finds.")
    parser.add_argument("driver", nargs="?", default="all", help=", ".join(DRIVERS) + "; or all: " + " and ".join(USUAL))
    parser.add_argument("filter", nargs="?", help="a regular expression: only mutants whose name holds it; nothing is written")
    parser.add_argument("--source", default=os.path.join(HERE, "../.."), help="the root of the sources")
    parser.add_argument("--build", default=os.path.join(HERE, "../../build/dev"), help="a build folder with portside and the drivers")
    parser.add_argument("--checks", help="with commas; else all that portside has, one after the other until one finds the mutant")
    parser.add_argument("--budget", default="10min", help="of a check: so large that counts end it, and not the clock")
    parser.add_argument("--seeds", type=int, default=40, help="schedules that each scenario is run under")
    parser.add_argument("--limit", type=float, default=120, help="seconds after which one check of one mutant counts as hung")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--report", help="the Markdown file to write, unless there is a filter; else none")
    parser.add_argument("--sample", help="a file of mutants and their fates: exits with 1 when one differs")
    parser.add_argument("--every", type=int, default=1, metavar="N", help="every N-th mutant alone, for an estimate")
    parser.add_argument("--first", type=int, default=0, metavar="K", help="with --every: the first one taken, so that N runs make all")
    parser.add_argument("--whole-checks", action="store_true", help="a check goes on when it has found something, so that each rule that tells is counted")
    parser.add_argument("--list", action="store_true", help="the mutants alone; nothing is built")
    parser.add_argument("--make", action="store_true", help="builds the first that the filter matches, and says where it is")
    parser.add_argument("--fresh", action="store_true", help="with nothing that an earlier run found out")
    parser.add_argument("--name", default="all", help="of the folder in build/…/mutants that keeps the results")
    return parser.parse_args()


def main():
    options = parse_arguments()
    campaign = Campaign(options)
    if options.sample:
        return run_sample(campaign, options.sample)
    drivers = USUAL if options.driver == "all" else [options.driver]
    if options.list:
        for driver in drivers:
            build = DriverBuild(os.path.abspath(options.source), campaign.build_root, driver)
            for name, text in build.sources().items():
                for mutant in mutants_of(driver, name, text):
                    print(f"{mutant.line:4} {mutant.key} -> {mutant.after[:80]}")
        return 0
    wanted = (lambda m: re.search(options.filter, m.key)) if options.filter else None
    if options.make and wanted:
        return make_one(campaign, drivers[0], wanted)
    results = {driver: campaign.run(driver, wanted) for driver in drivers}
    equivalents = read_equivalents(os.path.join(HERE, "equivalents.txt"))
    equivalents.settle([r for rs in results.values() for r in rs])
    with open(os.path.join(campaign.folder, "results.json"), "w", encoding="utf-8") as out:
        json.dump([{"key": r.mutant.key, "line": r.mutant.line, "after": r.mutant.after, "fate": r.fate, "note": r.note,
                    "verdict": r.verdict.to_json() if r.verdict else None} for rs in results.values() for r in rs], out, indent=1)
    whole = not options.filter and options.every == 1
    faults = [] if not whole else equivalents.faults([r for rs in results.values() for r in rs], drivers)
    for line in summary_lines(results, equivalents, details=bool(options.filter)):
        print(line)
    for fault in faults:
        print(f"equivalents.txt: {fault}")
    if options.report and not options.filter:
        with open(options.report, "w", encoding="utf-8") as out:
            out.write(to_markdown(results, equivalents, campaign.checks, options.every))
    return 1 if faults else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (BuildError, OSError) as error:
        print(f"mutants: {error}", file=sys.stderr)
        sys.exit(2)

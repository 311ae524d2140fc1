#!/usr/bin/env python3
"""The report folder as its readers meet it.

usage: report_test.py PORTSIDE SAMPLE SOURCES NODE_MODULES CABLE FORGETS COUNTED
       report_test.py ... --pictures DIR     writes pictures of the pages instead, at desktop and phone width, light and dark
       report_test.py ... --readme FILE      writes the picture that README.md shows (docs/images/verify.png)
"""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree as ElementTree

from browser import Browser

PORTSIDE, SAMPLE, SOURCES, NODE_MODULES, CABLE, FORGETS, COUNTED = (os.path.abspath(a) for a in sys.argv[1:8])
PLACES = os.path.join(SOURCES, "src/report/report_test.cpp")  # a source with lines enough
AXE = os.path.join(NODE_MODULES, "axe-core/axe.min.js")
SCHEMA = os.path.join(NODE_MODULES, "@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json")
MISSING = "{} is not here; ./dev test fetches it into build/npm"


def verify(driver, folder, *more, expect):
    result = subprocess.run([PORTSIDE, "verify", "--driver", driver, "--checks", "rules", "--report", folder, *more], capture_output=True, text=True)
    assert result.returncode == expect, f"exit code {result.returncode}: {result.stdout}{result.stderr}"
    return result.stdout


def make_reports(folder):
    """{name: its folder}: a report with everything, and those of real runs."""
    reports = {name: os.path.join(folder, name) for name in ("full", "clean", "forgets", "counted")}
    subprocess.run([SAMPLE, reports["full"], SOURCES, PLACES], check=True)
    verify(CABLE, reports["clean"], expect=0)
    verify(FORGETS, reports["forgets"], expect=1)
    verify(COUNTED, reports["counted"], expect=0)
    return reports


class ReportFolder(unittest.TestCase):
    """The reports are made once, for all tests."""

    @classmethod
    def setUpClass(cls):
        if not hasattr(ReportFolder, "folder"):
            ReportFolder.folder = tempfile.mkdtemp(prefix="portside-report-")
            unittest.addModuleCleanup(shutil.rmtree, ReportFolder.folder)
            ReportFolder.reports = make_reports(ReportFolder.folder)

    def each(self, name):
        for which, folder in self.reports.items():
            with self.subTest(report=which):
                with open(os.path.join(folder, name), encoding="utf-8") as f:
                    yield which, f.read()


class Pages(ReportFolder):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.browser = Browser()

    @classmethod
    def tearDownClass(cls):
        cls.browser.close()

    def open_each(self):
        for which, folder in self.reports.items():
            with self.subTest(report=which):
                self.browser.open(os.path.join(folder, "report.html"))
                yield which

    def test_no_console_error_and_nothing_is_fetched(self):
        for _ in self.open_each():
            self.assertEqual([e["message"] for e in self.browser.console()], [])
            fetched = self.browser.run("return performance.getEntriesByType('resource').map(e => e.name).filter(n => !n.startsWith('data:'))")
            self.assertEqual(fetched, [])

    def test_all_links_inside_resolve(self):
        for which in self.open_each():
            ids, twice, links, labels = self.browser.run(
                "const all = [...document.querySelectorAll('[id]')].map(e => e.id);"
                "return [all, all.filter((id, i) => all.indexOf(id) !== i), [...document.links].map(a => a.getAttribute('href')),"
                " [...document.querySelectorAll('[aria-labelledby]')].map(e => e.getAttribute('aria-labelledby'))]")
            self.assertEqual(twice, [])
            for link in links:
                self.assertTrue(link.startswith("https://") or link[1:] in ids, link)
            self.assertEqual([label for label in labels if label not in ids], [])
            self.assertGreater(len(links), 2, which)

    def test_axe_finds_no_serious_fault(self):
        self.assertTrue(os.path.exists(AXE), MISSING.format("axe-core"))
        with open(AXE, encoding="utf-8") as f:
            axe = f.read()
        for which in self.open_each():
            # Everything unfolded; of rows, steps and lines that are alike, the first few speak for the rest.
            self.browser.run("document.querySelectorAll('details').forEach(d => d.open = true);"
                             "document.querySelectorAll('#timelines tbody tr:nth-child(n+5), #coverage pre span:nth-child(n+9), #timelines svg text:nth-of-type(n+12),"
                             " #timelines svg rect:nth-of-type(n+12), #coverage details:nth-of-type(n+3)').forEach(e => e.remove())")
            self.browser.run(axe)
            for width, dark in ((1280, False), (390, True)) if which == "full" else ((390, False),) if which == "forgets" else ((1280, True),):
                self.browser.show(width, dark=dark)
                found, checked = self.browser.run_async(
                    "const done = arguments[0]; axe.run({resultTypes: ['violations']}).then(r => done([r.violations, r.passes.length]))")
                serious = [f"{v['id']}: {v['help']}: {n['html'][:200]}" for v in found if v["impact"] in ("serious", "critical") for n in v["nodes"]]
                self.assertEqual(serious, [], f"{which}, {width} pixels, {'dark' if dark else 'light'}")
                self.assertGreater(checked, 10)

    def test_a_phone_scrolls_one_way_only(self):
        for which in self.open_each():
            self.browser.show(390)
            self.assertLessEqual(self.browser.run("return document.documentElement.scrollWidth"), 390, which)

    def test_a_hostile_name_is_text(self):
        self.browser.open(os.path.join(self.reports["full"], "report.html"))
        self.assertEqual(self.browser.run("return document.querySelector('h1').textContent"), "hostile<driver>.sys")
        self.assertEqual(self.browser.run("return document.scripts.length"), 1)

    def test_assertions_can_be_filtered_and_read_without(self):
        self.browser.open(os.path.join(self.reports["full"], "report.html"))
        shown = "return [...document.querySelectorAll('#assertions details tbody tr')].filter(r => !r.hidden).length"
        self.assertEqual(self.browser.run(shown), 17)
        self.browser.run("const f = document.getElementById('filter'); f.value = 'drift speaker'; f.dispatchEvent(new Event('input'))")
        self.assertEqual(self.browser.run(shown), 1)

    def test_the_place_is_marked_in_the_drivers_source(self):
        self.browser.open(os.path.join(self.reports["forgets"], "report.html"))
        marked = self.browser.run("return document.querySelector('#problem-1 .here').textContent")
        self.assertIn("FreePagesFromMdl", marked)
        labels = self.browser.run("return [...document.querySelectorAll('#problem-1 .stack summary strong')].map(e => e.textContent)")
        self.assertEqual(labels, ["freed by", "allocated by", "mapped by"])
        self.assertGreater(self.browser.run("return document.querySelectorAll('#timelines svg').length"), 0)

    def test_coverage_stands_where_it_was_counted(self):
        self.browser.open(os.path.join(self.reports["counted"], "report.html"))
        text = self.browser.run("return document.querySelector('#coverage').textContent")
        self.assertRegex(text, r"\d+ of \d+ lines ran")
        self.assertGreater(self.browser.run("return document.querySelectorAll('#coverage pre.source').length"), 3)


class Files(ReportFolder):
    def test_sarif_is_valid_against_the_schema(self):
        import jsonschema
        self.assertTrue(os.path.exists(SCHEMA), MISSING.format("the SARIF schema"))
        with open(SCHEMA, encoding="utf-8") as f:
            schema = json.load(f)
        validator = jsonschema.Draft4Validator(schema, format_checker=jsonschema.FormatChecker())
        for which, text in self.each("report.sarif"):
            log = json.loads(text)
            self.assertEqual([f"{list(e.absolute_path)}: {e.message}" for e in validator.iter_errors(log)], [])
            self.assertEqual(len(log["runs"][0]["results"]), {"full": 6, "clean": 0, "forgets": 1, "counted": 0}[which])

    def test_sarif_names_the_line_below_the_root_of_the_sources(self):
        for which, text in self.each("report.sarif"):
            if which == "forgets":
                at = json.loads(text)["runs"][0]["results"][0]["locations"][0]["physicalLocation"]
                self.assertEqual(at["artifactLocation"], {"uri": "drivers/cable/wave_stream.cpp", "uriBaseId": "SRCROOT"})
                self.assertIn("FreePagesFromMdl", at["region"]["snippet"]["text"])

    def test_junit_counts_what_it_holds(self):
        for _, text in self.each("junit.xml"):
            root = ElementTree.fromstring(text.encode("utf-8"))
            for suite in [root, *root.iter("testsuite")]:
                cases = list(suite.iter("testcase"))
                self.assertEqual(int(suite.get("tests")), len(cases))
                for attribute, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
                    self.assertEqual(int(suite.get(attribute)), sum(case.find(tag) is not None for case in cases))
            names = [(c.get("classname"), c.get("name")) for c in root.iter("testcase")]
            self.assertEqual(len(names), len(set(names)), "a name is one case's")

    def test_trace_has_every_slice_ended(self):
        for which, text in self.each("trace.json"):
            stacks, last = {}, {}
            events = json.loads(text)["traceEvents"]
            for event in events:
                track = (event["pid"], event["tid"])
                if event["ph"] == "B":
                    stacks.setdefault(track, []).append(event["name"])
                elif event["ph"] == "E":
                    self.assertEqual(stacks[track].pop(), event["name"])
                if event["ph"] in "BE":
                    self.assertGreaterEqual(event["ts"], last.get(track, 0))
                    last[track] = event["ts"]
            self.assertFalse(any(stacks.values()))
            self.assertGreater(sum(e["ph"] == "i" for e in events), 10, which)

    def test_two_runs_write_the_same(self):
        again = os.path.join(self.folder, "again")
        verify(FORGETS, again, expect=1)
        for name in ("report.sarif", "trace.json"):
            with open(os.path.join(again, name), encoding="utf-8") as a, open(os.path.join(self.reports["forgets"], name), encoding="utf-8") as b:
                self.assertEqual(a.read().replace(again, "DIR"), b.read().replace(self.reports["forgets"], "DIR"), name)

    def test_a_folder_that_cannot_be_made_is_one_sentence(self):
        place = os.path.join(self.folder, "a file")
        open(place, "w").close()
        result = subprocess.run([PORTSIDE, "verify", "--driver", CABLE, "--report", place], capture_output=True, text=True)
        self.assertEqual((result.returncode, result.stdout, result.stderr.count("\n")), (2, "", 1), result.stderr)

    def test_json_says_the_same(self):
        out = json.loads(subprocess.run([PORTSIDE, "verify", "--driver", FORGETS, "--checks", "rules", "--json"], capture_output=True, text=True).stdout)
        self.assertEqual([p["rule"] for p in out["problems"]], ["FreedWhileMapped"])
        self.assertEqual((out["failed"], out["verdict"]), (True, "1 violation"))


def pictures(folder):
    os.makedirs(folder, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        browser = Browser()
        for which, report in make_reports(scratch).items():
            for width, dark in ((1280, False), (1280, True), (390, False), (390, True)):
                browser.open(os.path.join(report, "report.html"))
                browser.show(width, dark=dark)
                height = browser.run("return document.documentElement.scrollHeight")
                browser.show(width, height=height, dark=dark)
                browser.picture(os.path.join(folder, f"{which}-{width}-{'dark' if dark else 'light'}.png"))
        browser.close()


def readme_picture(path):
    with tempfile.TemporaryDirectory() as folder:
        # As one types it in a checkout: a picture holds no path of somebody's machine.
        subprocess.run([PORTSIDE, "verify", "--driver", os.path.relpath(FORGETS, SOURCES), "--checks", "rules", "--report", folder], cwd=SOURCES,
                       stdout=subprocess.DEVNULL)
        browser = Browser()
        browser.open(os.path.join(folder, "report.html"))
        browser.show(1120)
        # From the verdict to the three stacks.
        end = browser.run("return document.querySelector('#problem-1 dl').getBoundingClientRect().bottom")
        browser.show(1120, height=int(end) + 24)
        browser.picture(path, whole=False)
        browser.close()


if __name__ == "__main__":
    if "--readme" in sys.argv:
        readme_picture(sys.argv[sys.argv.index("--readme") + 1])
    elif "--pictures" in sys.argv:
        pictures(sys.argv[sys.argv.index("--pictures") + 1])
    else:
        unittest.main(argv=sys.argv[:1])

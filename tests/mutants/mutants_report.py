"""What a run of all mutants says: lines for the terminal, docs/mutants.md for readers."""
from collections import Counter

from operators import OPERATORS


def percent(found, counted):
    return f"{100 * found / counted:.1f} %" if counted else "–"


class Tally:
    def __init__(self, results, equivalents):
        self.made = len(results)
        self.not_compiled = sum(r.fate == "not compiled" for r in results)
        self.same = sum(r.fate in ("same code", "duplicate") for r in results)
        counted = [r for r in results if r.counted()]
        self.counted, self.found = len(counted), sum(r.is_found() for r in counted)
        self.survivors = [r for r in counted if not r.is_found()]
        self.equivalent = sum(equivalents.reason(r.mutant) is not None for r in self.survivors)
        self.unexplained = len(self.survivors) - self.equivalent

    def share(self):
        return percent(self.found, self.counted - self.equivalent)

    def row(self, name):
        return [name, str(self.made), str(self.not_compiled), str(self.same), str(self.counted), str(self.found), str(self.equivalent),
                str(self.unexplained), self.share()]


COLUMNS = ["", "mutants", "not compiled", "no other code", "counted", "found", "equivalent", "survived", "share"]


def summary_lines(results, equivalents, details):
    for driver, of_driver in results.items():
        tally = Tally(of_driver, equivalents)
        for r in of_driver:
            if details or r.fate == "died":
                by = f" by {r.verdict.by}: {r.verdict.quote[:100]}" if r.verdict and r.verdict.by else ""
                yield f"  {r.fate:12} {r.mutant.line:4} {r.mutant.key} -> {r.mutant.after[:60]}{by}{' (' + r.note[:120] + ')' if r.note else ''}"
        yield (f"{driver}: {tally.found} of {tally.counted - tally.equivalent} mutants found, {tally.share()} "
               f"({tally.made} made, {tally.not_compiled} not compiled, {tally.same} no other code, {tally.equivalent} equivalent, "
               f"{tally.unexplained} survived)")
    if len(results) > 1:
        every = Tally([r for rs in results.values() for r in rs], equivalents)
        yield f"together: {every.found} of {every.counted - every.equivalent}, {every.share()}"


def table(head, rows):
    yield "| " + " | ".join(head) + " |"
    yield "|" + "|".join(["---"] + ["---:"] * (len(head) - 1)) + "|"
    for row in rows:
        yield "| " + " | ".join(row) + " |"


def code_span(text):
    return "`" + text.replace("`", "'").replace("|", "¦") + "`"


def to_markdown(results, equivalents, checks, every_nth=1):
    every = [r for rs in results.values() for r in rs]
    lines = ["# Mutants", "",
             "<!-- Written by `./dev mutants`. Do not edit: the operators are in tests/mutants, the reasons in equivalents.txt there. -->", "",
             "How much does `portside verify` see? The good drivers are made wrong on purpose, in one place at a time, by operators that stand for",
             "mistakes that people make; each such mutant is built and verified.",
             "What is printed here is what the last whole run found." if every_nth == 1 else
             f"What is printed here is of one mutant in {every_nth}, in the order of the sources.", "",
             f"Checks, in this order until one finds the mutant: {', '.join(checks)}.", "",
             "- **not compiled**: the compiler refuses the mutant; it is not counted.",
             "- **no other code**: the mutant's machine code is the original's, or another mutant's; it is not counted.",
             "- **equivalent**: nobody could tell the mutant from the original; each is argued below. Not in the share.",
             "- **share**: found, of those that are counted and not equivalent.", ""]
    lines += table(COLUMNS, [Tally(rs, equivalents).row(driver) for driver, rs in results.items()] +
                   ([Tally(every, equivalents).row("together")] if len(results) > 1 else []))
    lines += ["", "## By operator", ""]
    rows = []
    for op in OPERATORS:
        mine = [r for r in every if r.mutant.operator is op]
        if mine:
            rows.append(Tally(mine, equivalents).row(f"**{op.name}**: {op.about}"))
    lines += table(COLUMNS, rows)
    lines += ["", "## What finds them", "", "The first violation, else the first failed assertion, deviation or advice of the report.", ""]
    finders = Counter((r.verdict.check, r.verdict.by, r.verdict.grade) for r in every if r.is_found())
    lines += table(["check", "rule or assertion", "grade", "mutants"],
                   [[c, by, grade, str(n)] for (c, by, grade), n in sorted(finders.items(), key=lambda item: (-item[1], item[0]))])
    survivors = [r for r in every if r.counted() and not r.is_found()]
    lines += ["", "## Survivors without a reason", ""]
    rest = [r for r in survivors if not equivalents.reason(r.mutant)]
    for r in rest:
        lines.append(f"- {place(r)} {r.mutant.operator.name}: {change(r)}" + (f" ({r.verdict.by}: {r.verdict.quote})" if r.fate == "died" else ""))
    lines += [] if rest else ["None."]
    lines += ["", "## Equivalent mutants", ""]
    reasons = {}
    for r in survivors:
        reason = equivalents.reason(r.mutant)
        if reason:
            reasons.setdefault(reason, []).append(r)
    for reason, of_reason in reasons.items():
        lines += [f"- {place(r)} {r.mutant.operator.name}: {change(r)}" + ("  " if r is not of_reason[-1] else "") for r in of_reason]
        lines += [f"  {reason}"]
    lines += [] if reasons else ["None."]
    return "\n".join(lines) + "\n"


def place(result):
    return f"{result.mutant.driver}/{result.mutant.file}, {result.mutant.function or 'tables'}:"


def change(result):
    before, after = result.mutant.before, result.mutant.after
    if after in (";", ""):
        return code_span(before[:110]) + " left out"
    return f"{code_span(before[:80])} becomes {code_span(after[:80])}"

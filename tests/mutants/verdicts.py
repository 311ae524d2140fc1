"""What `portside verify` says of a mutant: run in a process of its own, with a time limit, and read."""
import os
import re
import signal
import subprocess

GRADES = {"VIOLATION": "violation", "DEVIATION": "deviation", "ADVICE": "advice", "FAILED": "assertion"}
HEAD = re.compile(r"^(VIOLATION|DEVIATION|ADVICE|FAILED)  (.+)$")


class Verdict:
    """kind: found, survived, hung, died. by: what found it, `rule` or `check: assertion`; quote: the first sentence of why; every: all
    rules and assertions that told of it in that check, the first of them too."""

    def __init__(self, kind, by="", grade="", quote="", check="", every=()):
        self.kind, self.by, self.grade, self.quote, self.check, self.every = kind, by, grade, quote, check, list(every)

    def to_json(self):
        return {"kind": self.kind, "by": self.by, "grade": self.grade, "quote": self.quote, "check": self.check, "every": self.every}


def read_report(text):
    """The problems and failed assertions of the text report: (grade, name, first line of what or why), in its order."""
    found = []
    lines = text.splitlines()
    for at, line in enumerate(lines):
        head = HEAD.match(line)
        if head:
            name = re.split(r"  +", head.group(2))[0].strip()
            quote = []
            for follows in lines[at + 1:]:
                if quote and re.match(r"^ {16}\S", follows):
                    quote.append(follows.strip())
                elif not quote and re.match(r"^  (what|why)\b", follows):
                    quote.append(follows[16:].strip())
                elif quote or not follows.startswith("  "):
                    break
            found.append((GRADES[head.group(1)], name, " ".join(quote)))
    return found


def known_checks(portside):
    """The names of the checks that this portside has, as its help lists them."""
    text = " ".join(subprocess.run([portside, "verify", "--help"], capture_output=True, text=True).stdout.split())
    listed = re.search(r"else all: (.*?) --\w", text)
    return re.findall(r"([\w-]+) \([^)]*\)", listed.group(1)) if listed else []


def verify(portside, image, checks, arguments, limit_seconds, processor=None):
    """One run of verify with these checks. `processor`: the one that it stays on, whose neighbours need not be told then what it maps
    and unmaps, which is a good part of its time."""
    command = [portside, "verify", "-d", image, "--checks", ",".join(checks), *arguments]
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, errors="replace",
                               start_new_session=True, cwd=os.path.dirname(image),
                               preexec_fn=None if processor is None else lambda: os.sched_setaffinity(0, {processor}))
    try:
        out, err = process.communicate(timeout=limit_seconds)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        return Verdict("hung", f"no end within {limit_seconds} s", "hang", "", ",".join(checks))
    if process.returncode < 0 or process.returncode > 2:
        last = [line for line in err.splitlines() if line.strip()][-1:] or [""]
        return Verdict("died", f"verify ended by itself with {process.returncode}", "died", last[0][:200], ",".join(checks))
    if process.returncode == 2:
        return Verdict("died", "verify refused the driver", "died", (out + err).strip()[:200], ",".join(checks))
    found = read_report(out)
    every = sorted({name for _, name, _ in found})
    for grade in ("violation", "assertion", "deviation", "advice"):
        for g, name, quote in found:
            if g == grade:
                return Verdict("found", name, grade, quote, ",".join(checks), every)
    if process.returncode == 1:
        last = [line for line in out.splitlines() if line.startswith("verdict:")]
        return Verdict("found", "verdict", "assertion", last[0] if last else "", ",".join(checks))
    return Verdict("survived", check=",".join(checks))

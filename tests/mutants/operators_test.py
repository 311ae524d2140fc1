"""The operators on small examples: each finds its site, changes what it says, and leaves the rest alone. And how results are read."""
import json
import os
import re
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import mutants  # noqa: F401, E402  registers every operator
import repetition_operators  # noqa: F401, E402  and those for twins alone
import level_operators  # noqa: F401, E402
import sibling_operators  # noqa: F401, E402
from cpp_source import Source  # noqa: E402
from equivalents import Equivalents  # noqa: E402
from mutants import Campaign, Result  # noqa: E402
from operators import OPERATORS, mutants_of, squeeze  # noqa: E402
from rules_on_mutants import to_markdown, told_by  # noqa: E402
from verdicts import Verdict, read_report  # noqa: E402

GUARDED = """void f() {
  __try {
    touch(p);
  } __except (EXCEPTION_EXECUTE_HANDLER) {}
  __try {
    done();
  } __finally {
    leave();
  }
}
"""

# operator: (a function's body, each mutant of it that the operator makes)
BODIES = {
    "call-twice": ("map(p); x = y();", ["{ map(p); map(p); } x = y();", "map(p); { x = y(); x = y(); }"]),
    "argument-off-by-one": ("get(mdl, i, kMost);", ["get((mdl + 1), i, kMost);", "get(mdl, (i + 1), kMost);", "get(mdl, i, (kMost + 1));"]),
    "cache-type-of-none": ("map(mdl, MmCached);", ["map(mdl, static_cast<MEMORY_CACHING_TYPE>(9));"]),
    "other-level": ("raise(DISPATCH_LEVEL);", ["raise(PASSIVE_LEVEL);", "raise(HIGH_LEVEL);"]),
    "raised-call": ("map(p); x = y(); KeLowerIrql(k);",
                    ["{ KIRQL mutant_irql; KeRaiseIrql(DISPATCH_LEVEL, &mutant_irql); map(p); KeLowerIrql(mutant_irql); } x = y(); KeLowerIrql(k);", "map(p); { KIRQL mutant_irql; KeRaiseIrql(DISPATCH_LEVEL, &mutant_irql); x = y(); KeLowerIrql(mutant_irql); } KeLowerIrql(k);"]),
    "left-raised": ("map(p);", ["map(p); KIRQL mutant_irql; KeRaiseIrql(DISPATCH_LEVEL, &mutant_irql);"]),
    "long-stall": ("map(p);", ["KeStallExecutionProcessor(200000); map(p);"]),
    "long-poll": ("map(p);", ["for (int mutant_n = 0; mutant_n < 20000; ++mutant_n) KeStallExecutionProcessor(50); map(p);"]),
    "long-sleep": ("map(p);", ["{ LARGE_INTEGER mutant_time; mutant_time.QuadPart = -10'000'000; "
                               "KeDelayExecutionThread(KernelMode, FALSE, &mutant_time); } map(p);"]),
    "thousandfold": ("wait(0, 50);", ["wait(0, (50 * 1000));"]),
    "sibling-call": ("IoDetachDevice(below);", ["IoDeleteDevice(below);"]),
    "swap-arguments": ("copy(to, from, n);", ["copy(from, to, n);", "copy(to, n, from);"]),
    "pending-status": ("irp->IoStatus.Status = status; return status;",
                       ["irp->IoStatus.Status = STATUS_PENDING; return status;", "irp->IoStatus.Status = status; return STATUS_PENDING;"]),
    "final-status": ("return STATUS_PENDING;", ["return STATUS_SUCCESS;"]),
    "drop-bits": ("a |= b; c &= ~d; e = f;", ["; c &= ~d; e = f;", "a |= b; ; e = f;"]),
    "null-argument": ("look(p, 1, &q);", ["look(nullptr, 1, &q);", "look(p, 1, nullptr);"]),
    "early-free": ("look(p); FreeIt(p);", ["FreeIt(p); look(p);"]),
    "drop-unmap": ("if (view) port->UnmapAllocatedPages(view, mdl);", ["if (view) ;"]),
    "drop-free": ("ExFreePoolWithTag(p, kTag); done();", ["; done();"]),
    "leak-on-error": ("if (!view) { port->FreePagesFromMdl(mdl); return STATUS_UNSUCCESSFUL; } port->FreePagesFromMdl(mdl);",
                      ["if (!view) { ; return STATUS_UNSUCCESSFUL; } port->FreePagesFromMdl(mdl);"]),
    "free-twice": ("ZwClose(file);", ["{ ZwClose(file); ZwClose(file); }"]),
    "use-after-free": ("look(p); int n = 1; ExFreePool(p);", ["ExFreePool(p); int n = 1; look(p);"]),
    "drop-unregister": ("RemoveEntryList(link);", [";"]),
    "drop-release": ("if (p) p->Release();", ["if (p) ;"]),
    "drop-addref": ("a.share(b); c->AddRef();", ["a.share(b); ;", "a.adopt(b); c->AddRef();"]),
    "extra-reference": ("a.adopt(b); c.adopt(new C());", ["a.share(b); c.adopt(new C());"]),
    "release-twice": ("p->Release();", ["{ p->Release(); p->Release(); }"]),
    "stale-pointer": ("a_ = nullptr; void* b = nullptr;", ["; void* b = nullptr;"]),
    "wrong-tag": ("ExFreePoolWithTag(p, kTag);", ["ExFreePoolWithTag(p, 'gnrW');"]),
    "no-tag": ("p = ExAllocatePool2(flags, sizeof(*p), kTag);", ["p = ExAllocatePool2(flags, sizeof(*p), 0);"]),
    "paged-pool": ("p = ExAllocatePool2(POOL_FLAG_NON_PAGED, 1, kTag);", ["p = ExAllocatePool2(POOL_FLAG_PAGED, 1, kTag);"]),
    "short-allocation": ("p = ExAllocatePool2(flags, n * 2, kTag);",
                         ["p = ExAllocatePool2(flags, (n * 2) - 1, kTag);", "p = ExAllocatePool2(flags, (n * 2) / 4 * 3, kTag);"]),
    "no-memory-check": ("if (!p) return STATUS_NO_MEMORY; if (!ready()) return;", ["; if (!ready()) return;"]),
    "unguarded": ("if (timer_) ExDeleteTimer(timer_, TRUE, TRUE, nullptr);", ["ExDeleteTimer(timer_, TRUE, TRUE, nullptr);"]),
    "dirty-memory": ("RtlZeroMemory(p, 8);", [";"]),
    "not-initialised": ("KeInitializeSpinLock(&lock_);", [";"]),
    "miss-lock": ("ExAcquireFastMutex(&m); n = 1; ExReleaseFastMutex(&m); { SpinLockGuard guard(l); k(); }",
                  ["; n = 1; ; { SpinLockGuard guard(l); k(); }", "ExAcquireFastMutex(&m); n = 1; ExReleaseFastMutex(&m); { ; k(); }"]),
    "drop-unlock": ("ExAcquireFastMutex(&m); n = 1; ExReleaseFastMutex(&m);", ["ExAcquireFastMutex(&m); n = 1; ;"]),
    "early-unlock": ("SpinLockGuard guard(l); a(); b();", ["{ SpinLockGuard guard(l); a(); } b();"]),
    "call-under-lock": ("return ZwClose(file);", [
        "{ KSPIN_LOCK mutant_lock; KIRQL mutant_irql; KeInitializeSpinLock(&mutant_lock); KeAcquireSpinLock(&mutant_lock, &mutant_irql); "
        "const auto mutant_result = ZwClose(file); KeReleaseSpinLock(&mutant_lock, mutant_irql); return mutant_result; }"]),
    "plain-counter": ("return InterlockedIncrement(&count_);", ["return (++count_);"]),
    "drop-timer-cancel": ("ExCancelTimer(timer_, nullptr);", [";"]),
    "timer-no-wait": ("ExDeleteTimer(t, TRUE, TRUE, nullptr);", ["ExDeleteTimer(t, TRUE, FALSE, nullptr);", "ExDeleteTimer(t, FALSE, FALSE, nullptr);"]),
    "drop-timer-set": ("ExSetTimer(t, -delay, 0, nullptr);", [";"]),
    "timer-absolute": ("ExSetTimer(t, -delay, 0, nullptr);", ["ExSetTimer(t, delay, 0, nullptr);"]),
    "timer-low-resolution": ("t = ExAllocateTimer(f, this, EX_TIMER_HIGH_RESOLUTION);", ["t = ExAllocateTimer(f, this, 0);"]),
    "drop-wait": ("KeWaitForSingleObject(thread_, Executive, KernelMode, FALSE, nullptr);", [";"]),
    "drop-signal": ("KeSetEvent(e, 0, FALSE);", [";"]),
    "drop-complete": ("IoCompleteRequest(irp, 0);", [";"]),
    "complete-twice": ("IoCompleteRequest(irp, 0);", ["{ IoCompleteRequest(irp, 0); IoCompleteRequest(irp, 0); }"]),
    "pend-wrongly": ("IoMarkIrpPending(irp); return STATUS_PENDING;", ["; return STATUS_PENDING;", "IoMarkIrpPending(irp); return STATUS_SUCCESS;"]),
    "wrong-cache-type": ("*cache = MmCached;", ["*cache = MmNonCached;", "*cache = MmWriteCombined;"]),
    "size-off-by-one": ("RtlCopyMemory(a, b, n); *actual_bytes = n;",
                        ["RtlCopyMemory(a, b, (n) + 1); *actual_bytes = n;", "RtlCopyMemory(a, b, (n) - 1); *actual_bytes = n;",
                         "RtlCopyMemory(a, b, n); *actual_bytes = (n) + 1;", "RtlCopyMemory(a, b, n); *actual_bytes = (n) - 1;"]),
    "half-size": ("n = sizeof(Header);", ["n = (sizeof(Header) / 2);"]),
    "loop-bound": ("for (int i = 0; i < n; ++i) f(i);", ["for (int i = 1; i < n; ++i) f(i);", "for (int i = 0; i <= n; ++i) f(i);"]),
    "not-wrapped": ("return at(frame % buffer_frames) + 1;", ["return at(frame) + 1;"]),
    "wrong-unit": ("bytes = frames * format.bytes_per_frame();", ["bytes = frames;"]),
    "position-off-by-one": ("position->PlayOffset = now;", ["position->PlayOffset = (now) + 1;", "position->PlayOffset = (now) - 1;"]),
    "position-jumps": ("end.position += frames;", ["end.position += (frames) + 1;", "end.position += (frames) / 2;"]),
    "wrong-count": ("n = frames / notification_count;", ["n = frames;"]),
    "wrong-removal": ("RemoveEntryList(link);", ["RemoveHeadList(link);"]),
    "other-element": ("return running_[0];", ["return running_[1];"]),
    "other-name": ("PcNewPort(&p, CLSID_PortWaveRT);", ["PcNewPort(&p, CLSID_PortTopology);"]),
    "short-table": ("n = ARRAYSIZE(pins);", ["n = (ARRAYSIZE(pins) - 1);"]),
    "drop-flag": ("f = KSPROPERTY_TYPE_GET | KSPROPERTY_TYPE_SET;", ["f = KSPROPERTY_TYPE_SET;", "f = KSPROPERTY_TYPE_GET;"]),
    "wrong-node": ("connect(Filter::kInputPin);", ["connect(Filter::kOutputPin);"]),
    "ignore-status": ("if (!NT_SUCCESS(status)) return status;", [";"]),
    "drop-check": ("if (bytes == 0) return STATUS_INVALID_PARAMETER;", [";"]),
    "negate-check": ("if (a) b();", ["if (!(a)) b();"]),
    "drop-condition": ("if (a || b(1, 2)) c();", ["if (b(1, 2)) c();", "if (a) c();"]),
    "check-boundary": ("if (a < static_cast<int>(b)) c();", ["if (a <= static_cast<int>(b)) c();"]),
    "success-for-error": ("if (a) return STATUS_NOT_FOUND; return STATUS_SUCCESS;", ["if (a) return STATUS_SUCCESS; return STATUS_SUCCESS;"]),
    "error-for-success": ("return STATUS_SUCCESS;", ["return STATUS_UNSUCCESSFUL;"]),
    "wrong-error": ("return STATUS_BUFFER_OVERFLOW;", ["return STATUS_BUFFER_TOO_SMALL;"]),
    "skip-call": ("NTSTATUS status = open(a, b); return close(status);",
                  ["NTSTATUS status = STATUS_SUCCESS; return close(status);", "NTSTATUS status = open(a, b); return STATUS_SUCCESS;"]),
    "drop-call": ("PAGED_CODE(); thing.call(1);", ["PAGED_CODE(); ;"]),
    "swap-calls": ("a(); n = 1; if (b) b->c();", ["if (b) b->c(); n = 1; a();"]),
    "drop-result": ("*mdl = pages; x->y = 1; z = 2;", ["; x->y = 1; z = 2;", "*mdl = pages; ; z = 2;"]),
    "drop-state": ("++count_; z = 2; const int k = 3;", ["; z = 2; const int k = 3;", "++count_; ; const int k = 3;"]),
    "fall-through": ("switch (a) { case 1: b(); break; case 2: c(); }", ["switch (a) { case 1: b(); ; case 2: c(); }"]),
    "wrong-flag": ("f(TRUE); if (x == FALSE) g();", ["f(FALSE); if (x == FALSE) g();"]),
}
# Operators that look at more than a body.
FILES = {
    "no-interface": ("NTSTATUS A::QueryInterface() { if (IsEqualGUID(iid, IID_A)) return 1; }",
                     ["NTSTATUS A::QueryInterface() { if (false) return 1; }"]),
    "wrong-interface": ("NTSTATUS A::QueryInterface() { return hand_out(static_cast<IA*>(this), result); }",
                        ["NTSTATUS A::QueryInterface() { return hand_out(reinterpret_cast<IUnknown*>(reinterpret_cast<UCHAR*>(this) + 8), result); }"]),
    "pointer-after-failure": ("NTSTATUS A::QueryInterface() { *result = nullptr; }", ["NTSTATUS A::QueryInterface() { *result = this; }"]),
    "pageable-code": ('#pragma code_seg("PAGE")\nvoid a() {}\n#pragma code_seg()\nvoid b() {}\n',
                      ['#pragma code_seg("PAGE") void a() {} #pragma code_seg("PAGE") void b() {}']),
    "packet-off-by-one": ("int Packets::next() { return done; }", ["int Packets::next() { return (done + 1); }"]),
}


def made(operator_, name, text):
    return [squeeze(m.apply(text)) for m in mutants_of("d", name, text) if m.operator.name == operator_]


class Guarded(unittest.TestCase):
    def test_statements_of_every_part_are_found(self):
        source = Source("f.cpp", GUARDED)
        calls = [source.of(s.first, s.last) for _, s in source.statements() if s.kind == "call"]
        self.assertEqual(calls, ["touch(p);", "done();", "leave();"])


class Operators(unittest.TestCase):
    def test_each_has_an_example(self):
        self.assertEqual(sorted(o.name for o in OPERATORS), sorted(list(BODIES) + list(FILES)))

    def test_each_makes_what_its_example_says(self):
        for name, (body, expected) in BODIES.items():
            head = "NTSTATUS f(int a) { "
            self.assertEqual(made(name, "d.cpp", head + body + " }"), [head + e + " }" for e in expected], name)
        for name, (text, expected) in FILES.items():
            self.assertEqual(made(name, "d.cpp", text), expected, name)

    def test_words_in_comments_and_strings_are_no_sites(self):
        self.assertEqual(mutants_of("d", "d.cpp", 'void f() {\n  // ZwClose(a); if (b) return;\n  const char* s = "ZwClose(a); return TRUE;";\n}\n'), [])

    def test_lines_stay_where_they_are(self):
        text = "void f() {\n  g(1,\n    2);\n  h();\n}\n"
        for mutant in mutants_of("d", "d.cpp", text):
            self.assertEqual(mutant.apply(text).count("\n"), text.count("\n"), mutant.key)

    def test_two_sites_of_one_text_have_two_names(self):
        keys = [m.key for m in mutants_of("d", "d.cpp", "void f() { ZwClose(a); ZwClose(a); }")]
        self.assertEqual(len(keys), len(set(keys)))


class Sources(unittest.TestCase):
    def test_statements_are_what_they_look_like(self):
        source = Source("a.cpp", "int f() { A b(c); a->b(c)(d); x = y; A* p = q; *p = q; auto* t = u; ++n; return 1; if (a) { b(); } else c(); }")
        kinds = [s.kind for _, s in source.statements()]
        self.assertEqual(kinds, ["block", "declaration", "call", "assignment", "declaration", "assignment", "declaration", "step", "return", "if",
                                 "block", "call", "call"])

    def test_functions_are_found_behind_macros_and_inside_classes(self):
        source = Source("a.cpp", "MACRO(a, b)\nnamespace { enum class E { a }; int t[] = {1}; }\nSTDMETHODIMP_(void) A::b() {}\n"
                                 "template <class T> class C : D<T> { C() : a_(1), b_{2} { x(); } int operator==(int) const { return 1; } int d = 3; };\n")
        self.assertEqual([f.name for f in source.functions], ["A::b", "C", "operator=="])

    def test_what_does_not_close_is_an_error(self):
        with self.assertRaises(ValueError):
            Source("a.cpp", "void f() { (; }")


class Results(unittest.TestCase):
    REPORT = ("VIOLATION  FreedWhileMapped  code 0xC4/0x71004  (6 times in 2 runs)\n"
              "  what          FreePagesFromMdl: the MDL was freed while its view\n"
              "                was mapped.\n"
              "  freed by      a.sys!f   a.cpp:1\n\n"
              "FAILED  each endpoint, twice  a.sys\n"
              "  why           it stalls\n"
              "verdict: 1 violation; 1 of 3 assertions failed\n")

    def test_a_report_is_read(self):
        self.assertEqual(read_report(self.REPORT), [("violation", "FreedWhileMapped", "FreePagesFromMdl: the MDL was freed while its view was mapped."),
                                                    ("assertion", "each endpoint, twice", "it stalls")])
        self.assertEqual(read_report("checks\n  rules 4 of 4\n\nverdict: clean\n"), [])

    def test_of_duplicates_the_first_in_order_counts(self):
        a, b, c = mutants_of("d", "d.cpp", "void f() { a(); } void g() { b(); } void h() { c(); }")[:3]
        found = Verdict("found", "Rule", "violation")
        results = Campaign._merge_duplicates([Result(a, "duplicate", "h1"), Result(b, "found", "h1", verdict=found), Result(c, "same code", "h0")])
        self.assertEqual([r.fate for r in results], ["found", "duplicate", "same code"])
        self.assertEqual(results[1].note, a.key)

    def test_a_wrong_reason_is_told(self):
        mutant = mutants_of("d", "d.cpp", "void f() { a(); }")[0]
        reasons = Equivalents({mutant.key: "why", "d/gone": "why"})
        faults = list(reasons.faults([Result(mutant, "found", verdict=Verdict("found", "Rule"))], ["d"]))
        self.assertEqual(len(faults), 2)
        self.assertEqual(list(Equivalents({mutant.key: "why"}).faults([Result(mutant, "survived")], ["d"])), [])

    def test_a_reason_for_a_duplicate_is_one_for_the_mutant_that_stands_for_both(self):
        a, b = mutants_of("d", "d.cpp", "void f() { a(); } void g() { b(); }")[:2]
        reasons = Equivalents({b.key: "why"})
        results = [Result(a, "survived", "h1"), Result(b, "duplicate", "h1", note=a.key)]
        reasons.settle(results)
        self.assertEqual(reasons.reason(a), "why")
        self.assertEqual(list(reasons.faults(results, ["d"])), [])
        results[0].fate, results[0].verdict = "found", Verdict("found", "Rule")
        self.assertEqual(len(list(reasons.faults(results, ["d"]))), 1)

    def test_the_table_of_rules_counts_every_rule_that_told(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "results.json")
            verdict = Verdict("found", "Loud", "violation", every=["Loud", "Quiet", "all endpoints at once"])
            with open(path, "w", encoding="utf-8") as out:
                json.dump([{"key": "d/d.cpp f drop-call `a();`", "fate": "found", "verdict": verdict.to_json()},
                           {"key": "d/d.cpp g drop-call `b();`", "fate": "survived", "verdict": Verdict("survived").to_json()}], out)
            told = told_by([path])
        self.assertEqual(set(told), {"Loud", "Quiet", "all endpoints at once"})
        text = to_markdown(told, {"Loud": "violation", "Quiet": "advice", "Dumb": "deviation"})
        self.assertIn("Of 3 rules 2 told of a mutant", text)
        self.assertIn("- deviation: Dumb", text)


if __name__ == "__main__":
    unittest.main()

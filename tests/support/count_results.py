#!/usr/bin/env python3
"""Prints `PASSED FAILED` for meson's testlog.json: doctest's own test cases where a test prints them, else one a test.

A test that was skipped, or that printed success and yet ended badly, counts as failed. What failed ones printed comes on stderr: meson
itself shows the last hundred lines of all that they wrote, and with a talkative log the failure is not among them.
"""
import json
import re
import sys

CASES = re.compile(r"\[doctest\] test cases:\s*\d+ \|\s*(\d+) passed \|\s*(\d+) failed")


def count(results):
    passed = failed = 0
    for result in results:
        cases = CASES.findall(re.sub(r"\x1b\[[0-9;]*m", "", result.get("stdout") or ""))
        ok = result["result"] == "OK"
        if not cases:
            cases = [(1, 0) if ok else (0, 1)]
        bad = sum(int(b) for _, b in cases)
        passed += sum(int(a) for a, _ in cases)
        failed += bad if ok or bad else 1
    return passed, failed


def main():
    with open(sys.argv[1], encoding="utf-8") as log:
        results = [json.loads(line) for line in log if line.strip()]
    if not results:
        sys.exit("no test ran")
    for result in results:
        if result["result"] != "OK":
            print(*(result.get("stdout") or "").splitlines()[-80:], sep="\n", file=sys.stderr)
    print(*count(results))


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Receipts of a worked example, right and tampered: `retrograd verify` and check.py must accept and refuse the same ones.

Usage: tamper.py RETROGRAD
"""
import copy
import json
import os
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import check  # noqa: E402


def at(*path):
    """A change of the number at a path: half as much again, and a bit, in the format's own digits."""
    def change(receipt):
        place = receipt
        for key in path[:-1]:
            place = place[key]
        place[path[-1]] = round(place[path[-1]] * 1.5 + 0.125, 3)
    return change


def put(value, *path):
    def change(receipt):
        place = receipt
        for key in path[:-1]:
            place = place[key]
        place[path[-1]] = value
    return change


def swap(receipt):
    steps = receipt["backward"]
    steps[1], steps[2] = steps[2], steps[1]


NODES = ("derivations", 0, "nodes")
PATH = NODES + (2, "paths", 0)
TERM = PATH + ("terms", 0)
UPDATE = ("derivations", 0, "update")
KINDS = {
    "an input": at("values", 0, "computed", 0),
    "the target": put(1, "values", 1, "computed", 0),
    "a pre-activation": at("values", 2, "computed", 0),
    "an activation": at("values", 3, "computed", 1),
    "a recomputed value": at("values", 4, "recomputed", 0),
    "a value too few": lambda r: r["values"][2]["computed"].pop(),
    "a weight": at("parameters", 2, "values", 1),
    "a bias": at("parameters", 1, "values", 0),
    "a gradient of a unit": at("gradients", 2, "computed", 0),
    "a recomputed gradient": at("gradients", 1, "recomputed", 0),
    "a gradient of a weight": at("parameters", 0, "gradient", 2),
    "the weight that is explained": at("derivations", 0, "theta"),
    "a local derivative": at(*TERM, "local"),
    "an upstream gradient": at(*TERM, "upstream"),
    "a product": at(*TERM, "product"),
    "a sum": at(*PATH, "sum", "recomputed"),
    "a folded term": put(3, *PATH, "folded"),
    "a folded sum": put(0.5, *PATH, "folded_sum"),
    "a link": put(2, *NODES, 0, "paths", 0, "terms", 0, "node"),
    "a unit of a node": put(1, *NODES, 1, "unit"),
    "an ulp count": put(77, *NODES, 1, "value", "ulp"),
    "a verdict": put(False, *NODES, 1, "value", "ok"),
    "an operator": put("tanh", "forward", 1, "op"),
    "a gain": at("forward", 1, "gains", 0),
    "the order of the reverse program": swap,
    "the loss": at("loss"),
    "a row's weight": put(2, "weights", 0),
    "a probability": at("long_way", "p", 0),
    "a long product": at("long_way", "columns", 0, "products", 0),
    "a collapsed sum": at("long_way", "columns", 0, "collapsed"),
    "a line of the update": put("θ ← θ + η·g", *UPDATE, "lines", 1, "formula"),
    "a number of the update": at(*UPDATE, "lines", 0, "value"),
    "the learning rate": at(*UPDATE, "eta"),
    "the weight after the update": at(*UPDATE, "after"),
    "the central difference": at("derivations", 0, "central_difference"),
    "a row's contribution": at("derivations", 0, "rows", 0, "contribution"),
    "a gain step": at("gain_steps", 1, "ratio"),
    "the gain budget": at("gain_layers", 1, "wires"),
    "the fingerprint": put("0123", "fingerprint"),
    "a missing field": lambda r: r["derivations"][0].pop("nodes"),
    "a row of the batch": lambda r: r["derivations"][0]["rows"].pop(),
    "a row that is folded": put(1, "derivations", 0, "folded_rows"),
    "what folded rows add": put(0.25, "derivations", 0, "folded_contribution"),
    "the share of a row": at("derivations", 0, "rows", 0, "share"),
    "a step that is not fresh": put(7, *UPDATE, "step"),
}


def main():
    program = sys.argv[1]
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "receipt.json")
        command = [program, "explain", "--example", "lecture", "--weight", "1:1:1", "--format", "json", "--out", path]
        subprocess.run(command, check=True)
        with open(path, encoding="utf-8") as file:
            right = json.load(file)

        def refused_by(receipt):
            with open(path, "w", encoding="utf-8") as file:
                json.dump(receipt, file, ensure_ascii=False)
            code = subprocess.run([program, "verify", path], capture_output=True, check=False).returncode
            try:
                check.check(json.dumps(receipt))
                return code, False
            except check.Fault:
                return code, True

        wrong = 0 if refused_by(right) == (0, False) else 1
        if wrong:
            print("the untouched receipt is refused:", refused_by(right))
        for name, tamper in KINDS.items():
            receipt = copy.deepcopy(right)
            tamper(receipt)
            assert receipt != right, name
            code, refused = refused_by(receipt)
            # 2: a number does not follow; 1: it is no receipt at all.
            if code not in (1, 2) or not refused:
                print(f"{name}: verify exits with {code}, check.py {'refuses' if refused else 'accepts'}")
                wrong += 1
    print(f"{len(KINDS)} kinds of tampering, {wrong} wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())

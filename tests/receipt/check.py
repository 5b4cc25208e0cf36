#!/usr/bin/env python3
"""Checks a receipt of `retrograd explain --format json` by docs/receipt.md, with the standard library alone.

Usage: check.py RECEIPT. Exit code 2, and the first statement that does not hold, if there is one. What the receipt does not
determine (parameters that it leaves out, batch statistics of rows that it does not list) is counted as open.
"""
import json
import math
import os
import re
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from derivations import Derivations  # noqa: E402
from numbers_of import Fault, number, single  # noqa: E402
from operators import ELEMENTWISE, OPERATORS, Call, sigmoid  # noqa: E402


class Checker:
    def __init__(self, receipt):
        self.r, self.checked, self.open = receipt, 0, 0
        self.single = receipt.get("precision") == "float32"
        self.narrow = single if self.single else float

    def expect(self, holds, what):
        if not holds:
            raise Fault(what)
        self.checked += 1

    def near(self, found, derived, scale, what, tolerance=1e-12):
        found, derived = number(found), number(derived)
        same = found == derived or (math.isnan(found) and math.isnan(derived))
        self.expect(same or abs(found - derived) <= tolerance * abs(scale), f"{what} is {found}, but {derived} follows")

    def computed(self, entry):
        return [self.narrow(number(x)) for x in entry["computed"]]

    def run(self):
        r = self.r
        self.expect(r.get("format") == "retrograd receipt" and r.get("version") == 1, "format or version")
        self.expect(r["precision"] in ("float32", "float64"), "precision")
        self.expect(re.fullmatch("[0-9a-f]{32}", r["fingerprint"]), "fingerprint is not 32 hexadecimal digits")
        self.expect(0 <= r["focus"] < len(r["rows"]) and (r["batch"] or len(r["rows"]) == 1), "rows and focus")
        self.values = {v["name"]: v for v in r["values"]}
        self.gradients = {g["name"]: g for g in r["gradients"]}
        self.parameters = {p["name"]: p for p in r["parameters"]}
        self.equations = {f["output"]: f for f in r["forward"]}
        for v in r["values"] + r["gradients"]:
            self.expect(len(v["computed"]) == v["features"], f"{v['name']} has {len(v['computed'])} numbers")
        for f in r["forward"]:
            self.forward(f)
        self.backward()
        self.statement()
        for d in r["derivations"]:
            Derivations(self, d).run()
        self.gains()

    def matrix(self, name):
        p = self.parameters[name]
        return [self.narrow(number(x)) for x in p["values"]] or None

    def call(self, f):
        """The operator with its operands of the row in focus; parameters that are left out are None."""
        known = dict(f, attributes=dict(zip(f["attribute_names"], map(number, f["attributes"]))),
                     extra=[number(m) for m in f["extra"]])
        return Call(known, [self.computed(self.values[i]) for i in f["inputs"]],
                    [self.matrix(p) for p in f["parameters"]], self.values[f["output"]]["features"], self.r["batch"])

    def forward(self, f):
        y = self.values[f["output"]]
        made, found, call = [number(x) for x in y["recomputed"]], self.computed(y), self.call(f)
        self.expect(f["op"] in ELEMENTWISE or f["op"] in OPERATORS, f"{f['output']}: '{f['op']}' is no operator")
        self.expect(len(made) == y["features"], f"{f['output']} has {len(made)} recomputed numbers")
        if f["op"] in ELEMENTWISE:
            self.expect(len(f["gains"]) == len(made), f"{f['output']} has {len(f['gains'])} gains")
            for j, z in enumerate(call.x[0]):
                self.near(f["gains"][j], ELEMENTWISE[f["op"]][1](z, call.a), 1, f"the gain of {f['output']}[{j + 1}]")
        if f["op"] == "dropout":
            kept = 1 / (1 - call.a["rate"]) if self.r["batch"] else 1.0
            self.expect(len(call.extra) == len(made), f"{f['output']} has {len(call.extra)} numbers of its mask")
            for m in call.extra:
                self.expect(abs(m - kept) < 1e-6 or (m == 0 and self.r["batch"]), f"{m} in the mask of {f['output']}")
        derived = call.forward() if None not in call.p else None
        if derived is None:
            self.open += 1
            return
        for j in range(y["features"]):
            self.near(made[j], derived[j], max(1, abs(derived[j])), f"{f['output']}[{j + 1}]", 1e-11)
            self.near(found[j], derived[j], max(1, abs(derived[j])), f"{f['output']}[{j + 1}] as computed",
                      1e-4 if self.single else 1e-11)

    def backward(self):
        order = [f["output"] for f in self.r["forward"] if f["for_loss"]]
        reversed_ = [b["forward"] for b in self.r["backward"] if b["kind"] == "backward"]
        positions = [order.index(o) if o in order else -1 for o in reversed_]
        self.expect(-1 not in positions and positions == sorted(positions, reverse=True)
                    and len(set(positions)) == len(positions), "the reverse program is not in reverse order")
        self.expect(self.r["backward"][0]["kind"] == "seed", "the reverse program does not begin with the seed")
        written = set()
        for b in self.r["backward"]:
            if b["kind"] == "backward":
                f = self.equations[b["forward"]]
                self.expect(b["dy"] in written and self.gradients[b["dy"]]["about"] == f["output"],
                            f"the reverse of {f['output']} reads {b['dy']}")
                self.expect(len(b["dx"]) == len(f["inputs"]), f"the reverse of {f['output']} writes {b['dx']}")
                for name, about in zip(b["dx"], f["inputs"]):
                    if name:
                        self.expect(self.gradients[name]["about"] == about, f"{name} is the gradient of {about}")
                        written.add(name)
                self.vjp(b, f)
            else:
                written.add(b["output"])
                g = self.gradients[b["output"]]
                if b["kind"] == "seed":
                    self.near(g["computed"][0], self.r["weights"][self.r["focus"]], 0, "the seed")
                else:
                    terms = [self.computed(self.gradients[t]) for t in b["terms"]]
                    for j, x in enumerate(g["recomputed"]):
                        self.near(x, sum(t[j] for t in terms), sum(abs(t[j]) for t in terms), f"{g['name']}[{j + 1}]")

    def vjp(self, b, f):
        dy, call = self.computed(self.gradients[b["dy"]]), self.call(f)
        derived = call.inputs(dy) if None not in call.p else None
        if derived is None:
            self.open += 1
            return
        size = max(map(abs, dy)) * max((max(map(abs, p)) for p in call.p if p), default=1) * len(dy)
        for k, name in enumerate(b["dx"]):
            if not name:
                continue
            g = self.gradients[name]
            scale = max(size, max(map(abs, derived[k])), max(map(abs, dy)))
            for j, d in enumerate(derived[k]):
                self.near(g["recomputed"][j], d, scale, f"{name}[{j + 1}]", 1e-11)
                self.near(self.computed(g)[j], d, scale, f"{name}[{j + 1}] as computed", 1e-5 if self.single else 1e-11)
        if len(self.r["rows"]) > 1:
            return
        trained = [p for p in f["parameters"] if self.parameters[p]["trained"]]
        made = call.parameters(dy) or []
        self.expect(len(made) >= len(trained), f"{f['output']}: a parameter learns that should not")
        for p, exact in zip(trained, made):
            g = [self.narrow(number(v)) for v in self.parameters[p]["gradient"]]
            self.expect(len(g) == len(exact), f"d{p} has {len(g)} numbers")
            for k, v in enumerate(g):
                self.near(v, exact[k], max(abs(exact[k]), max(map(abs, dy))), f"d{p}[{k + 1}]",
                          1e-6 if self.single else 1e-12)

    def statement(self):
        r = self.r
        losses = [self.narrow(number(x)) for x in r["losses"]]
        weights = [number(x) for x in r["weights"]]
        self.expect(len(losses) == len(weights) == len(r["rows"]), "losses, weights and rows")
        self.expect(r["batch"] or weights == [1.0], "the weight of a single row is 1")
        self.near(r["loss"], sum(w * l for w, l in zip(weights, losses)), sum(map(abs, losses)), "the loss")
        bad = [d for d in r["derivations"] if not all(n["value"]["ok"] for n in d["nodes"])]
        self.expect(r["disagreements"] > 0 or (not bad and all(v["ok"] for v in r["values"] + r["gradients"])),
                    "a number is beyond its bound, but no disagreement is counted")
        way = r["long_way"]
        if way is None:
            return
        loss = next(f for f in r["forward"] if f["kind"] == "loss")
        z = self.computed(self.values[loss["inputs"][0]])
        top = max(z)
        e = [math.exp(v - top) for v in z]
        p = [v / sum(e) for v in e] if way["activation"] == "softmax" else [sigmoid(v) for v in z]
        for k, v in enumerate(p):
            self.near(way["p"][k], v, v, f"p[{k + 1}]", 1e-11)
        for c in way["columns"]:
            for k, product in enumerate(c["products"]):
                self.near(product, number(c["dp_dz"][k]) * number(way["dl_dp_numbers"][k]), number(product),
                          f"the long product {k + 1} of unit {c['unit'] + 1}")
            size = 1 + sum(abs(number(v)) for v in c["products"])
            self.near(c["sum"], sum(number(v) for v in c["products"]), size, "the long sum")
            self.near(c["sum"], c["collapsed"], size, "p − y", 1e-9)

    def gains(self):
        if self.r["batch"]:
            return
        norm = {name: math.sqrt(sum(x * x for x in self.computed(g))) for name, g in self.gradients.items()}
        for s in self.r["gain_steps"]:
            self.near(s["ratio"], norm[s["to"]] / norm[s["from"]] if norm[s["from"]] else 0, s["ratio"], "a gain", 1e-11)
        for layer in self.r["gain_layers"]:
            self.near(layer["ratio"], number(layer["wires"]) * number(layer["gains"]), layer["ratio"],
                      "the gain budget of " + layer["layer"], 1e-11)


def check(text):
    """(statements that hold, those left open); raises Fault at the first that does not hold."""
    try:
        checker = Checker(json.loads(text))
        checker.run()
    except (KeyError, IndexError, TypeError, ValueError, AttributeError, OverflowError, ZeroDivisionError) as error:
        raise Fault(f"not a receipt, or a field is missing: {error!r}") from error
    return checker.checked, checker.open


if __name__ == "__main__":
    try:
        with open(sys.argv[1], encoding="utf-8") as file:
            print("%d statements hold, %d operators left open" % check(file.read()))
    except Fault as fault:
        print("does not follow:", fault)
        sys.exit(2)

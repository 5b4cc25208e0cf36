#!/usr/bin/env python3
"""Checks a receipt of `retrograd explain --format json` by docs/receipt.md, with the standard library alone.

Usage: check.py RECEIPT. Exit code 2, and the first statement that does not hold, if there is one. Operators that it has no
formula for, and parameters that the receipt leaves out, are counted as open.
"""
import json
import math
import re
import struct
import sys


class Fault(Exception):
    pass


def number(x):
    return {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}[x] if isinstance(x, str) else float(x)


def single(x):
    return struct.unpack("f", struct.pack("f", x))[0]


def sigmoid(z):
    return 1 / (1 + math.exp(-z)) if z >= 0 else math.exp(z) / (1 + math.exp(z))


# Element-wise operators: value and derivative at z; a: attributes by name.
ELEMENTWISE = {
    "identity": (lambda z, a: z, lambda z, a: 1.0),
    "sigmoid": (lambda z, a: sigmoid(z), lambda z, a: sigmoid(z) * sigmoid(-z)),
    "tanh": (lambda z, a: math.tanh(z), lambda z, a: 4 * sigmoid(2 * z) * sigmoid(-2 * z)),
    "relu": (lambda z, a: max(z, 0.0), lambda z, a: 1.0 if z > 0 else 0.0),
    "leaky_relu": (lambda z, a: z if z > 0 else a["alpha"] * z, lambda z, a: 1.0 if z > 0 else a["alpha"]),
    "softplus": (lambda z, a: max(z, 0) + math.log1p(math.exp(-abs(z))), lambda z, a: sigmoid(z)),
    "silu": (lambda z, a: z * sigmoid(z), lambda z, a: sigmoid(z) + z * sigmoid(z) * sigmoid(-z)),
    "gelu": (lambda z, a: 0.5 * z * math.erfc(-z / math.sqrt(2)),
             lambda z, a: 0.5 * math.erfc(-z / math.sqrt(2)) + z * math.exp(-z * z / 2) / math.sqrt(2 * math.pi)),
}
LINES = {
    "sgd": ["g ← scale·g + λ·θ", "θ ← θ − η·g"],
    "momentum": ["g ← scale·g + λ·θ", "v ← β·v − η·g", "θ ← θ + v"],
    "nesterov": ["g ← scale·g + λ·θ", "v ← μ·v − η·g", "θ ← θ + μ·v − η·g"],
    "rmsprop": ["g ← scale·g + λ·θ", "v ← ρ·v + (1−ρ)·g²", "θ ← θ − η·g/(√v + ε)"],
    "adam": ["g ← scale·g + λ·θ", "m ← β1·m + (1−β1)·g", "v ← β2·v + (1−β2)·g²", "m̂ ← m/(1−β1ᵗ)",
             "v̂ ← v/(1−β2ᵗ)", "θ ← θ − η·m̂/(√v̂ + ε)"],
    "adamw": ["g ← scale·g", "m ← β1·m + (1−β1)·g", "v ← β2·v + (1−β2)·g²", "m̂ ← m/(1−β1ᵗ)",
              "v̂ ← v/(1−β2ᵗ)", "θ ← θ − η·λ·θ", "θ ← θ − η·m̂/(√v̂ + ε)"],
}


class Line:
    """One assignment of an update, evaluated by recursive descent."""
    TOKEN = re.compile(r"\s*([A-Za-z_\u0370-\u03ff][A-Za-z_0-9\u0302]*|[0-9]+|[←+−·/√²ᵗ(),])")

    def __init__(self, text, symbols):
        self.tokens, at = [], 0
        while at < len(text.rstrip()):
            match = self.TOKEN.match(text, at)
            if not match:
                raise Fault(f"update line '{text}' has a character that the grammar lacks")
            self.tokens.append(match.group(1))
            at = match.end()
        self.text, self.symbols, self.at = text, symbols, 0

    def take(self, token=None):
        if self.at >= len(self.tokens) or (token is not None and self.tokens[self.at] != token):
            return None
        self.at += 1
        return self.tokens[self.at - 1]

    def run(self):
        left = self.take()
        if not self.take("←"):
            raise Fault(f"update line '{self.text}' has no ←")
        self.symbols[left] = self.sum()
        if self.at != len(self.tokens):
            raise Fault(f"update line '{self.text}' goes on after its end")
        return left

    def sum(self):
        total = -self.product() if self.take("−") else self.product()
        while True:
            if self.take("+"):
                total += self.product()
            elif self.take("−"):
                total -= self.product()
            else:
                return total

    def product(self):
        value = self.factor()
        while True:
            if self.take("·"):
                value *= self.factor()
            elif self.take("/"):
                value /= self.factor()
            else:
                return value

    def factor(self):
        if self.take("√"):
            return math.sqrt(self.factor())
        value = self.atom()
        if self.take("²"):
            value *= value
        if self.take("ᵗ"):
            value **= self.symbols["t"]
        return value

    def atom(self):
        token = self.take()
        if token == "(":
            value = self.sum()
            if not self.take(")"):
                raise Fault(f"update line '{self.text}': a ) is missing")
            return value
        if token in ("sign", "clip"):
            self.take("(")
            args = [self.sum()]
            while self.take(","):
                args.append(self.sum())
            self.take(")")
            if token == "sign":
                return (args[0] > 0) - (args[0] < 0)
            return min(max(args[0], -args[1]), args[1])
        if token is not None and token.isdigit():
            return float(token)
        if token not in self.symbols:
            raise Fault(f"update line '{self.text}': '{token}' has no value")
        return self.symbols[token]


class Checker:
    def __init__(self, receipt):
        self.r, self.checked, self.open = receipt, 0, 0
        self.narrow = single if receipt.get("precision") == "float32" else float

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
            self.derivation(d)
        self.gains()

    def matrix(self, name):
        p = self.parameters[name]
        return [self.narrow(number(x)) for x in p["values"]] or None

    def forward(self, f):
        y = self.values[f["output"]]
        made, found = [number(x) for x in y["recomputed"]], self.computed(y)
        x = [self.computed(self.values[i]) for i in f["inputs"]]
        attributes = dict(zip(f["attribute_names"], map(number, f["attributes"])))
        self.expect(len(made) == y["features"], f"{f['output']} has {len(made)} recomputed numbers")
        derived = None
        if f["op"] in ELEMENTWISE:
            value, slope = ELEMENTWISE[f["op"]]
            derived = [value(z, attributes) for z in x[0]]
            self.expect(len(f["gains"]) == len(x[0]), f"{f['output']} has {len(f['gains'])} gains")
            for j, z in enumerate(x[0]):
                self.near(f["gains"][j], slope(z, attributes), 1, f"the gain of {f['output']}[{j + 1}]")
        elif f["op"] == "linear":
            w = self.matrix(f["parameters"][0])
            b = self.matrix(f["parameters"][1]) if len(f["parameters"]) > 1 else [0.0] * y["features"]
            if w and b:
                derived = [b[j] + sum(a * w[i * y["features"] + j] for i, a in enumerate(x[0]))
                           for j in range(y["features"])]
        elif f["op"] in ("softmax", "softmax_xent"):
            top = max(x[0])
            e = [math.exp(z - top) for z in x[0]]
            derived = [v / sum(e) for v in e]
            if f["op"] == "softmax_xent":
                derived = [sum(t * (math.log(sum(e)) - z + top)
                               for t, z in zip(self.targets(f, x[1], attributes), x[0]))]
        elif f["op"] == "squared":
            derived = [sum(0.5 * (z - t) ** 2 for z, t in zip(*x))]
        if derived is None:
            self.open += 1
            return
        for j in range(y["features"]):
            self.near(made[j], derived[j], max(1, abs(derived[j])), f"{f['output']}[{j + 1}]", 1e-11)
            self.near(found[j], derived[j], max(1, abs(derived[j])), f"{f['output']}[{j + 1}] as computed",
                      1e-4 if r_single(self.r) else 1e-11)

    def targets(self, f, y, attributes):
        classes = self.values[f["inputs"][0]]["features"]
        soft = y if len(y) == classes else [1.0 if y[0] == k else 0.0 for k in range(classes)]
        s = attributes.get("smoothing", 0)
        return [(1 - s) * t + s / classes for t in soft]

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
        dy, op = self.computed(self.gradients[b["dy"]]), f["op"]
        x = [self.computed(self.values[i]) for i in f["inputs"]]
        name = b["dx"][0] if b["dx"] else ""
        derived = None
        if op in ELEMENTWISE:
            derived = [number(g) * d for g, d in zip(f["gains"], dy)]
        elif op == "linear":
            w = self.matrix(f["parameters"][0])
            n = len(dy)
            if w:
                derived = [sum(w[i * n + j] * dy[j] for j in range(n)) for i in range(len(x[0]))]
            for p in f["parameters"] if len(self.r["rows"]) == 1 else []:
                g = [self.narrow(number(v)) for v in self.parameters[p]["gradient"]]
                for k, v in enumerate(g):
                    exact = (x[0][k // n] if p == f["parameters"][0] else 1.0) * dy[k % n]
                    self.near(v, exact, exact, f"d{p}[{k + 1}]", 1e-6 if r_single(self.r) else 1e-12)
        elif op == "softmax_xent":
            top = max(x[0])
            e = [math.exp(z - top) for z in x[0]]
            t = self.targets(f, x[1], dict(zip(f["attribute_names"], map(number, f["attributes"]))))
            derived = [dy[0] * (v / sum(e) * sum(t) - y) for v, y in zip(e, t)]
        elif op == "squared":
            derived = [dy[0] * (z - t) for z, t in zip(*x)]
        if derived is None or not name:
            self.open += derived is None
            return
        g = self.gradients[name]
        for j, d in enumerate(derived):
            scale = max(abs(v) for v in dy) * (max(map(abs, w)) * len(dy) if op == "linear" else 1)
            self.near(g["recomputed"][j], d, scale, f"{name}[{j + 1}]", 1e-11)
            self.near(self.computed(g)[j], d, scale, f"{name}[{j + 1}] as computed", 1e-5 if r_single(self.r) else 1e-11)

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

    def audited(self, a, what):
        difference = self.narrow(number(a["computed"])) - number(a["recomputed"])
        self.near(a["ulp"], difference / number(a["unit"]), max(1, abs(number(a["ulp"]))), what + " in ulp", 1e-9)
        self.expect(a["ok"] == (abs(number(a["ulp"])) <= number(a["bound"])), what + ": its verdict")

    def derivation(self, d):
        p, theta = self.parameters[d["parameter"]], self.narrow(number(d["theta"]))
        element = max(d["from"], 0) * p["cols"] + d["to"]
        root = d["nodes"][0]
        if p["values"]:
            self.near(theta, self.matrix(d["parameter"])[element], 0, d["symbol"])
            self.near(root["value"]["computed"], p["gradient"][element], 0, "the gradient of " + d["symbol"])
        reached = {0}
        for n in d["nodes"]:
            self.node(d, n, reached)
        self.expect(len(reached) == len(d["nodes"]), d["symbol"] + ": a node is not reached")
        contributions = [number(s["contribution"]) for s in d["rows"]]
        self.expect(sorted(s["row"] for s in d["rows"]) == sorted(self.r["rows"]), d["symbol"] + ": its rows")
        for s in d["rows"]:
            forward, back = number(s["forward"]), self.narrow(number(s["backward"]))
            if not math.isnan(forward * back):
                self.near(s["contribution"], forward * back, forward * back, d["symbol"] + ": a row's contribution")
        self.near(root["value"]["recomputed"], sum(contributions), sum(map(abs, contributions)), d["symbol"] + ": rows")
        self.update(d, theta)
        if d["central_step"] and d["central_ok"]:
            g = self.narrow(number(root["value"]["computed"]))
            self.near(d["central_difference"], g, max(abs(g), 1e-3), d["symbol"] + ": the central difference", 1e-3)

    def node(self, d, n, reached):
        what = n["symbol"]
        self.audited(n["value"], what)
        if not n["parameter"]:
            g = self.gradients[n["name"]]
            self.expect(g["about"] == n["quantity"] and 0 <= n["unit"] < g["features"], what + ": its unit")
            if n["row"] == self.r["focus"]:
                self.near(n["value"]["computed"], g["computed"][n["unit"]], 0, what)
        for path in n["paths"]:
            upstream, size = self.computed(self.gradients[path["upstream"]]), number(path["folded_magnitude"])
            f, total = self.equations[path["equation"]], number(path["folded_sum"])
            for t in path["terms"]:
                up, local = self.narrow(number(t["upstream"])), number(t["local"])
                if t["row"] == self.r["focus"]:
                    self.near(up, upstream[t["unit"]], 0, what + ": an upstream gradient")
                    if f["op"] in ELEMENTWISE:
                        self.near(local, f["gains"][t["unit"]], local, what + ": its gain")
                    elif f["op"] == "linear" and n["parameter"]:
                        x = self.computed(self.values[f["inputs"][0]])
                        self.near(local, x[n["from"]] if n["from"] >= 0 else 1.0, 0, what + ": its forward factor")
                    elif f["op"] == "linear" and self.matrix(f["parameters"][0]):
                        w = self.matrix(f["parameters"][0])
                        self.near(local, w[n["unit"] * len(upstream) + t["unit"]], 0, what + ": its wire")
                self.near(t["product"], local * up, 0, what + ": a product")
                total += number(t["product"])
                size += abs(number(t["product"]))
                if t["node"] >= 0:
                    self.expect(0 < t["node"] < len(d["nodes"]), what + ": a link")
                    above = d["nodes"][t["node"]]
                    reached.add(t["node"])
                    self.expect(above["name"] == path["upstream"] and above["unit"] == t["unit"]
                                and above["row"] == t["row"]
                                and self.narrow(number(above["value"]["computed"])) == up, what + ": its link")
            self.near(path["sum"]["recomputed"], total, size, what + ": its sum")
            self.audited(path["sum"], what)
            if path["locals"] and n["row"] == self.r["focus"]:
                products = [number(a) * b for a, b in zip(path["locals"], upstream)]
                nonzero = sum(v != 0 for v in products)
                self.expect(not nonzero or path["folded"] == nonzero - len(path["terms"]), what + ": folded terms")
                self.expect(not nonzero or path["zeros"] == len(products) - nonzero, what + ": zeros")
                self.near(path["sum"]["recomputed"], sum(products), sum(map(abs, products)), what + ": all its terms")
            else:
                self.expect(path["folded"] > 0 or number(path["folded_sum"]) == 0, what + ": folded terms")
        if len(n["paths"]) == 1:
            self.near(n["value"]["recomputed"], n["paths"][0]["sum"]["recomputed"], 0, what)
        elif n["paths"]:
            sums = [self.narrow(number(q["sum"]["computed"])) for q in n["paths"]]
            self.near(n["value"]["recomputed"], sum(sums), sum(map(abs, sums)), what)

    def update(self, d, theta):
        u = d["update"]
        if not u["known"]:
            return
        symbols = {name: number(v) for name, v in u["symbols"]}
        g = self.narrow(number(d["nodes"][0]["value"]["computed"]))
        wanted = {"θ": theta, "g": g, "η": number(u["eta"]), "λ": number(u["weight_decay"]), "scale": number(u["scale"]),
                  "t": u["step"]}
        for name, value in wanted.items():
            self.expect(symbols.get(name) == value, f"the update's {name} is {symbols.get(name)}, not {value}")
        lines = [line["formula"] for line in u["lines"]]
        own = LINES.get(u["optimizer"].split(":")[0])
        if own:
            self.expect([x for x in lines if x in own] == own and len(lines) - len(own) <= 5,
                        "the update's lines are not those of " + u["optimizer"])
            extra = [x for x in lines if x not in own]
            known = ("g ← g + l1/scale·sign(θ)", "g ← g + l2/scale·θ", "g ← clip(g, clip_value/scale)",
                     "scale ← scale·clip_norm_factor", "θ ← max_norm_factor·θ")
            self.expect(all(x in known for x in extra), "the update has a line of its own")
        for line in u["lines"]:
            left = Line(line["formula"], symbols).run()
            self.expect(left == line["left"], f"'{line['formula']}' defines {line['left']}")
            self.near(line["value"], symbols[left], symbols[left], "the update's " + left, 1e-11)
        self.near(u["after_lines"], symbols["θ"], symbols["θ"], "θ after the update")
        moved = abs(number(u["after_lines"]) - theta)
        self.near(u["after"], u["after_lines"], abs(theta) + 100 * moved, "θ by the optimiser",
                  1e-6 if r_single(self.r) else 1e-12)

    def gains(self):
        if self.r["batch"]:
            return
        norm = {name: math.sqrt(sum(x * x for x in self.computed(g))) for name, g in self.gradients.items()}
        for s in self.r["gain_steps"]:
            self.near(s["ratio"], norm[s["to"]] / norm[s["from"]] if norm[s["from"]] else 0, s["ratio"], "a gain", 1e-11)
        for layer in self.r["gain_layers"]:
            self.near(layer["ratio"], number(layer["wires"]) * number(layer["gains"]), layer["ratio"],
                      "the gain budget of " + layer["layer"], 1e-11)


def r_single(r):
    return r["precision"] == "float32"


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

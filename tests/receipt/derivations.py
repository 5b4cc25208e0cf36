"""A parameter's derivation: its nodes, the rows that share in it, the update."""
import math

from numbers_of import number
from update import LINES, Line

ROW_SHARES = 512  # listed; the rest is one counted sum


class Derivations:
    def __init__(self, checker, derivation):
        self.c, self.d = checker, derivation
        self.r, self.narrow, self.expect, self.near = checker.r, checker.narrow, checker.expect, checker.near

    def audited(self, a, what):
        difference = self.narrow(number(a["computed"])) - number(a["recomputed"])
        self.near(a["ulp"], difference / number(a["unit"]), max(1, abs(number(a["ulp"]))), what + " in ulp", 1e-9)
        self.expect(a["ok"] == (abs(number(a["ulp"])) <= number(a["bound"])), what + ": its verdict")

    def run(self):
        d = self.d
        p, theta = self.c.parameters[d["parameter"]], self.narrow(number(d["theta"]))
        element = max(d["from"], 0) * p["cols"] + d["to"]
        root = d["nodes"][0]
        if p["values"]:
            self.near(theta, self.c.matrix(d["parameter"])[element], 0, d["symbol"])
            self.near(root["value"]["computed"], p["gradient"][element], 0, "the gradient of " + d["symbol"])
        reached = {0}
        for n in d["nodes"]:
            self.node(n, reached)
        self.expect(len(reached) == len(d["nodes"]), d["symbol"] + ": a node is not reached")
        self.rows(root)
        self.update(theta)
        if d["central_step"] and d["central_ok"]:
            g = self.narrow(number(root["value"]["computed"]))
            self.near(d["central_difference"], g, max(abs(g), 1e-3), d["symbol"] + ": the central difference", 1e-3)

    def rows(self, root):
        d, r = self.d, self.r
        listed = [s["row"] for s in d["rows"]]
        self.expect(len(listed) == len(set(listed)) == min(ROW_SHARES, len(r["rows"])) and set(listed) <= set(r["rows"])
                    and d["folded_rows"] == len(r["rows"]) - len(listed), d["symbol"] + ": its rows")
        total = sum(number(w) * self.narrow(number(l)) for w, l in zip(r["weights"], r["losses"]))
        rest, size, last = number(d["folded_contribution"]), number(d["folded_row_magnitude"]), math.inf
        for s in d["rows"]:
            what, at = f"{d['symbol']}, row {s['row'] + 1}", r["rows"].index(s["row"])
            forward, back, added = number(s["forward"]), self.narrow(number(s["backward"])), number(s["contribution"])
            if not math.isnan(forward * back):
                self.near(added, forward * back, forward * back, what + ": its contribution")
            self.expect(s["loss"] == r["losses"][at] and s["weight"] == r["weights"][at], what + ": its loss")
            self.near(s["share"], number(s["weight"]) * self.narrow(number(s["loss"])) / total if total else 0, 1,
                      what + ": its share", 1e-11)
            self.expect(not abs(added) > last, what + ": the order of the rows")
            last = abs(added)
            rest += added
            size += last
        self.expect(number(d["folded_row_magnitude"]) <= d["folded_rows"] * last * (1 + 1e-12)
                    and abs(number(d["folded_contribution"])) <= number(d["folded_row_magnitude"]) * (1 + 1e-12),
                    d["symbol"] + ": the rows that are folded")
        self.near(root["value"]["recomputed"], rest, size, d["symbol"] + ": the sum over its rows")

    def local(self, n, f, t):
        """∂y/∂x or ∂y/∂θ of the row in focus, by running the operator's gradient on 1 at the term's unit alone."""
        call = self.c.call(f)
        if None in call.p:
            return None
        one = [1.0 if j == t["unit"] else 0.0 for j in range(call.n)]
        if n["parameter"]:
            trained = [p for p in f["parameters"] if self.c.parameters[p]["trained"]]
            made = call.parameters(one)
            return made and made[trained.index(n["quantity"])][max(n["from"], 0) * self.c.parameters[n["quantity"]]["cols"]
                                                               + n["unit"]]
        made = call.inputs(one)
        return made and sum(g[n["unit"]] for g, x in zip(made, f["inputs"]) if x == n["quantity"])

    def node(self, n, reached):
        d = self.d
        what = n["symbol"]
        self.audited(n["value"], what)
        if not n["parameter"]:
            g = self.c.gradients[n["name"]]
            self.expect(g["about"] == n["quantity"] and 0 <= n["unit"] < g["features"], what + ": its unit")
            if n["row"] == self.r["focus"]:
                self.near(n["value"]["computed"], g["computed"][n["unit"]], 0, what)
        for path in n["paths"]:
            upstream, size = self.c.computed(self.c.gradients[path["upstream"]]), number(path["folded_magnitude"])
            f, total = self.c.equations[path["equation"]], number(path["folded_sum"])
            for t in path["terms"]:
                up, local = self.narrow(number(t["upstream"])), number(t["local"])
                if t["row"] == self.r["focus"]:
                    self.near(up, upstream[t["unit"]], 0, what + ": an upstream gradient")
                    derived = self.local(n, f, t)
                    if derived is not None:
                        self.near(local, derived, max(abs(derived), 1e-3), what + ": a local derivative", 1e-11)
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

    def update(self, theta):
        d = self.d
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
                  1e-6 if self.c.single else 1e-12)


#!/usr/bin/env python3
"""Draws reverse-network.svg: a forward pass and, below it, the reverse network that computes its gradients.

Every number in the drawing is computed here, and the gradients are held against central differences.
Usage: docs/reverse_network.py > docs/reverse-network.svg
"""

import math
import sys

X = [1, -1]
TARGET = 0
W = [[[1, -1], [-2, 1]], [[2, -2], [-1, -1]], [[3, -1], [-1, 4]]]  # rows are inputs
B = [[1, 0], [0, 0], [-2, 2]]


def sigmoid(z):
    return 1 / (1 + math.exp(-z))


def forward(w, b):
    a, zs, activations = X, [], [X]
    for layer in range(3):
        z = [sum(a[i] * w[layer][i][j] for i in range(2)) + b[layer][j] for j in range(2)]
        a = [sigmoid(v) for v in z] if layer < 2 else z
        zs.append(z)
        activations.append(a)
    top = max(a)
    e = [math.exp(v - top) for v in a]
    p = [v / sum(e) for v in e]
    return zs, activations, p, -math.log(p[TARGET])


def backward(zs, p):
    deltas, sums, gains = [None, None, [p[k] - (k == TARGET) for k in range(2)]], [None, None], [None, None]
    for layer in (1, 0):
        sums[layer] = [sum(W[layer + 1][j][k] * deltas[layer + 1][k] for k in range(2)) for j in range(2)]
        gains[layer] = [sigmoid(z) * sigmoid(-z) for z in zs[layer]]
        deltas[layer] = [g * s for g, s in zip(gains[layer], sums[layer])]
    return deltas, sums, gains


def check(activations, deltas):
    h = 1e-5
    for layer in range(3):
        for i in range(2):
            for j in range(2):
                losses = []
                for step in (h, -h):
                    w = [[row[:] for row in m] for m in W]
                    w[layer][i][j] += step
                    losses.append(forward(w, B)[3])
                numeric = (losses[0] - losses[1]) / (2 * h)
                analytic = activations[layer][i] * deltas[layer][j]
                if not abs(numeric - analytic) < 1e-8:
                    sys.exit(f"layer {layer + 1}, weight {i},{j}: {analytic} but differences say {numeric}")


def number(v, digits=3):
    text = f"{v:.{digits}f}" if isinstance(v, float) else str(v)
    return text.replace("-", "−")


LIGHT = {"paper": "#ffffff", "ink": "#1a2230", "soft": "#566173", "wire": "#8894a6", "cell": "#e3ecfb",
         "edge": "#2f5fb3", "amp": "#ffe9d6", "back": "#b3500a", "mark": "#0b7a55"}
DARK = {"paper": "#14181f", "ink": "#e8edf5", "soft": "#a9b5c6", "wire": "#77859a", "cell": "#1f2f4d",
        "edge": "#7aa5f0", "amp": "#45290f", "back": "#f0995a", "mark": "#4fd6a4"}
SHAPES = """  text { font: 15px system-ui, sans-serif; text-anchor: middle }
  .title { font-size: 19px; font-weight: 600; text-anchor: start } .say, .left { text-anchor: start }
  .soft { font-size: 14px } .gain { font-size: 13px } .value, .marktext { font-weight: 600 }
  .w { font-size: 14px; stroke-width: 5px; paint-order: stroke; stroke-linejoin: round }
  .cell, .in, .amp { stroke-width: 1.6; stroke-linejoin: round } .f, .b, .in { fill: none }"""
COLOURS = """  text {{ fill: {ink} }} .paper {{ fill: {paper} }} .say, .soft {{ fill: {soft} }} .w {{ stroke: {paper} }}
  .cell {{ fill: {cell}; stroke: {edge} }} .in, .f, .rule {{ stroke: {wire} }} .head {{ fill: {wire} }}
  .amp {{ fill: {amp}; stroke: {back} }} .b {{ stroke: {back} }} .backhead {{ fill: {back} }}
  .mark {{ stroke: {mark} }} .marktext, .markhead {{ fill: {mark} }}"""

COLUMNS = [95, 340, 585, 830]
ASIDE = 886  # words right of the last column
TOP, BOTTOM = [128, 262], [488, 626]
HALF = 33  # of a node or an amplifier


class Drawing:
    def __init__(self):
        self.parts = []

    def add(self, text):
        self.parts.append(text)

    def text(self, x, y, words, style=""):
        self.add(f'<text x="{x}" y="{y}" class="{style}">{words}</text>')

    def wire(self, x1, y1, x2, y2, weight, kind, label_at, marked=False):
        width = 1.2 + 0.5 * abs(weight)
        style, head = ("f", "head") if kind == "forward" else ("b", "backhead")
        length = math.hypot(x2 - x1, y2 - y1)
        ux, uy = (x2 - x1) / length, (y2 - y1) / length
        bx, by = x2 - 11 * ux, y2 - 11 * uy
        self.add(f'<path class="{style}{" mark" if marked else ""}" stroke-width="{width:.1f}" '
                 f'd="M{x1},{y1} L{bx:.1f},{by:.1f}"/>')
        head = "markhead" if marked else head
        self.add(f'<path class="{head}" d="M{x2},{y2} L{bx - 5 * uy:.1f},{by + 5 * ux:.1f} '
                 f'L{bx + 5 * uy:.1f},{by - 5 * ux:.1f} Z"/>')
        lx, ly = x1 + label_at * (x2 - x1), y1 + label_at * (y2 - y1)
        self.text(f"{lx:.0f}", f"{ly + 5:.0f}", number(weight), "w marktext" if marked else "w")


def draw():
    zs, activations, p, loss = forward(W, B)
    deltas, sums, gains = backward(zs, p)
    check(activations, deltas)
    d = Drawing()
    d.text(36, 44, "Forward pass", "title")
    d.text(200, 44, "every neuron squashes z = Σ w·a + b to a = σ(z)", "say")
    d.text(36, 402, "Backward pass", "title")
    d.text(218, 402, "the same wires the other way; every neuron an amplifier of the fixed gain σ′(z)", "say")
    d.add('<path class="rule" d="M36,358 H1064"/>')

    # Forward wires, then nodes over them.
    for layer in range(3):
        for i in range(2):
            for j in range(2):
                d.wire(COLUMNS[layer] + HALF, TOP[i], COLUMNS[layer + 1] - HALF - 2, TOP[j], W[layer][i][j], "forward",
                       0.26, marked=(layer, i, j) == (1, 0, 0))
    for i in range(2):
        d.add(f'<circle class="in" cx="{COLUMNS[0]}" cy="{TOP[i]}" r="{HALF}"/>')
        d.text(COLUMNS[0], TOP[i] + 5, number(X[i]), "value")
        d.text(COLUMNS[0], TOP[i] - 40, f"x{'₁₂'[i]}", "soft")
    for layer in range(3):
        for j in range(2):
            x, y = COLUMNS[layer + 1], TOP[j]
            d.add(f'<circle class="{"cell" if layer < 2 else "in"}" cx="{x}" cy="{y}" r="{HALF}"/>')
            inside = activations[layer + 1][j]
            d.text(x, y + 5, number(inside), "value marktext" if (layer, j) == (0, 0) else "value")
            above = f"z = {number(zs[layer][j])}" if layer < 2 else f"z{'₁₂'[j]}"
            d.text(x, y - 43, above, "soft")
            d.text(x, y + 54, f"b = {number(B[layer][j])}", "soft")
    d.text(ASIDE, TOP[0] - 12, "softmax", "soft left")
    for k in range(2):
        d.text(ASIDE, TOP[k] + 8, f"p{'₁₂'[k]} = {number(p[k])}", "left value")
    d.text(ASIDE, TOP[0] + 30, "the true class", "soft left")
    d.text(ASIDE, TOP[1] + 32, f"loss l = −ln p₁ = {number(loss)}", "left")

    # Reverse wires and amplifiers: triangles that point the way the signal goes.
    for layer in (2, 1):
        for i in range(2):
            for j in range(2):
                d.wire(COLUMNS[layer + 1] - (HALF if layer == 2 else 52), BOTTOM[j], COLUMNS[layer] + HALF + 8, BOTTOM[i], W[layer][i][j], "back",
                       0.26)
    for layer in range(2):
        for j in range(2):
            x, y = COLUMNS[layer + 1], BOTTOM[j]
            d.add(f'<path class="amp" d="M{x + 39},{y - 41} V{y + 41} L{x - 52},{y} Z"/>')
            d.text(x + 11, y + 5, "×" + number(gains[layer][j]), "gain")
            d.text(x + 22, y - 48, f"Σ wδ = {number(sums[layer][j])}", "soft")
            marked = (layer, j) == (1, 0)
            d.text(x - 8, y + 58, f"δ = {number(deltas[layer][j])}", "value marktext" if marked else "value")
    for k in range(2):
        x, y = COLUMNS[3], BOTTOM[k]
        d.add(f'<circle class="amp" cx="{x}" cy="{y}" r="{HALF}"/>')
        d.text(x, y + 5, number(deltas[2][k]), "value")
        d.text(ASIDE, y + 5, f"δ = p{'₁₂'[k]} − {1 if k == TARGET else 0}", "left")
    d.text(36, BOTTOM[0] - 22, "The inputs are", "say")
    d.text(36, BOTTOM[0] - 2, "data: nothing", "say")
    d.text(36, BOTTOM[0] + 18, "asks for their δ,", "say")
    d.text(36, BOTTOM[0] + 38, "so W₁ has no", "say")
    d.text(36, BOTTOM[0] + 58, "wires here.", "say")
    gradient = activations[1][0] * deltas[1][0]
    d.text(36, 738, "∂l/∂w for the green wire = what enters it above × the δ of the neuron it feeds, below = "
           f"{number(activations[1][0])} × ({number(deltas[1][0])}) = {number(gradient)}", "marktext left")
    body = "\n".join(d.parts)
    return ('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1100 760" width="1100" height="760" role="img" '
            'aria-label="A small network computing forward, and below it the reverse network computing its gradients">\n'
            f"<style>\n{SHAPES}\n{COLOURS.format(**LIGHT)}\n  @media (prefers-color-scheme: dark) {{\n"
            f"{COLOURS.format(**DARK)}\n  }}\n</style>\n<rect class=\"paper\" width=\"1100\" height=\"760\" rx=\"10\"/>\n{body}\n</svg>\n")


if __name__ == "__main__":
    sys.stdout.write(draw())

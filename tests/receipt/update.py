"""The optimisers' updates: the lines of each, evaluated by recursive descent."""
import math
import re

from numbers_of import Fault

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

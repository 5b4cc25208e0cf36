"""The operators' formulas, written once more from docs/operators: values, and gradients of inputs and parameters.

A call `c` has x (inputs of the row), p (parameters, or None where the receipt leaves them out), a (attributes by name),
sizes, extra (dropout's mask) and n (units of the output).
"""
import math


def sigmoid(z):
    return 1 / (1 + math.exp(-z)) if z >= 0 else math.exp(z) / (1 + math.exp(z))


def softplus(z):
    return max(z, 0.0) + math.log1p(math.exp(-abs(z)))


def tanh_slope(z):
    return 4 * sigmoid(2 * z) * sigmoid(-2 * z)


LAMBDA, LAMBDA_ALPHA = 1.0507009873554805, 1.7580993408473766

# Element-wise operators: value and derivative at z; a: attributes by name.
ELEMENTWISE = {
    "identity": (lambda z, a: z, lambda z, a: 1.0),
    "sigmoid": (lambda z, a: sigmoid(z), lambda z, a: sigmoid(z) * sigmoid(-z)),
    "tanh": (lambda z, a: math.tanh(z), lambda z, a: tanh_slope(z)),
    "relu": (lambda z, a: max(z, 0.0), lambda z, a: 1.0 if z > 0 else 0.0),
    "leaky_relu": (lambda z, a: z if z > 0 else a["alpha"] * z, lambda z, a: 1.0 if z > 0 else a["alpha"]),
    "elu": (lambda z, a: z if z > 0 else a["alpha"] * math.expm1(z),
            lambda z, a: 1.0 if z > 0 else a["alpha"] * math.exp(z)),
    "selu": (lambda z, a: LAMBDA * z if z > 0 else LAMBDA_ALPHA * math.expm1(z),
             lambda z, a: LAMBDA if z > 0 else LAMBDA_ALPHA * math.exp(z)),
    "softplus": (lambda z, a: softplus(z), lambda z, a: sigmoid(z)),
    "silu": (lambda z, a: z * sigmoid(z), lambda z, a: sigmoid(z) + z * sigmoid(z) * sigmoid(-z)),
    "mish": (lambda z, a: z * math.tanh(softplus(z)),
             lambda z, a: math.tanh(softplus(z)) + z * tanh_slope(softplus(z)) * sigmoid(z)),
    "gelu": (lambda z, a: 0.5 * z * math.erfc(-z / math.sqrt(2)),
             lambda z, a: 0.5 * math.erfc(-z / math.sqrt(2)) + z * math.exp(-z * z / 2) / math.sqrt(2 * math.pi)),
    "smooth_clip": (lambda z, a: z / math.sqrt(1 + (z / a["limit"]) ** 2),
                    lambda z, a: (1 + (z / a["limit"]) ** 2) ** -1.5),
    "is_missing": (lambda z, a: 1.0 if math.isnan(z) else 0.0, lambda z, a: 0.0),
}


def with_gains(c, dy, slope):
    return [[slope(z, c.a) * d for z, d in zip(c.x[0], dy)]]


# ---- operators of a row: forward(c), inputs(c, dy), parameters(c, dy) ------------------------------------------------

def linear(c):
    w, b = c.p[0], c.p[1] if len(c.p) > 1 else [0.0] * c.n
    return None if not w or not b else [b[j] + sum(x * w[i * c.n + j] for i, x in enumerate(c.x[0])) for j in range(c.n)]


def linear_inputs(c, dy):
    w = c.p[0]
    return None if not w else [[sum(w[i * c.n + j] * dy[j] for j in range(c.n)) for i in range(len(c.x[0]))]]


def linear_parameters(c, dy):
    return [[x * d for x in c.x[0] for d in dy], list(dy)][:len(c.p)]


def probabilities(z):
    top = max(z)
    e = [math.exp(v - top) for v in z]
    return [v / sum(e) for v in e], top + math.log(sum(e))


def softmax_inputs(c, dy):
    p = probabilities(c.x[0])[0]
    mean = sum(a * b for a, b in zip(p, dy))
    return [[q * (d - mean) for q, d in zip(p, dy)]]


def targets(c):
    z, y = c.x
    if c.op == "sigmoid_bce":
        return [(1 - c.a["smoothing"]) * t + c.a["smoothing"] / 2 for t in y]
    shares = y if len(y) == len(z) else [1.0 if round(y[0]) == k else 0.0 for k in range(len(z))]
    return [(1 - c.a["smoothing"]) * t + c.a["smoothing"] / len(z) for t in shares]


def cross_entropy(c):
    return [sum(t * (probabilities(c.x[0])[1] - z) for t, z in zip(targets(c), c.x[0]))]


def cross_entropy_inputs(c, dy):
    t = targets(c)
    return [[dy[0] * (p * sum(t) - y) for p, y in zip(probabilities(c.x[0])[0], t)]]


def binary(c):
    return [sum(softplus(z) - t * z for z, t in zip(c.x[0], targets(c)))]


def binary_inputs(c, dy):
    return [[dy[0] * (sigmoid(z) - t) for z, t in zip(c.x[0], targets(c))]]


def residual(value, slope):
    return (lambda c: [sum(value(z - y, c.a) for z, y in zip(*c.x))],
            lambda c, dy: [[dy[0] * slope(z - y, c.a) for z, y in zip(*c.x)]], None)


def sign(r):
    return (r > 0) - (r < 0)


def normalised(c):
    """x̂ of every unit and 1/√(v + ε): of the row, or by the running statistics."""
    x, eps = c.x[0], c.a["eps"]
    if c.op == "layer_norm":
        mean = sum(x) / len(x)
        mean, variance = [mean] * len(x), [sum((v - mean) ** 2 for v in x) / len(x)] * len(x)
    else:
        mean, variance = c.p[2], c.p[3]
    scale = [1 / math.sqrt(v + eps) for v in variance]
    return [(v - m) * s for v, m, s in zip(x, mean, scale)], scale


def norm(c):
    return None if c.unknown_rows else [g * h + b for g, h, b in zip(c.p[0], normalised(c)[0], c.p[1])]


def norm_inputs(c, dy):
    if c.unknown_rows:
        return None
    hat, scale = normalised(c)
    g = [a * b for a, b in zip(c.p[0], dy)]
    if c.op == "batch_norm":
        return [[a * s for a, s in zip(g, scale)]]
    mean, along = sum(g) / len(g), sum(a * h for a, h in zip(g, hat)) / len(g)
    return [[s * (a - mean - h * along) for a, h, s in zip(g, hat, scale)]]


def norm_parameters(c, dy):
    return None if c.unknown_rows else [[d * h for d, h in zip(dy, normalised(c)[0])], list(dy)]


def per_unit(value, slope):
    """y_j of x_j and the parameters' element j, none of which learns."""
    def parts(c):
        return zip(c.x[0], *(c.p or [[0.0] * c.n]))
    return (lambda c: [value(*v) for v in parts(c)], lambda c, dy: [[slope(*v) * d for v, d in zip(parts(c), dy)]], None)


def one_hot(c):
    y = []
    for x, size in zip(c.x[0], c.sizes):
        y += [1.0 if x == k else 0.0 for k in range(size)]
    return y


def concat_inputs(c, dy):
    parts, at = [], 0
    for x in c.x:
        parts.append(dy[at:at + len(x)])
        at += len(x)
    return parts


def slice_inputs(c, dy):
    g = [0.0] * len(c.x[0])
    g[int(c.a["first"]):int(c.a["first"]) + c.n] = dy
    return [g]


def knot(c, j):
    """The last knot of column j that x has passed, or the first: its place in the matrices."""
    width = len(c.x[0])
    passed = [k for k in range(j, len(c.p[0]), width) if c.p[0][k] <= c.x[0][j]]
    return passed[-1] if passed else j


def interpolate(c):
    at, to, slope = c.p
    last = at[-len(c.x[0]):]
    return [to[knot(c, j)] + max(min(x, last[j]) - at[knot(c, j)], 0.0) * slope[knot(c, j)] for j, x in enumerate(c.x[0])]


def interpolate_inputs(c, dy):
    at, _, slope = c.p
    last = at[-len(c.x[0]):]
    return [[slope[knot(c, j)] * dy[j] if at[knot(c, j)] < x <= last[j] else 0.0 for j, x in enumerate(c.x[0])]]


# Ensembles of members that share weights: member after member, `members` blocks of equal width.

def spread(c):
    return [r * c.x[0][j % len(c.x[0])] for j, r in enumerate(c.p[0])]


def spread_inputs(c, dy):
    width = len(c.x[0])
    return [[sum(r * d for r, d in zip(c.p[0][i::width], dy[i::width])) for i in range(width)]]


def blocks(c, values):
    width = len(values) // int(c.a["members"])
    return [values[at:at + width] for at in range(0, len(values), width)]


def shared_linear(c):
    w, outputs = c.p[0], c.n // int(c.a["members"])
    return None if not w else [sum(x * w[i * outputs + o] for i, x in enumerate(xs))
                               for xs in blocks(c, c.x[0]) for o in range(outputs)]


def shared_linear_inputs(c, dy):
    w, outputs = c.p[0], c.n // int(c.a["members"])
    width = len(c.x[0]) // int(c.a["members"])
    return None if not w else [[sum(w[i * outputs + o] * d for o, d in enumerate(ds))
                                for ds in blocks(c, dy) for i in range(width)]]


def shared_linear_parameters(c, dy):
    pairs = list(zip(blocks(c, c.x[0]), blocks(c, dy)))
    return [[sum(xs[i] * ds[o] for xs, ds in pairs) for i in range(len(pairs[0][0])) for o in range(len(pairs[0][1]))]]


def heads(c):
    w, b, outputs = c.p[0], c.p[1], c.n // int(c.a["members"])
    return None if not w else [b[j] + sum(x * w[i * c.n + j] for i, x in enumerate(blocks(c, c.x[0])[j // outputs]))
                               for j in range(c.n)]


def heads_inputs(c, dy):
    w, outputs = c.p[0], c.n // int(c.a["members"])
    width = len(c.x[0]) // int(c.a["members"])
    return None if not w else [[sum(w[i * c.n + m * outputs + o] * d for o, d in enumerate(ds))
                                for m, ds in enumerate(blocks(c, dy)) for i in range(width)]]


def heads_parameters(c, dy):
    outputs, xs = c.n // int(c.a["members"]), blocks(c, c.x[0])
    return [[xs[j // outputs][i] * d for i in range(len(xs[0])) for j, d in enumerate(dy)], list(dy)]


def row_of_category(c):
    k = c.x[0][int(c.a["column"])]
    return int(k) if k == int(k) and 0 <= k < c.sizes[0] else None if not math.isnan(k) else None


def embed(c):
    k = row_of_category(c)
    return None if not c.p[0] else [0.0] * c.n if k is None else c.p[0][k * c.n:(k + 1) * c.n]


def embed_parameters(c, dy):
    g, k = [0.0] * (c.sizes[0] * c.n), row_of_category(c)
    if k is not None:
        g[k * c.n:(k + 1) * c.n] = dy
    return [g]


def waves(c):
    """Of every output j: its feature i, the angle of each wave k of it, and V[k, j]."""
    features, m = len(c.x[0]), c.n // len(c.x[0])
    w, phase, v = c.p[0], c.p[1], c.p[2]
    for j in range(c.n):
        i = j // m
        yield i, [(2 * math.pi * w[k * features + i] * c.x[0][i] + phase[k * features + i], v[k * c.n + j],
                   2 * math.pi * w[k * features + i]) for k in range(len(w) // features)]


def periodic(c):
    return [d + sum(v * math.cos(angle) for angle, v, _ in parts) for d, (_, parts) in zip(c.p[3], waves(c))]


def periodic_inputs(c, dy):
    g = [0.0] * len(c.x[0])
    for d, (i, parts) in zip(dy, waves(c)):
        g[i] -= d * sum(v * math.sin(angle) * turn for angle, v, turn in parts)
    return [g]


def periodic_parameters(c, dy):
    features, (w, phase, v) = len(c.x[0]), ([0.0] * len(p) for p in c.p[:3])
    for j, (i, parts) in enumerate(waves(c)):
        for k, (angle, wire, _) in enumerate(parts):
            back = -dy[j] * wire * math.sin(angle)
            w[k * features + i] += back * 2 * math.pi * c.x[0][i]
            phase[k * features + i] += back
            v[k * c.n + j] += dy[j] * math.cos(angle)
    return [w, phase, v, list(dy)]


def column_of_bins(c):
    return [i for i, size in enumerate(c.sizes) for _ in range(size)]


def piecewise(c):
    return [min(max((c.x[0][i] - low) * scale, 0.0), 1.0) for i, low, scale in zip(column_of_bins(c), c.p[0], c.p[1])]


def piecewise_inputs(c, dy):
    g = [0.0] * len(c.x[0])
    for i, low, scale, d in zip(column_of_bins(c), c.p[0], c.p[1], dy):
        g[i] += d * scale if 0 < (c.x[0][i] - low) * scale < 1 else 0.0
    return [g]


def blend(c):
    return [z + s * (a - z) for s, a, z in zip(c.p[0], c.x[0], c.x[1])]


OPERATORS = {
    "linear": (linear, linear_inputs, linear_parameters),
    "softmax": (lambda c: probabilities(c.x[0])[0], softmax_inputs, None),
    "softmax_xent": (cross_entropy, cross_entropy_inputs, None),
    "sigmoid_bce": (binary, binary_inputs, None),
    "squared": residual(lambda r, a: 0.5 * r * r, lambda r, a: r),
    "absolute": residual(lambda r, a: abs(r), lambda r, a: sign(r)),
    "huber": residual(lambda r, a: 0.5 * r * r if abs(r) < a["delta"] else a["delta"] * (abs(r) - 0.5 * a["delta"]),
                      lambda r, a: r if abs(r) < a["delta"] else a["delta"] * sign(r)),
    "layer_norm": (norm, norm_inputs, norm_parameters),
    "batch_norm": (norm, norm_inputs, norm_parameters),
    "dropout": (lambda c: [m * x for m, x in zip(c.extra, c.x[0])], lambda c, dy: [[m * d for m, d in zip(c.extra, dy)]],
                None),
    "add": (lambda c: [sum(v) for v in zip(*c.x)], lambda c, dy: [list(dy) for _ in c.x], None),
    "mean": (lambda c: [sum(v) / len(v) for v in zip(*c.x)], lambda c, dy: [[d / len(c.x) for d in dy] for _ in c.x],
             None),
    "concat": (lambda c: [v for x in c.x for v in x], concat_inputs, None),
    "standardise": per_unit(lambda x, m, s: (x - m) * s, lambda x, m, s: s),
    "impute": per_unit(lambda x, fill: fill if math.isnan(x) else x, lambda x, fill: 0.0 if math.isnan(x) else 1.0),
    "clip": per_unit(lambda x, low, high: min(max(x, low), high), lambda x, low, high: 1.0 if low < x < high else 0.0),
    "scale": (lambda c: [s * x for s, x in zip(c.p[0], c.x[0])], lambda c, dy: [[s * d for s, d in zip(c.p[0], dy)]],
              lambda c, dy: [[x * d for x, d in zip(c.x[0], dy)]]),
    "blend": (blend, lambda c, dy: [[s * d for s, d in zip(c.p[0], dy)], [(1 - s) * d for s, d in zip(c.p[0], dy)]],
              lambda c, dy: [[(a - z) * d for a, z, d in zip(*c.x, dy)]]),
    "affine": (lambda c: [s * x + b for s, x, b in zip(c.p[0], c.x[0], c.p[1])],
               lambda c, dy: [[s * d for s, d in zip(c.p[0], dy)]],
               lambda c, dy: [[x * d for x, d in zip(c.x[0], dy)], list(dy)]),
    "slice": (lambda c: c.x[0][int(c.a["first"]):int(c.a["first"]) + c.n], slice_inputs, None),
    "spread": (spread, spread_inputs,
               lambda c, dy: [[c.x[0][j % len(c.x[0])] * d for j, d in enumerate(dy)]]),
    "shared_linear": (shared_linear, shared_linear_inputs, shared_linear_parameters),
    "interpolate": (interpolate, interpolate_inputs, None),
    "heads": (heads, heads_inputs, heads_parameters),
    "one_hot": (one_hot, lambda c, dy: [[0.0] * len(c.x[0])], None),
    "piecewise": (piecewise, piecewise_inputs, None),
    "periodic": (periodic, periodic_inputs, periodic_parameters),
    "embed": (embed, lambda c, dy: [[0.0] * len(c.x[0])], embed_parameters),
}


class Call:
    def __init__(self, f, x, parameters, n, training):
        self.op, self.x, self.p, self.n = f["op"], x, parameters, n
        self.a, self.sizes, self.extra = f["attributes"], f["sizes"], f["extra"]
        self.unknown_rows = training and f["op"] == "batch_norm"

    def _of(self, part, *args):
        if self.op in ELEMENTWISE:
            value, slope = ELEMENTWISE[self.op]
            return ([value(z, self.a) for z in self.x[0]], with_gains(self, *args, slope) if args else None, None)[part]
        make = OPERATORS.get(self.op, (None, None, None))[part]
        return make(self, *args) if make else None

    def forward(self):
        """The row's output, or None where the receipt does not determine it."""
        return self._of(0)

    def inputs(self, dy):
        """Gradients of the inputs, or None."""
        return self._of(1, dy)

    def parameters(self, dy):
        """Gradients of the parameters that learn, in their order, or None."""
        return self._of(2, dy)

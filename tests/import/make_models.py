"""Writes ONNX files in the forms that exporters emit, with rows and the outputs that NumPy or scikit-learn computes.

usage: make_models.py FOLDER

Every NAME.onnx has a NAME.npz with X (rows) and y (expected predictions); refused.json maps files that cannot be read
to the words that the refusal must have. The graphs follow torch.onnx.export (TorchScript exporter), tf2onnx and
skl2onnx's converter of multi-layer perceptrons; none of them is needed here.
"""
import json
import math
import os
import sys

import numpy as np
from graphs import Graph, N, gelu, refused, rng, sigmoid, softmax, weights
from onnx import TensorProto, helper
from refused_models import refusals
from sklearn.neural_network import MLPClassifier, MLPRegressor


def torch_images():  # Flatten, Linear, ReLU, Linear, LogSoftmax
    g = Graph("torch_images", "pytorch")
    g.input("input", ["batch", 1, 4, 4])
    w, b, v, c = weights(8, 16), weights(8), weights(3, 8), weights(3)
    x = g.node("Flatten", ["input"], axis=1)
    z = g.node("Gemm", [x, g.const("fc1.weight", w), g.const("fc1.bias", b)], alpha=1.0, beta=1.0, transB=1)
    z = g.node("Gemm", [g.node("Relu", [z]), g.const("fc2.weight", v), g.const("fc2.bias", c)], alpha=1.0, beta=1.0,
               transB=1)
    g.node("LogSoftmax", [z], "output", axis=1)
    g.output("output")
    X = weights(N, 1, 4, 4)
    g.save(X, softmax(np.maximum(X.reshape(N, 16) @ w.T + b, 0) @ v.T + c))


def torch_batch_norm():  # Linear without bias, BatchNorm1d, ELU, Dropout left in, several labels
    g = Graph("torch_batch_norm", "pytorch", opset=15)
    g.input("x", ["batch", 5])
    w, v, c = weights(6, 5), weights(4, 6), weights(4)
    gamma, beta, mean, var = weights(6), weights(6), weights(6), weights(6) + 1
    z = g.node("Gemm", ["x", g.const("0.weight", w)], transB=1)
    z = g.node("BatchNormalization", [z, g.const("1.weight", gamma), g.const("1.bias", beta),
                                      g.const("1.running_mean", mean), g.const("1.running_var", var)],
               epsilon=1e-5, momentum=0.9, training_mode=0)
    a = g.node("Dropout", [g.node("Elu", [z], alpha=0.5), g.const("ratio", np.float32(0.25))])
    z = g.node("Gemm", [a, g.const("4.weight", v), g.const("4.bias", c)], transB=1)
    g.node("Sigmoid", [z], "p")
    g.output("p")
    X = weights(N, 5)
    h = (X @ w.T - mean) / np.sqrt(var + 1e-5) * gamma + beta
    h = np.where(h > 0, h, 0.5 * np.expm1(h))
    g.save(X, sigmoid(h @ v.T + c))


def decomposed_layer_norm(g, x, gamma, beta):
    centred = g.node("Sub", [x, g.node("ReduceMean", [x], axes=[-1])])
    squares = g.node("Pow", [centred, g.constant(np.float32(2))])
    variance = g.node("Add", [g.node("ReduceMean", [squares], axes=[-1]), g.constant(np.float32(1e-5))])
    hat = g.node("Div", [centred, g.node("Sqrt", [variance])])
    return g.node("Add", [g.node("Mul", [hat, gamma]), beta])


def torch_transformer_block():  # LayerNorm taken apart (opset below 17), GELU by erf, a skip connection, MatMul + Add
    g = Graph("torch_transformer_block", "pytorch", opset=14)
    g.input("x", ["batch", 6])
    w, b, v, c = weights(6, 9), weights(9), weights(9, 6), weights(6)
    gamma, beta, u, d = weights(6), weights(6), weights(2, 6), weights(2)
    n = decomposed_layer_norm(g, "x", g.const("norm.weight", gamma), g.const("norm.bias", beta))
    z = g.node("Add", [g.const("b", b), g.node("MatMul", [n, g.const("w", w)])])
    e = g.node("Erf", [g.node("Div", [z, g.constant(np.float32(math.sqrt(2)))])])
    a = g.node("Mul", [z, g.node("Add", [e, g.constant(np.float32(1))])])
    a = g.node("Mul", [a, g.constant(np.float32(0.5))])
    s = g.node("Add", [g.node("Add", [g.node("MatMul", [a, g.const("v", v)]), g.const("c", c)]), "x"])
    g.node("Gemm", [s, g.const("u", u), g.const("d", d)], "out", transB=1)
    g.output("out")
    X = weights(N, 6)
    hat = (X - X.mean(1, keepdims=True)) / np.sqrt(X.var(1, keepdims=True) + 1e-5)
    h = gelu((hat * gamma + beta) @ w + b) @ v + c + X
    g.save(X, h @ u.T + d)


def torch_gates():  # SiLU, Mish, LayerNormalization, concatenation, a view by Shape, classes by logits and ArgMax
    g = Graph("torch_gates", "pytorch", opset=17)
    g.input("x", ["batch", 2, 3])
    w, b, v, c = weights(5, 6), weights(5), weights(4, 6), weights(4)
    gamma, beta, u, d = weights(5), weights(5), weights(3, 9), weights(3)
    size = g.node("Unsqueeze", [g.node("Gather", [g.node("Shape", ["x"]), g.constant(np.int64(0))], axis=0),
                                g.constant(np.array([0]))])
    x = g.node("Reshape", ["x", g.node("Concat", [size, g.constant(np.array([-1]))], axis=0)])
    z = g.node("Gemm", [x, g.const("w", w), g.const("b", b)], transB=1)
    z = g.node("LayerNormalization", [z, g.const("gamma", gamma), g.const("beta", beta)], axis=-1, epsilon=1e-3)
    left = g.node("Mul", [z, g.node("Sigmoid", [z])])
    y = g.node("Gemm", [x, g.const("v", v), g.const("c", c)], transB=1)
    right = g.node("Mul", [y, g.node("Tanh", [g.node("Softplus", [y])])])
    both = g.node("Concat", [left, right], axis=1)
    logits = g.node("Gemm", [both, g.const("u", u), g.const("d", d)], "logits", transB=1)
    g.node("ArgMax", [logits], "label", axis=1, keepdims=0)
    g.output("logits")
    g.output("label", TensorProto.INT64, ("N",))
    X = weights(N, 2, 3)
    f = X.reshape(N, 6)
    h = f @ w.T + b
    h = (h - h.mean(1, keepdims=True)) / np.sqrt(h.var(1, keepdims=True) + 1e-3) * gamma + beta
    k = f @ v.T + c
    h = np.concatenate([h * sigmoid(h), k * np.tanh(np.log1p(np.exp(k)))], axis=1)
    g.save(X, softmax(h @ u.T + d))


def keras_dense():  # Reshape [-1, F], MatMul + Add by name, Tanh, Softmax; a fixed batch of 1
    g = Graph("keras_dense", "tf2onnx", opset=15)
    g.input("args_0", [1, 3, 2])
    w, b, v, c = weights(6, 5), weights(5), weights(5, 3), weights(3)
    x = g.node("Reshape", ["args_0", g.const("const_shape", np.array([-1, 6]))])
    z = g.node("Add", [g.node("MatMul", [x, g.const("dense/MatMul", w)]), g.const("dense/BiasAdd", b)])
    z = g.node("Add", [g.node("MatMul", [g.node("Tanh", [z]), g.const("dense_1/MatMul", v)]), g.const("dense_1/b", c)])
    g.node("Softmax", [z], "dense_1", axis=-1)
    g.output("dense_1")
    X = weights(N, 3, 2)
    g.save(X, softmax(np.tanh(X.reshape(N, 6) @ w + b) @ v + c))


def activations():  # the other activations, in double precision
    g = Graph("activations", "pytorch", dtype=np.float64)
    g.input("x", ["N", 4])
    X = weights(N, 4)
    h = X.astype(np.float64)
    x = "x"
    lam, alpha = 1.0507009873554805, 1.6732632423543772
    steps = [("LeakyRelu", {"alpha": 0.125}, lambda z: np.where(z > 0, z, 0.125 * z)),
             ("Selu", {}, lambda z: lam * np.where(z > 0, z, alpha * np.expm1(z))),
             ("Softplus", {}, lambda z: np.log1p(np.exp(z))),
             ("Celu", {"alpha": 1.0}, lambda z: np.where(z > 0, z, np.expm1(z))),
             ("PRelu", None, lambda z: np.where(z > 0, z, 0.25 * z)),
             ("Clip", None, lambda z: np.maximum(z, 0))]
    for k, (op, attributes, f) in enumerate(steps):
        w, b = weights(4, 4, dtype=np.float64), weights(4, dtype=np.float64)
        z = g.node("Gemm", [x, g.const(f"w{k}", w), g.const(f"b{k}", b)])
        h = f(h @ w + b)
        if op == "PRelu":
            x = g.node(op, [z, g.const("slope", np.full(4, 0.25))])
        elif op == "Clip":
            x = g.node(op, [z, g.const("low", np.float64(0))])
        else:
            x = g.node(op, [z], **attributes)
    g.node("Identity", [x], "y")
    g.output("y", TensorProto.DOUBLE)
    g.save(X, h)


def sklearn_layers(g, x, model, out_activation):
    names = {"relu": "Relu", "tanh": "Tanh", "logistic": "Sigmoid", "identity": "Identity"}
    for k, (w, b) in enumerate(zip(model.coefs_, model.intercepts_)):
        last = k + 1 == len(model.coefs_)
        z = g.node("MatMul", [x, g.const(f"coefficient{k or ''}", w.astype(np.float32))], f"mul_result{k or ''}")
        z = g.node("Add", [z, g.const(f"intercepts{k or ''}", b.astype(np.float32).reshape(1, -1))],
                   f"add_result{k or ''}")
        x = g.node(out_activation if last else names[model.activation], [z],
                   "out_activations_result" if last else f"next_activations{k or ''}")
    return x


def sklearn_binary():  # StandardScaler and MLPClassifier of two classes, with ZipMap
    X = (rng.normal(size=(200, 4)) * [1, 5, 0.1, 2] + [0, 3, 1, -2]).astype(np.float32)
    y = (X[:, 0] + (X[:, 1] - 3) / 5 > 0).astype(int)
    mean, scale = X.mean(0), X.std(0)
    Z = (X - mean) / scale
    model = MLPClassifier((6, 5), random_state=1, max_iter=40).fit(Z, y)
    g = Graph("sklearn_binary", "skl2onnx", opset=15)
    g.input("X", [None, None])
    x = g.node("Scaler", ["X"], "variable", "ai.onnx.ml", offset=[float(v) for v in mean],
               scale=[float(1 / v) for v in scale])
    x = g.node("Cast", [x], "cast_input", to=TensorProto.FLOAT)
    p = sklearn_layers(g, x, model, "Sigmoid")
    negative = g.node("Sub", [g.const("unity", np.float32(1)), p], "negative_class_proba")
    both = g.node("Concat", [negative, p], "probabilities", axis=1)
    best = g.node("ArgMax", [both], "argmax_output", axis=1)
    c = g.node("ArrayFeatureExtractor", [g.const("classes", np.array([0, 1], np.int32)), best],
               "array_feature_extractor_result", "ai.onnx.ml")
    c = g.node("Reshape", [c, g.const("shape_tensor", np.array([-1]))], "reshaped_result")
    c = g.node("Cast", [c], "label", to=TensorProto.INT64)
    g.node("Cast", [c], "output_label", to=TensorProto.INT64)
    g.node("ZipMap", [both], "output_probability", "ai.onnx.ml", classlabels_int64s=[0, 1])
    g.output("output_label", TensorProto.INT64, ("N",))
    g.output("output_probability")
    g.save(X, model.predict_proba(Z), check=False)


def sklearn_words():  # MLPClassifier of three classes that are words
    X = rng.normal(size=(300, 3)).astype(np.float32)
    words = np.array(["blue", "green", "red"])
    y = words[np.argmax(X, axis=1)]
    model = MLPClassifier((7,), activation="tanh", random_state=1, max_iter=60).fit(X, y)
    g = Graph("sklearn_words", "skl2onnx", opset=15)
    g.input("float_input", [None, 3])
    p = sklearn_layers(g, g.node("Cast", ["float_input"], "cast_input", to=TensorProto.FLOAT), model, "Softmax")
    p = g.node("Identity", [p], "output_probability")
    best = g.node("ArgMax", [p], "argmax_output", axis=1)
    g.tensors.append(helper.make_tensor("classes", TensorProto.STRING, [3], [w.encode() for w in words]))
    c = g.node("ArrayFeatureExtractor", ["classes", best], "extracted", "ai.onnx.ml")
    g.node("Reshape", [c, g.const("shape_tensor", np.array([-1]))], "output_label")
    g.output("output_label", TensorProto.STRING, ("N",))
    g.output("output_probability")
    g.save(X, model.predict_proba(X), check=False)


def sklearn_columns():  # a table: one input a column, joined; missing values, StandardScaler, MLPRegressor
    X = rng.normal(size=(200, 3)).astype(np.float32) * [1, 10, 0.5] + [0, 4, 1]
    X[::9, 1] = np.nan
    fill = np.nanmean(X, axis=0)
    full = np.where(np.isnan(X), fill, X)
    mean, scale = full.mean(0), full.std(0)
    Z = (full - mean) / scale
    y = Z[:, 0] - 2 * Z[:, 2] + 1
    model = MLPRegressor((8,), random_state=1, max_iter=60).fit(Z, y)
    g = Graph("sklearn_columns", "skl2onnx", opset=15)
    for name in ["age", "income", "rooms"]:
        g.input(name, [None, 1])
    x = g.node("Concat", ["age", "income", "rooms"], "merged_columns", axis=1)
    x = g.node("Imputer", [x], "imputed", "ai.onnx.ml", imputed_value_floats=[float(v) for v in fill],
               replaced_value_float=float("nan"))
    x = g.node("Scaler", [x], "scaled", "ai.onnx.ml", offset=[float(v) for v in mean],
               scale=[float(1 / v) for v in scale])
    y_pred = sklearn_layers(g, x, model, "Identity")
    g.node("Reshape", [y_pred, g.const("shape_tensor", np.array([-1, 1]))], "variable")
    g.output("variable")
    g.save(X.astype(np.float32), model.predict(Z).reshape(-1, 1), check=False)


Graph.folder = sys.argv[1]
os.makedirs(Graph.folder, exist_ok=True)
for make in [torch_images, torch_batch_norm, torch_transformer_block, torch_gates, keras_dense, activations,
             sklearn_binary, sklearn_words, sklearn_columns, refusals]:
    make()
with open(os.path.join(Graph.folder, "refused.json"), "w") as out:
    json.dump(refused, out)

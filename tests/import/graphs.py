"""Graphs as exporters write them, their weights, and where make_models.py puts the files."""
import math
import os

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

rng = np.random.default_rng(1)
N, refused = 37, {}


def weights(*shape, dtype=np.float32):
    return rng.uniform(-0.7, 0.7, shape).astype(dtype)


class Graph:
    folder = "."  # where files go

    def __init__(self, name, producer, opset=17, ir=8, dtype=np.float32):
        self.name, self.producer, self.opset, self.ir, self.dtype = name, producer, opset, ir, dtype
        self.nodes, self.tensors, self.inputs, self.outputs = [], [], [], []

    def input(self, name, shape, kind=None):
        kind = kind or (TensorProto.DOUBLE if self.dtype == np.float64 else TensorProto.FLOAT)
        self.inputs.append(helper.make_tensor_value_info(name, kind, shape))
        return name

    def output(self, name, kind=TensorProto.FLOAT, shape=("N", None)):
        self.outputs.append(helper.make_tensor_value_info(name, kind, shape))

    def const(self, name, value):
        self.tensors.append(numpy_helper.from_array(np.asarray(value), name))
        return name

    def node(self, op, inputs, output=None, domain="", **attributes):
        output = output or f"/{op}_{len(self.nodes)}_output_0"
        self.nodes.append(helper.make_node(op, inputs, [output], name=f"/{op}_{len(self.nodes)}", domain=domain,
                                           **attributes))
        return output

    def constant(self, value):  # torch's Constant nodes
        return self.node("Constant", [], value=numpy_helper.from_array(np.asarray(value)))

    def model(self):
        graph = helper.make_graph(self.nodes, "main_graph", self.inputs, self.outputs, self.tensors)
        opsets = [helper.make_opsetid("", self.opset), helper.make_opsetid("ai.onnx.ml", 1)]
        model = helper.make_model(graph, producer_name=self.producer, opset_imports=opsets)
        model.ir_version = self.ir
        return model

    def save(self, X=None, y=None, check=True, words=None):
        """X: rows, y: what the model predicts of them; or the words of its refusal."""
        model = self.model()
        if check:
            onnx.checker.check_model(model)
        onnx.save(model, os.path.join(Graph.folder, self.name + ".onnx"))
        if words is not None:
            refused[self.name] = words
        else:
            np.savez(os.path.join(Graph.folder, self.name + ".npz"), X=X, y=np.asarray(y, np.float64))


def softmax(z):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


erf = np.vectorize(math.erf)


def gelu(z):
    return z * 0.5 * (1 + erf(z / math.sqrt(2)))

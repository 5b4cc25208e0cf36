"""Models that cannot be read, each with the words that its refusal must have."""
import numpy as np
from graphs import Graph, weights
from onnx import TensorProto, helper, numpy_helper


def refuse(name, words, build, opset=17, check=False):
    g = Graph(name, "pytorch", opset=opset)
    build(g)
    g.save(check=check, words=words)


def dense(g, x, inputs, outputs, key, **attributes):
    shape = (inputs, outputs)
    return g.node("Gemm", [x, g.const(key, weights(*shape)), g.const(key + "b", weights(outputs))], **attributes)


def simple(op, inputs=("z",), attributes=None, more=lambda g: None):
    def build(g):
        g.input("x", ["N", 4])
        z = g.node("Gemm", ["x", g.const("w", weights(4, 4))], "z")
        assert z == "z"
        more(g)
        g.node(op, list(inputs), "y", **(attributes or {}))
        g.output("y")
    return build


def refusals():
    refuse("conv", ["/Conv_0", "Conv", "not supported"],
           lambda g: (g.input("x", ["N", 1, 8, 8]), g.const("k", weights(2, 1, 3, 3)),
                      g.node("Conv", ["x", "k"], "y"), g.output("y")))
    refuse("hard_sigmoid", ["/HardSigmoid_1", "HardSigmoid", "not supported"], simple("HardSigmoid"))
    refuse("other_domain", ["FancyGelu", "com.microsoft"], simple("FancyGelu", attributes={"domain": "com.microsoft"}))
    refuse("trans_a", ["/Gemm_0", "transA is 1"],
           lambda g: (g.input("x", ["N", 4]), dense(g, "x", 4, 2, "w", transA=1), g.node("Relu", ["/Gemm_0_output_0"], "y"),
                      g.output("y")))
    refuse("softmax_axis", ["Softmax", "axis is 0"], simple("Softmax", attributes={"axis": 0}))
    refuse("gelu_tanh", ["Gelu", "approximate is 'tanh'"], simple("Gelu", attributes={"approximate": "tanh"}))
    refuse("unknown_attribute", ["Relu", "attribute 'slope'"], simple("Relu", attributes={"slope": 2.0}))
    refuse("product", ["Mul", "a product of two values"], simple("Mul", ("z", "x")))
    refuse("difference", ["Sub", "a difference of two values"], simple("Sub", ("z", "x")))
    refuse("lonely_erf", ["Erf", "GELU"], simple("Erf"))
    refuse("uneven_erf", ["Erf", "GELU"],
           lambda g: (g.input("x", ["N", 4]), g.node("Gemm", ["x", g.const("w", weights(4, 4))], "z"),
                      g.node("Mul", ["z", g.const("s", np.array([0.5**0.5, 1, 1, 1], np.float32))], "t"),
                      g.node("Add", [g.node("Erf", ["t"]), g.const("one", np.float32(1))], "e"),
                      g.node("Mul", [g.node("Mul", ["z", "e"]), g.const("half", np.float32(0.5))], "y"), g.output("y")))
    refuse("uneven_half", ["Mul", "a product of two values"],
           lambda g: (g.input("x", ["N", 4]), g.node("Gemm", ["x", g.const("w", weights(4, 4))], "z"),
                      g.node("Mul", ["z", g.const("s", np.float32(0.5**0.5))], "t"),
                      g.node("Add", [g.node("Erf", ["t"]), g.const("one", np.float32(1))], "e"),
                      g.node("Mul", [g.node("Mul", ["z", g.const("half", np.array([0.5, 2, 2, 2], np.float32))]), "e"], "y"),
                      g.output("y")))
    refuse("rounded", ["Cast", "whole numbers"],
           lambda g: (g.input("x", ["N", 4]), g.node("Gemm", ["x", g.const("w", weights(4, 4))], "z"),
                      g.node("Cast", [g.node("Cast", ["z"], to=TensorProto.INT64)], "y", to=TensorProto.FLOAT), g.output("y")))
    refuse("half_of_nine", ["Reshape", "keeps the rows"],
           lambda g: (g.input("x", ["N", 9]), g.const("nine", np.array([9])), g.const("two", np.array([2])),
                      g.node("Concat", [g.const("zero", np.array([0])),
                                        g.node("Mul", [g.node("Div", ["nine", "two"]), "two"])], "s", axis=0),
                      g.node("Reshape", ["x", "s"], "r"), g.node("Relu", ["r"], "y"), g.output("y")))
    refuse("piece", ["ReduceMean", "piece"], simple("ReduceMean", attributes={"axes": [-1]}))
    refuse("vector_slopes", ["PRelu", "one slope"],
           simple("PRelu", ("z", "s"), more=lambda g: g.const("s", weights(4) + 1)))
    refuse("wrong_weights", ["/Gemm_0", "[5, 2]", "[N, 4]"],
           lambda g: (g.input("x", ["N", 4]), dense(g, "x", 5, 2, "w"), g.output("/Gemm_0_output_0")))
    refuse("three_axes", ["MatMul", "[N, 3, 4]", "flatten"],
           lambda g: (g.input("x", ["N", 3, 4]), g.node("MatMul", ["x", g.const("w", weights(4, 2))], "y"),
                      g.output("y")))
    refuse("rows_reshaped", ["Reshape", "keeps the rows"],
           lambda g: (g.input("x", ["N", 4]), g.node("Reshape", ["x", g.const("s", np.array([2, -1]))], "y"),
                      g.output("y")))
    refuse("texts", ["'city'", "texts"],
           lambda g: (g.input("city", ["N", 1], TensorProto.STRING), g.node("Identity", ["city"], "y"), g.output("y")))
    refuse("unknown_width", ["'x'", "dimension 1 is not known"],
           lambda g: (g.input("x", ["N", None]), g.node("Relu", ["x"], "y"), g.output("y")))
    refuse("training_batch_norm", ["BatchNormalization", "training_mode is 1"],
           simple("BatchNormalization", ("z", "s", "s", "s", "s"), {"training_mode": 1},
                  lambda g: g.const("s", weights(4) + 1)))
    refuse("no_network", ["the output is the input"],
           lambda g: (g.input("x", ["N", 4]), g.node("Identity", ["x"], "y"), g.output("y")))
    refuse("lost_output", ["'y'", "computed by no node"],
           lambda g: (g.input("x", ["N", 4]), g.node("Relu", ["x"], "z"), g.output("y")))

    # Files that only malice writes.
    refuse("width_of_itself", ["'x'", "dimension 1 is not known"],
           lambda g: (g.input("x", ["N", None]), g.node("Identity", ["x"], "x"), g.output("x")))
    refuse("grown_weights", ["Reshape", "a constant of 8 values"],
           lambda g: (g.input("x", ["N", 4]), g.const("w", weights(4, 2)),
                      g.node("Reshape", ["w", g.const("s", np.array([4, 1 << 20]))], "v"),
                      g.node("Gemm", ["x", "v"], "y"), g.output("y")))
    refuse("overflowing_shape", ["Reshape", "keeps the rows"],
           lambda g: (g.input("x", ["N", 4]),
                      g.node("Reshape", ["x", g.const("s", np.array([0, 1 << 62, 8, 2]))], "y"), g.output("y")))
    refuse("endless_shape", ["Reshape", "keeps the rows"],
           lambda g: (g.input("x", ["N", 4]),
                      g.node("Reshape", ["x", g.const("s", np.array([0, 1e300, float("nan")]))], "y"), g.output("y")))
    refuse("texts_and_numbers", ["Concat"],
           lambda g: (g.input("x", ["N", 4]), g.tensors.append(helper.make_tensor("t", TensorProto.STRING, [1], [b"a"])),
                      g.node("Concat", ["t", g.const("n", weights(900))], "both", axis=0),
                      g.node("Gather", ["both", g.const("i", np.array([800]))], "y"), g.output("y")))
    refuse("text_weights", ["Gemm", "texts"],
           lambda g: (g.input("x", ["N", 4]),
                      g.tensors.append(helper.make_tensor("w", TensorProto.STRING, [4, 2], [b"a"] * 8)),
                      g.node("Gemm", ["x", "w"], "y"), g.output("y")))
    refuse("no_outputs", ["Identity", "no output"],
           lambda g: (g.input("x", ["N", 4]), g.const("w", weights(4)),
                      g.nodes.append(helper.make_node("Identity", ["w"], [], name="nothing")), g.output("x")))
    refuse("no_value", ["Constant", "no value"],
           lambda g: (g.input("x", ["N", 4]), g.node("Constant", [], "c"), g.node("Add", ["x", "c"], "y"), g.output("y")))

    def tower(g):  # as deep as the file is long
        g.input("x", ["N", 4])
        h = g.node("ReduceMean", ["x"], axes=[-1])
        for _ in range(20000):
            h = g.node("Relu", [h])
        g.node("Relu", [h], "y")
        g.output("y")
    refuse("tower", ["ReduceMean", "piece"], tower)

    def wide(g):  # many nodes on a dimension that no weight has
        g.input("x", ["N", 1 << 24])
        h = "x"
        for k in range(40):
            h = g.node("Add" if k % 2 else "Mul", [h, g.constant(np.float32(k + 2))])
        g.node("ReduceMean", [h], "y", axes=[-1])
        g.output("y")
    refuse("wide", ["/Mul_1", "asks for 16777217 numbers", "dimensions are far larger than its weights"], wide)

    def doubling(g):  # a constant joined with itself
        g.input("x", ["N", 4])
        c = g.const("c", weights(1000))
        for _ in range(40):
            c = g.node("Concat", [c, c], axis=0)
        g.node("Add", ["x", c], "y")
        g.output("y")
    refuse("doubling", ["Concat", "far larger than its weights"], doubling)

    g = Graph("outside_data", "pytorch")
    g.input("x", ["N", 4])
    g.node("MatMul", ["x", "w"], "y")
    g.output("y")
    tensor = numpy_helper.from_array(weights(4, 2), "w")
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    g.tensors.append(tensor)
    g.save(check=False, words=["'w'", "another file"])

    g = Graph("short_tensor", "pytorch")
    g.input("x", ["N", 4])
    g.node("MatMul", ["x", "w"], "y")
    g.output("y")
    tensor = numpy_helper.from_array(weights(4, 2), "w")
    tensor.dims[0] = 1 << 40
    g.tensors.append(tensor)
    g.save(check=False, words=["'w'", "shape"])

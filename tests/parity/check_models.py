#!/usr/bin/env python3
"""Every model of a folder by ONNX's own checker with full, strict shape inference: check_models.py FOLDER

Exit code 77, which ctest takes as skipped, where Debian's python3-onnx is missing.
"""

import pathlib
import sys

try:
    import onnx
    from onnx import checker, shape_inference
except ImportError as error:
    print(f"skipped: {error}; ./dev test installs it (Debian package python3-onnx)")
    sys.exit(77)


def faults(path):
    """What is wrong with the model of a file, as lines of text."""
    found = []
    model = onnx.load(str(path))
    checker.check_model(model, full_check=True)
    inferred = shape_inference.infer_shapes(model, check_type=True, strict_mode=True, data_prop=True)
    # What viewers show on the wires is in the file; they infer nothing.
    written = {v.name: v for v in [*model.graph.value_info, *model.graph.input, *model.graph.output]}
    known = {v.name: v for v in [*inferred.graph.value_info, *inferred.graph.input, *inferred.graph.output]}
    names = [node.name for node in model.graph.node]
    if len(set(names)) != len(names):
        found.append("two nodes have one name")
    for node in inferred.graph.node:
        if not (node.name and node.doc_string):
            found.append(f"node '{node.name}' ({node.op_type}) lacks its name or doc string")
        for output in node.output:
            if output not in known or not known[output].type.tensor_type.HasField("shape"):
                found.append(f"no shape is inferred for '{output}' of {node.op_type}")
            elif output not in written:
                found.append(f"the file does not say what '{output}' of {node.op_type} is")
            elif not all(d.dim_param or d.HasField("dim_value") for d in written[output].type.tensor_type.shape.dim):
                found.append(f"the shape of '{output}' of {node.op_type} is open")
            elif str(written[output].type) != str(known[output].type):
                found.append(f"'{output}' of {node.op_type} is written as something else than is inferred")
    for value in [*model.graph.input, *model.graph.output]:
        dims = value.type.tensor_type.shape.dim
        if not value.doc_string:
            found.append(f"'{value.name}' has no doc string")
        if not dims or dims[0].dim_param != "N":
            found.append(f"the rows of '{value.name}' are not free")
    if not model.doc_string or not model.graph.doc_string:
        found.append("the model or its graph has no doc string")
    for tensor in model.graph.initializer:
        if not tensor.name:
            found.append("an initializer without a name")
    return found


def main():
    paths = sorted(pathlib.Path(sys.argv[1]).glob("*.onnx"))
    wrong = 0
    for path in paths:
        try:
            found = faults(path)
        except (checker.ValidationError, shape_inference.InferenceError, RuntimeError) as error:
            found = [str(error)]
        for line in found:
            print(f"{path.name}: {line}")
        wrong += bool(found)
    print(f"onnx {onnx.__version__}: {len(paths) - wrong} of {len(paths)} models pass")
    return 0 if paths and not wrong else 1


if __name__ == "__main__":
    sys.exit(main())

"""Models leave Python in the forms that the command line writes, and their graphs are checked from it."""

import io
import json
import os
import shutil
import struct
import subprocess
from pathlib import Path

import numpy as np
import pytest

import retrograd

GUESTS = Path(os.environ["RETROGRAD_SOURCE"]) / "docs/guests.csv"


@pytest.fixture(scope="module")
def model():
    loaded = retrograd.load_training(GUESTS, targets="cancelled")
    prepared = retrograd.make_network(loaded.spec, loaded.data, hidden=[8])
    return retrograd.train(prepared, loaded.spec, loaded.data, epochs=2).model


def test_what_the_command_line_writes_to_the_byte(model, tmp_path):
    model.save(str(tmp_path / "model.onnx"))
    options = ["--c", "guests.c", "--test-rows", "5", "--safetensors", "p.safetensors", "--npz", "p.npz"]
    command = [os.environ["RETROGRAD_BINARY"], "export", "model.onnx", *options]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    assert model.to_c("guests", test_rows=5) == (tmp_path / "guests.c").read_text()
    assert model.to_safetensors() == (tmp_path / "p.safetensors").read_bytes()
    assert model.to_npz() == (tmp_path / "p.npz").read_bytes()


def test_the_c_file_passes_its_own_test(model, tmp_path):
    (tmp_path / "model.c").write_text(model.to_c())
    flags = ["-std=c99", "-O1", "-mfma", "-Dmodel_TEST"]
    subprocess.run([shutil.which("cc"), *flags, "model.c", "-lm"], cwd=tmp_path, check=True)
    subprocess.run(["./a.out"], cwd=tmp_path, check=True)
    with pytest.raises(retrograd.Error, match="9lives"):
        model.to_c("9lives")


def test_arrays_are_the_parameters(model):
    archive = np.load(io.BytesIO(model.to_npz()))
    assert sorted(archive.files) == sorted(model.parameters)
    for name, values in model.parameters.items():
        np.testing.assert_array_equal(archive[name], values)
    tensors = model.to_safetensors()
    header = json.loads(tensors[8 : 8 + struct.unpack("<Q", tensors[:8])[0]])
    assert header["__metadata__"]["fingerprint"] == model.fingerprint


def test_parity(model):
    parity = model.check_parity(GUESTS, threads=1)
    assert parity and parity.ok and parity.rows == 2000
    own = parity.readings[0]
    assert own.by == "own evaluation" and own.labels == 2000 and own.labels_differ == 0
    assert {d.output for d in own.outputs} == {"probabilities", "logits"}
    assert all(d.absolute < 1e-4 for d in own.outputs)
    assert parity.to_dict()["rows"] == 2000 and "2000 of 2000 labels agree" in str(parity)
    with pytest.raises(retrograd.Error, match="nowhere.csv"):
        model.check_parity("nowhere.csv")
    with pytest.raises(retrograd.Error, match="onnxruntime-node"):
        model.check_parity(str(GUESTS), onnxruntime="/nowhere")

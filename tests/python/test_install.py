"""The package as it is installed: by pip, without a network, and by CMake.

RETROGRAD_BUILD is the build folder; the module in it is not compiled once more.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

SOURCE, BUILD = Path(os.environ["RETROGRAD_SOURCE"]), Path(os.environ["RETROGRAD_BUILD"])

PROGRAM = """
import numpy, pathlib, sys
import retrograd
assert pathlib.Path(retrograd.__file__).is_relative_to(sys.argv[1]), retrograd.__file__
assert "sklearn" not in sys.modules and "pandas" not in sys.modules  # for those who need them
x = numpy.random.RandomState(1).normal(size=(50, 3))
model = retrograd.RetrogradClassifier(hidden=(4,), epochs=2).fit(x, x[:, 0] > 0)
print(retrograd.__version__, model.model_.fingerprint)
"""


def runs_from(folder):
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"} | {"PYTHONPATH": str(folder)}
    command = [sys.executable, "-B", "-c", PROGRAM, str(folder)]
    found = subprocess.run(command, env=environment, cwd=folder, capture_output=True, text=True)
    assert found.returncode == 0, found.stderr
    assert found.stdout.split()[0] in (SOURCE / "include/retrograd/version.hpp").read_text()


def test_by_pip(tmp_path):
    # pip builds in place, so it gets a copy of what setup.py reads.
    shutil.copytree(SOURCE / "python", tmp_path / "python", ignore=shutil.ignore_patterns("build", "*.egg-info"))
    (tmp_path / "include/retrograd").mkdir(parents=True)
    shutil.copy(SOURCE / "include/retrograd/version.hpp", tmp_path / "include/retrograd")
    pip = [sys.executable, "-m", "pip", "install", "--no-build-isolation", "--no-deps", "--no-index"]
    command = [*pip, "--no-cache-dir", "--target", tmp_path / "site", tmp_path / "python"]
    environment = os.environ | {"RETROGRAD_BUILD": str(BUILD)}
    found = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert found.returncode == 0, found.stdout + found.stderr
    installed = {file.name for file in (tmp_path / "site/retrograd").iterdir()}
    assert {"py.typed", "_core.pyi", "estimators.py"} <= installed
    runs_from(tmp_path / "site")


@pytest.mark.parametrize("prefix, folder", [("usr", "lib/python3"), ("usr/local", f"lib/python3.{sys.version_info[1]}")])
def test_by_cmake(tmp_path, prefix, folder):
    command = ["cmake", "--install", BUILD, "--component", "python", "--prefix", tmp_path / prefix]
    subprocess.run(command, check=True, capture_output=True)
    runs_from(tmp_path / prefix / folder / "dist-packages")

"""Builds the module retrograd._core with CMake; everything else is in pyproject.toml.

RETROGRAD_BUILD: the folder to build in; one that is configured already is used as it is. Default: a temporary one.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent


class CMakeBuild(build_ext):
    def build_extension(self, ext):
        folder = Path(os.environ.get("RETROGRAD_BUILD") or Path(self.build_temp).resolve() / "cmake").resolve()
        if not (folder / "CMakeCache.txt").exists():
            generator = ["-G", "Ninja"] if shutil.which("ninja") else []
            options = {
                "CMAKE_BUILD_TYPE": "Release",
                "RETROGRAD_PYTHON": "ON",
                "RETROGRAD_PYTHON_EXECUTABLE": sys.executable,
                "RETROGRAD_TESTS": "OFF",
            }
            self.run_tool("cmake", "-S", ROOT, "-B", folder, *generator, *(f"-D{k}={v}" for k, v in options.items()))
        self.run_tool("cmake", "--build", folder, "--target", "retrograd_python", "--parallel", str(os.cpu_count() or 1))
        built = list((folder / "python" / "retrograd").glob("_core*.so"))
        if len(built) != 1:
            sys.exit(f"setup: expected one module _core in {folder}/python/retrograd, found {len(built)}")
        target = Path(self.get_ext_fullpath(ext.name))
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(built[0], target)

    def run_tool(self, *command):
        if shutil.which(command[0]) is None:
            sys.exit(f"setup: {command[0]} is missing; install Debian's cmake, ninja-build, g++ and pybind11-dev")
        subprocess.run([str(part) for part in command], check=True)


def version():
    text = (ROOT / "include/retrograd/version.hpp").read_text()
    return re.search(r'kVersion = "([^"]+)"', text).group(1)


setup(version=version(), ext_modules=[Extension("retrograd._core", [])], cmdclass={"build_ext": CMakeBuild})

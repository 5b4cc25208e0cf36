# shellcheck shell=bash
# What each job of ./dev needs: a Debian package and why; and how it is installed.

build_packages=(
  "g++                     the compiler, C++20"
  "cmake                   configures the build"
  "ninja-build             runs the build"
  "libfmt-dev              formatted text"
  "libhwy-dev              Highway: SIMD with dispatch at run time"
  "librandom123-dev        Philox: random numbers that do not depend on threads"
  "libxxhash-dev           the hash in a model's fingerprint"
  "libfast-float-dev       text to number, exactly and fast"
  "nlohmann-json3-dev      JSON"
  "libtomlplusplus-dev     TOML: config.toml"
  "libcli11-dev            the command line"
  "libjs-chart.js          Chart.js: the charts of reports, put into their page"
  "zlib1g-dev              data files compressed with gzip"
  "libprotobuf-dev         the encoding of ONNX files"
  "libonnx-dev             ONNX: the format of model files, and its checker"
)
demo_packages=(
  "dataset-fashion-mnist   60,000 + 10,000 images of clothes, the data of the demo"
)
test_packages=(
  "libgtest-dev            GoogleTest: the tests"
  "libgmock-dev            GoogleTest's matchers"
  "python3                 draws the pictures of the documentation again, reads event files back"
  "python3-sklearn         scikit-learn: recomputes the numbers of reports, checks our estimators"
  "python3-dev             Python's headers: the Python package"
  "pybind11-dev            pybind11: C++ as Python sees it"
  "python3-numpy           arrays, which the Python package takes and gives"
  "python3-pandas          frames, which it takes too"
  "python3-pytest          the tests of the Python package"
  "python3-ipython         what shows progress in notebooks"
  "python3-pip             installs the Python package, as its users do"
  "python3-setuptools      what pip builds it with"
  "python3-wheel           likewise"
  "dataset-fashion-mnist   real data for the tests that train"
  "curl                    asks the server of the tutorial"
  "pkgconf                 finds the installed library as other projects do"
  "chromium                the browser in which the tests open pages"
  "python3-onnx            ONNX's own checker, for model files"
  "dpkg-dev                dpkg-shlibdeps: which packages a program needs, for the Debian packages"
  "file                    likewise"
  "pandoc                  builds the documentation's site"
  "doxygen                 likewise"
  "man-db                  reads the manual pages"
  "groff-base              likewise"
  "zsh                     runs its completions"
  "fish                    likewise"
  "libopenmpi-dev          Open MPI: several processes that train one model"
  "openmpi-bin             mpirun, which starts them"
)
# Node drives the browser; npm is part of its package on some systems and a package of its own on Debian.
node_packages=(
  "nodejs                  runs the tests of pages, and ONNX Runtime"
  "npm                     installs playwright-core, which drives the browser, and ONNX Runtime"
)
docs_packages=(
  "pandoc                  pages and formulas as HTML"
  "doxygen                 reads the headers, for the C++ reference"
  "python3-numpy           what the Python package needs, whose docstrings are its reference"
  "python3-sklearn         likewise"
  "python3-pandas          likewise"
)
package_packages=(
  "libopenmpi-dev          Open MPI: the package retrograd-mpi"
  "dpkg-dev                dpkg-shlibdeps: which packages a program needs"
  "file                    likewise"
  "python3-dev             Python's headers: the Python package"
  "pybind11-dev            pybind11: likewise"
)
bench_packages=(
  "libtorch-dev            PyTorch's C++ library, a peer to compare with"
  "libopenblas0-pthread    the BLAS that PyTorch then uses; without it, it takes the slow reference"
  "libdnnl-dev             oneDNN, a peer for matrix products"
  "python3-sklearn         scikit-learn, a peer for training"
  "python3-pandas          pandas, a peer for reading CSV"
  "python3-dev             Python's headers: the Python package, for bench python"
  "pybind11-dev            pybind11: likewise"
  "python3-xgboost         XGBoost, a peer for the quality of results"
  "r-base-core             R, whose packages hold tables to measure quality on"
  "r-cran-mlbench          tables"
  "r-cran-modeldata        tables"
  "r-cran-kernlab          tables"
)
distributed_packages=(
  "libopenmpi-dev          Open MPI"
  "openmpi-bin             mpirun"
  "python3-torch           PyTorch, whose DistributedDataParallel is the peer"
  "python3-numpy           what it needs"
  "iproute2                test hosts: network namespaces with limits of bandwidth"
)
check_packages=(
  "clang-format            the layout of the code"
  "clang-tidy              static checks"
  "clang                   the second compiler, which must give the same bits and has libFuzzer"
  "libclang-rt-14-dev      libFuzzer and its sanitizers, of Debian 12's clang"
)

installed() { [[ $(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null) == installed ]]; }

# need "package  reason" …: installs the packages that are missing, and says which and why.
need() {
  command -v dpkg-query >/dev/null ||
    die "this is not a Debian system; install by hand what tools/packages.sh names"
  local line package missing=() lines=()
  for line in "$@"; do
    package=${line%% *}
    if ! installed "$package" && [[ " ${missing[*]-} " != *" $package "* ]]; then
      missing+=("$package")
      lines+=("$line")
    fi
  done
  if ((${#missing[@]} == 0)); then return; fi
  say "setup: installing ${#missing[@]} Debian package(s):"
  printf '  %s\n' "${lines[@]}"
  local apt=(env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=600)
  if ((EUID != 0)); then
    command -v sudo >/dev/null || die "installing needs root; as root run: apt-get install ${missing[*]}"
    if [[ -t 0 ]]; then apt=(sudo "${apt[@]}"); else apt=(sudo -n "${apt[@]}"); fi
  fi
  "${apt[@]}" update || die "apt-get update failed; is the network there?"
  "${apt[@]}" install -y --no-install-recommends "${missing[@]}" </dev/null ||
    die "apt-get could not install: ${missing[*]}"
}

# What the tests run in Node: pages in a browser, exported models in ONNX Runtime.
need_node() {
  if ! command -v node >/dev/null || ! command -v npm >/dev/null; then need "${node_packages[@]}"; fi
  need_playwright && need_onnxruntime
}

need_playwright() {
  if [[ -d tests/browser/node_modules/playwright-core ]]; then return; fi
  say "setup: installing playwright-core from npm into tests/browser"
  (cd tests/browser && npm install --no-package-lock --no-audit --no-fund --ignore-scripts </dev/null) ||
    die "npm could not install playwright-core; is the network there?"
}

# The package holds the CPU library; what its script would download is for GPUs, and other systems' libraries go.
need_onnxruntime() {
  if [[ -d tests/parity/node_modules/onnxruntime-node ]]; then return; fi
  say "setup: installing onnxruntime-node from npm into tests/parity"
  (cd tests/parity && npm ci --no-audit --no-fund --ignore-scripts </dev/null &&
    rm -rf node_modules/onnxruntime-node/bin/napi-v*/{darwin,win32}) ||
    die "npm could not install onnxruntime-node; is the network there?"
}

cmd_setup() {
  case ${1-} in
    '') need "${build_packages[@]}" "${demo_packages[@]}" "${test_packages[@]}" && need_node ;;
    build) need "${build_packages[@]}" ;;
    demo) need "${build_packages[@]}" "${demo_packages[@]}" ;;
    test) need "${build_packages[@]}" "${test_packages[@]}" && need_node ;;
    bench) need "${build_packages[@]}" "${bench_packages[@]}" ;;
    check) need "${build_packages[@]}" "${test_packages[@]}" "${check_packages[@]}" && need_node ;;
    all) need "${build_packages[@]}" "${demo_packages[@]}" "${test_packages[@]}" "${bench_packages[@]}" "${check_packages[@]}" && need_node ;;
    *) die "setup: '$1' is not one of build, demo, test, bench, check, all" ;;
  esac
}

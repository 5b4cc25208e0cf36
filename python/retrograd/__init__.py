"""retrograd: multi-layer neural networks by gradient descent and backpropagation, explained, exact and fast.

Two ways in. The estimators follow scikit-learn's conventions::

    from retrograd import RetrogradClassifier
    model = RetrogradClassifier().fit(X, y)

and the network API is the C++ library's, under the same names: describe a network, load data, train, evaluate, explain::

    import retrograd
    loaded = retrograd.load_training("table.csv", targets=["price"])
    trained = retrograd.train(retrograd.make_network(loaded.spec, loaded.data), loaded.spec, loaded.data)
    trained.model.save("model.onnx")
"""

from ._api import (
    check_before_training,
    diagnose,
    evaluate,
    explain,
    from_arrays,
    from_frame,
    go_on,
    gradcheck,
    load_training,
    load_with,
    make_network,
    split,
    train,
    verify,
    with_frame,
)
from ._choose import calibrate, search, train_folds
from ._core import (
    Calibration,
    ColumnType,
    Control,
    Dataset,
    DataSpec,
    Diagnosis,
    EpochReport,
    Error,
    Explanation,
    Fold,
    FoldsTrained,
    GradientCheck,
    Layer,
    Loaded,
    Model,
    Network,
    Parity,
    Prepared,
    Results,
    Searched,
    Task,
    Trained,
    TrainState,
    Trial,
    __version__,
    temperature,
)
from .progress import Progress

__all__ = [
    "Calibration",
    "ColumnType",
    "Control",
    "DataSpec",
    "Dataset",
    "Diagnosis",
    "EpochReport",
    "Error",
    "Explanation",
    "Fold",
    "FoldsTrained",
    "GradientCheck",
    "Layer",
    "Loaded",
    "Model",
    "Network",
    "Parity",
    "Prepared",
    "Progress",
    "Results",
    "RetrogradClassifier",
    "RetrogradRegressor",
    "RetrogradWarning",
    "Searched",
    "Task",
    "TrainState",
    "Trained",
    "Trial",
    "__version__",
    "calibrate",
    "check_before_training",
    "diagnose",
    "evaluate",
    "explain",
    "from_arrays",
    "from_frame",
    "go_on",
    "gradcheck",
    "load_training",
    "load_with",
    "make_network",
    "search",
    "split",
    "temperature",
    "train",
    "train_folds",
    "verify",
    "with_frame",
]


def __getattr__(name):
    # The estimators need scikit-learn; nothing else does.
    if name in ("RetrogradClassifier", "RetrogradRegressor", "RetrogradWarning"):
        from . import estimators

        return getattr(estimators, name)
    raise AttributeError(f"module 'retrograd' has no attribute {name!r}")


def __dir__():
    return __all__

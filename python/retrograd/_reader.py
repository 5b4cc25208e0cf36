"""Rows in: what an estimator makes of X and of weights."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils import check_array
from sklearn.utils.class_weight import compute_sample_weight
from sklearn.utils.validation import _check_sample_weight

from . import _convert, _core, _options


class RetrogradWarning(UserWarning):
    """Something that was noticed in the training data, such as a column that is ignored."""


class Reader(BaseEstimator):
    """Arrays and frames as datasets; of a frame it keeps the columns' names."""

    def _rows_in(self, X: Any, reset: bool) -> Any:
        """X as a frame, or as a float32 or uint8 matrix; with `reset` it defines what the estimator reads."""
        self._check_feature_names(X, reset=reset)
        if _convert.is_frame(X):
            if X.shape[0] < 1 or X.shape[1] < 1:
                check_array(np.empty(X.shape))  # says what is missing, in scikit-learn's words
            if reset and X.shape[0] < 2:
                raise ValueError("Found a frame with 1 sample(s) while a minimum of 2 is required.")
        else:
            X = check_array(
                X,
                dtype=[np.float32, np.uint8],
                order="C",
                force_all_finite="allow-nan",
                ensure_min_samples=2 if reset else 1,
                estimator=self,
                input_name="X",
            )
        self._check_n_features(X, reset=reset)
        return X

    def _dataset(self, X: Any) -> Any:
        """Rows for the network that is there."""
        if self._columns is None:
            if _convert.is_frame(X):
                X = check_array(X, dtype=np.float32, force_all_finite="allow-nan", input_name="X")
            return _core.Dataset({"x": X})
        if _convert.is_frame(X):
            columns = _convert.columns_of_frame(X, self._columns)
        else:
            columns = _convert.columns_of_array(X, self._columns)
        return _core.with_columns(columns, self._spec, False)

    def _first_dataset(self, X: Any) -> Any:
        """The same where the rows decide what the network reads."""
        if not _convert.is_frame(X):
            self._columns = None
            shape = [X.shape[1]] if self.image_shape is None else [int(size) for size in self.image_shape]
            if int(np.prod(shape)) != X.shape[1]:
                raise ValueError(f"image_shape is {tuple(shape)}, but X has {X.shape[1]} features")
            self._spec = _core.array_spec(shape, X.shape[0])
            return _core.Dataset({"x": X})
        self._columns = [str(name) for name in X.columns]
        options = _options.data_options(types=_convert.categories_of(X))
        loaded = _core.from_columns(_convert.columns_of_frame(X, self._columns), options)
        for line in loaded.spec.warnings:
            warnings.warn(line, RetrogradWarning, stacklevel=4)
        self._spec = loaded.spec
        return loaded.data

    def _weights(self, X: Any, y: Any, sample_weight: Any) -> np.ndarray | None:
        """Sample weight times class weight; None: every row weighs 1."""
        if sample_weight is not None:
            sample_weight = _check_sample_weight(sample_weight, X, dtype=np.float64, only_non_negative=True)
            if not sample_weight.any():
                raise ValueError("every sample weight is 0; at least one must be positive")
        class_weight = getattr(self, "class_weight", None)
        if class_weight is None:
            return sample_weight
        if sample_weight is None:
            return compute_sample_weight(class_weight, y)
        counted = sample_weight > 0
        weights = np.zeros(len(sample_weight))
        weights[counted] = compute_sample_weight(class_weight, y[counted]) * sample_weight[counted]
        return weights

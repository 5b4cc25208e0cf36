"""NumPy arrays and pandas frames to what the C++ library reads."""

from __future__ import annotations

from typing import Any

import numpy as np

from . import _core

Column = tuple  # name, numbers (float64) or None, codes (int32) or None, texts


def is_frame(x: Any) -> bool:
    """Whether x is a pandas DataFrame; pandas itself is not imported for the answer."""
    return hasattr(x, "iloc") and hasattr(x, "columns")


def numbers(values: Any) -> np.ndarray:
    """As an array whose rows lie one after the other: float32 and uint8 as they are, all else as float32."""
    array = np.asarray(values)
    if array.dtype == np.uint8 or array.dtype == np.float32:
        return np.ascontiguousarray(array)
    if array.dtype.kind not in "fiub":
        raise TypeError(f"expected an array of numbers, found one of {array.dtype}")
    return np.ascontiguousarray(array, dtype=np.float32)


def columns_of_frame(frame: Any, names: list[str] | None = None) -> list[Column]:
    """The columns of a frame; `names` replace theirs. Numbers that are float64 already are not copied."""
    names = [str(name) for name in frame.columns] if names is None else names
    return [_column(name, frame.iloc[:, i]) for i, name in enumerate(names)]


def columns_of_array(array: np.ndarray, names: list[str]) -> list[Column]:
    """The columns of a matrix of numbers."""
    return [
        (name, np.ascontiguousarray(array[:, i], dtype=np.float64), None, []) for i, name in enumerate(names)
    ]


def categories_of(frame: Any) -> dict[str, Any]:
    """Columns that their dtype declares to be categories."""
    kinds = enumerate(frame.dtypes)
    return {str(frame.columns[i]): "categorical" for i, dtype in kinds if dtype.name == "category"}


def _column(name: str, series: Any) -> Column:
    dtype = series.dtype
    if dtype.name == "category":
        texts = [_text(c) for c in series.cat.categories]
        return name, None, np.ascontiguousarray(series.cat.codes, dtype=np.int32), texts
    kind = getattr(dtype, "kind", "O")
    if kind == "b":  # bool, and pandas' own boolean, which may be missing
        missing = series.isna().to_numpy()
        codes = series.to_numpy(dtype=object)
        codes = np.where(missing, -1, np.where(missing, 0, codes).astype(np.int32)).astype(np.int32)
        return name, None, codes, ["False", "True"]
    if kind in "iuf":
        plain = isinstance(dtype, np.dtype)
        values = series.to_numpy() if plain else series.to_numpy(dtype=np.float64, na_value=np.nan)
        return name, np.ascontiguousarray(values, dtype=np.float64), None, []
    if kind in "mMc":
        raise TypeError(f"column {name!r} holds {dtype}; turn it into numbers or texts first")
    import pandas

    try:
        codes, values = pandas.factorize(series)
    except TypeError as error:
        raise TypeError(f"column {name!r} holds what is neither number nor text ({error})") from None
    return name, None, np.ascontiguousarray(codes, dtype=np.int32), [_text(v) for v in values]


def _text(value: Any) -> str:
    """As a CSV file would have it."""
    if isinstance(value, bytes):
        return value.decode()
    if isinstance(value, (float, np.floating)) and float(value).is_integer():
        return str(int(value))
    return str(value)


def dataset_for(model: Any, x: Any) -> Any:
    """Rows to predict: a Dataset as it is, a frame by its columns, an array as the network's input."""
    if isinstance(x, _core.Dataset):
        return x
    if isinstance(x, dict):
        return _core.Dataset({name: numbers(values) for name, values in x.items()})
    if is_frame(x):
        return _core.with_columns(columns_of_frame(x), model.spec, False)
    return _core.Dataset({"x": numbers(x)})

from collections.abc import Callable, Mapping, Sequence
from os import PathLike
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

__version__: str

class Error(ValueError): ...

class Task:
    classification: Task
    multilabel: Task
    regression: Task
    name: str
    __members__: Mapping[str, Task]

class ColumnType:
    numeric: ColumnType
    categorical: ColumnType
    boolean: ColumnType
    constant: ColumnType
    identifier: ColumnType
    name: str
    __members__: Mapping[str, ColumnType]

class Precision:
    float32: Precision
    float64: Precision

class Reduction:
    mean: Reduction
    sum: Reduction

class OnDivergence:
    fail: OnDivergence
    restore: OnDivergence

class DataOptions:
    targets: list[str]
    weight: str
    ignore: list[str]
    types: dict[str, ColumnType]
    task: Task | None
    missing: list[str]
    separator: str
    decimal: str
    max_categories: int
    threads: int
    on_bad_row: str
    cache: str

class NetworkOptions:
    hidden: list[int]
    activation: str
    dropout: float
    normalise: str
    loss: str
    smoothing: float
    initializer: str
    scaling: str
    embedding: str
    one_hot_limit: int
    bins: int
    bins_of: str
    scaling_layer: bool
    parametric: bool
    ntk: bool
    clip_outputs: bool
    members: int
    share_weights: bool
    rates: dict[str, float]
    decays: dict[str, float]

class TrainOptions:
    optimizer: str
    learning_rate: float
    schedule: str
    batch: int
    epochs: int
    patience: int
    augment: str
    augment_schedule: str
    metric: str
    weight_decay: float
    decay_schedule: str
    dropout_schedule: str
    l1: float
    l2: float
    max_norm: float
    clip_norm: float
    clip_value: float
    shards: int
    balanced_classes: bool
    class_weights: dict[str, float]
    reduction: Reduction
    seed: int
    threads: int
    precision: Precision
    on_divergence: OnDivergence
    keep_state: bool
    time_limit: float
    checkpoint_folder: str
    checkpoint_every: str
    resume: bool

class Preset:
    name: str
    network: NetworkOptions
    training: TrainOptions
    decisions: list[str]

class DataSpec:
    source: str
    rows: int
    row_shape: list[int]
    warnings: list[str]
    task: Task
    classes: list[str]
    def to_dict(self) -> dict[str, Any]: ...
    def _set_target(self, task: Task, column: str, names: Sequence[str], counts: Sequence[int]) -> None: ...

class Dataset:
    rows: int
    inputs: dict[str, NDArray[Any]]
    target: Any
    weight: Any
    skipped: list[int]
    skipped_lines: list[str]
    def __init__(
        self, inputs: Mapping[str, ArrayLike], target: ArrayLike | None = None, weight: ArrayLike | None = None
    ) -> None: ...
    def __len__(self) -> int: ...
    def take(self, rows: Sequence[int]) -> Dataset: ...

class Loaded:
    spec: DataSpec
    data: Dataset

class Layer:
    type: str
    name: str
    inputs: list[str]
    units: int
    attributes: dict[str, float]

class Network:
    def __init__(self) -> None: ...
    def input(self, name: str, features: int) -> Network: ...
    def linear(self, units: int, name: str = "") -> Network: ...
    def activation(self, type: str, attributes: Mapping[str, float] = {}) -> Network: ...
    def dropout(self, rate: float) -> Network: ...
    def layer(
        self,
        type: str,
        name: str = "",
        inputs: Sequence[str] = (),
        units: int = 0,
        attributes: Mapping[str, float] = {},
        sizes: Sequence[int] = (),
        initializer: str = "",
        initializer_argument: float = 0.0,
    ) -> Network: ...
    def loss(
        self, type: str, attributes: Mapping[str, float] = {}, of: str = "", target: str = "y"
    ) -> Network: ...
    def target(self, features: int) -> Network: ...
    def prediction(self, layer: str) -> Network: ...
    def program(self) -> str: ...
    def to_json(self) -> str: ...

class TrainState:
    step: int
    epoch: int

class Prepared:
    network: Network
    constants: dict[str, list[float]]
    decisions: list[str]
    def __init__(self, network: Network, constants: Mapping[str, Sequence[float]] = {}) -> None: ...

class LayerStatistics:
    layer: str
    delta: float
    dW: float
    W: float
    update_ratio: float
    z: float
    wires: float
    amplifiers: float
    gain_median: float
    share_dead: float
    share_saturated: float

class EpochReport:
    epoch: int
    epochs: int
    steps: int
    train_loss: float
    valid_loss: float | None
    valid_metric: float | None
    metric: str
    learning_rate: float
    seconds: float
    rows_per_second: float
    best: bool
    layers: list[LayerStatistics]

class Control:
    stop: bool
    learning_rate_factor: float | None
    def __init__(self, stop: bool = False, learning_rate_factor: float | None = None) -> None: ...

class Trained:
    model: Model
    history: list[EpochReport]
    best_epoch: int
    stopped: str
    finished: bool
    decisions: list[str]
    options: TrainOptions
    state: TrainState
    seconds: float

class Model:
    network: Network
    spec: DataSpec
    notes: dict[str, str]
    fingerprint: str
    parameter_count: int
    outputs: int
    parameters: dict[str, NDArray[np.float64]]
    def with_notes(self, notes: Mapping[str, str]) -> Model: ...
    def predict(self, x: Any, threads: int = 0) -> NDArray[np.float32]: ...
    def save(self, path: str) -> None: ...
    @staticmethod
    def load(path: str) -> Model: ...
    def to_bytes(self) -> bytes: ...
    @staticmethod
    def from_bytes(bytes: bytes) -> Model: ...
    def program(self) -> str: ...
    def to_c(self, name: str = "model", test_rows: int = 16) -> str: ...
    def to_safetensors(self) -> bytes: ...
    def to_npz(self) -> bytes: ...
    def check_parity(self, data: str | PathLike[str], *, onnxruntime: str = "", threads: int = 0) -> Parity: ...
    def _predict(self, data: Dataset, threads: int) -> NDArray[np.float32]: ...

class Fold:
    number: int
    rows: list[int]
    results: Results
    trained: Trained

class FoldsTrained:
    trained: Trained
    folds: list[Fold]
    rows: NDArray[np.int64]
    predictions: NDArray[np.float32]
    out_of_fold: Results
    def spread(self, metric: str) -> tuple[float, float]: ...

class ProbabilityScore:
    log_loss: float
    calibration_error: float | None
    brier: float | None

class Calibration:
    model: Model
    temperature: float
    rows: int
    before: ProbabilityScore
    after: ProbabilityScore

class SearchOptions:
    seconds: float
    fixed: list[str]
    trials: int
    concurrent: int

class Trial:
    number: int
    changes: dict[str, str]
    network: NetworkOptions
    training: TrainOptions
    metric: str
    value: float | None
    epochs: int
    best_epoch: int
    seconds: float
    ended: str
    fingerprint: str
    improved: bool

class Searched:
    trained: Trained
    prepared: Prepared
    trials: list[Trial]
    best: int

class OutputDifference:
    output: str
    absolute: float
    relative: float
    ulp: int
    row: int

class GraphReading:
    by: str
    missing: str
    outputs: list[OutputDifference]
    labels: int
    labels_differ: int
    ties: int
    ok: bool

class Parity:
    rows: int
    readings: list[GraphReading]
    ok: bool
    def __bool__(self) -> bool: ...
    def to_dict(self) -> dict[str, Any]: ...

class Results:
    def metric(self, name: str) -> float: ...
    def __getitem__(self, name: str) -> float: ...
    def to_dict(self) -> dict[str, Any]: ...

class TensorCheck:
    name: str
    size: int
    checked: int
    kinks: int
    numeric_error: float
    float_error: float

class GradientCheck:
    rows: int
    loss: float
    tensors: list[TensorCheck]
    largest_numeric_error: float
    largest_float_error: float
    ok: bool
    def __bool__(self) -> bool: ...

class Diagnosis:
    healthy: bool
    def has(self, id: str) -> bool: ...
    def to_dict(self) -> dict[str, Any]: ...

class ExplainTarget:
    weight: str
    bias: str
    top: int

class Derivation:
    parameter: str
    symbol: str
    value: float
    gradient: float
    central_difference: float

class Explanation:
    loss: float
    rows: list[int]
    derivations: list[Derivation]
    audited: int
    disagreements: int
    ok: bool
    def to_text(self) -> str: ...
    def to_html(self) -> str: ...
    def to_latex(self) -> str: ...
    def to_json(self) -> str: ...
    def _repr_html_(self) -> str: ...

Column = tuple[str, NDArray[np.float64] | None, NDArray[np.int32] | None, list[str]]

def by_hand() -> list[str]: ...
def full_batch(optimizer: str) -> bool: ...
def preset(name: str, spec: DataSpec, rows: int) -> Preset: ...
def array_spec(row_shape: Sequence[int], rows: int) -> DataSpec: ...
def load_training(source: str, options: DataOptions) -> Loaded: ...
def load_with(
    source: str, spec: DataSpec, test_part: bool, need_target: bool, on_bad_row: str, cache: str
) -> Dataset: ...
def from_columns(columns: Sequence[Column], options: DataOptions) -> Loaded: ...
def with_columns(columns: Sequence[Column], spec: DataSpec, need_target: bool) -> Dataset: ...
def from_arrays(x: NDArray[Any], y: NDArray[np.float64], options: DataOptions) -> Loaded: ...
def split(data: Dataset, fraction: float, seed: int, stratified: bool) -> tuple[Dataset, Dataset]: ...
def make_network(spec: DataSpec, data: Dataset, options: NetworkOptions) -> Prepared: ...
def go_on(model: Model, state: TrainState = ...) -> Prepared: ...
def train(
    prepared: Prepared,
    spec: DataSpec,
    data: Dataset,
    valid: Dataset | None,
    options: TrainOptions,
    epoch: Callable[[EpochReport], Any] | None,
    step: Callable[[int, int], Any] | None,
    log: Callable[[str], Any] | None,
) -> tuple[Trained, BaseException | None]: ...
def train_folds(
    spec: DataSpec,
    data: Dataset,
    folds: int,
    network: NetworkOptions,
    training: TrainOptions,
    epoch: Callable[[EpochReport], Any] | None,
    step: Callable[[int, int], Any] | None,
    log: Callable[[str], Any] | None,
) -> tuple[FoldsTrained, BaseException | None]: ...
def search(
    spec: DataSpec,
    data: Dataset,
    valid: Dataset,
    network: NetworkOptions,
    training: TrainOptions,
    options: SearchOptions,
    trial: Callable[[Trial], Any] | None,
    epoch: Callable[[EpochReport], Any] | None,
    log: Callable[[str], Any] | None,
) -> tuple[Searched, BaseException | None]: ...
def calibrate(model: Model | FoldsTrained, data: Dataset, threads: int) -> Calibration: ...
def temperature(model: Model) -> float | None: ...
def check_before_training(
    prepared: Prepared, spec: DataSpec, data: Dataset, options: TrainOptions
) -> list[str]: ...
def evaluate(model: Model, data: Dataset, threads: int) -> Results: ...
def explain(
    model: Model,
    data: Dataset,
    rows: Sequence[int],
    batch: bool,
    target: ExplainTarget,
    trained: Trained | None,
    seed: int,
    step: int,
) -> Explanation: ...
def verify(receipt: str) -> tuple[bool, int, str]: ...
def gradcheck(model: Model, data: Dataset, rows: int, per_tensor: int, seed: int) -> GradientCheck: ...
def diagnose(model: Model, data: Dataset, trained: Trained | None, rows: int) -> Diagnosis: ...

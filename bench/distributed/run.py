"""Steps of training on several ranks: ours and PyTorch's DistributedDataParallel over Gloo, in one run.

usage: run.py FOLDER [--quick]                  FOLDER holds distributed_steps
       run.py FOLDER --part NETWORK:RANKS FILE  one part alone ("10 Gbit/s:4"), added to FILE; 10 to 30 seconds each
       run.py --report FILE...                  what parts that were measured apart say together
       run.py --predict GFLOPS                  what the model says of clusters of cores of this speed, nothing hidden

On this machine (shared memory) and between test hosts, network namespaces with limits of bandwidth (see hosts.sh), which
need root. Prints Markdown: what a step took, how much of the exchanges was hidden behind computing, what was sent, a cost
model fitted to it, and what the model predicts for clusters.
"""
import json
import os
import statistics
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
HOSTS = str(HERE / "hosts.sh")
# name, bandwidth (None: shared memory)
NETWORKS = [("this machine", None), ("10 Gbit/s", "10gbit"), ("1 Gbit/s", "1gbit")]
CLUSTERS = [("10 Gbit/s", 10e9, 30e-6), ("25 Gbit/s", 25e9, 15e-6), ("100 Gbit/s", 100e9, 5e-6)]
CORES_OF_A_MACHINE = 16
WIDTHS = [[64, 256, 256, 256, 2], [784, 512, 512, 10], [1024, 1024, 1024, 10], [1024, 4096, 4096, 10]]


def mpirun(network, ranks, program):
    base = ["mpirun", "--oversubscribe", "--bind-to", "none", "-n", str(ranks), "-x", "GLOO_SOCKET_IFNAME"]
    if network is not None:
        hosts = ",".join(f"rg{i}:1" for i in range(ranks))
        base = [HOSTS, "rg0"] + base + ["-H", hosts, "--mca", "plm_rsh_agent", HOSTS, "--mca", "btl", "tcp,self"]
        base += ["--mca", "btl_tcp_if_include", "eth0", "--mca", "oob_tcp_if_include", "eth0"]
    environment = dict(os.environ, OMPI_ALLOW_RUN_AS_ROOT="1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1")
    environment.update(OPENBLAS_NUM_THREADS="1", OMP_NUM_THREADS="1")  # PyTorch's
    environment["GLOO_SOCKET_IFNAME"] = "lo" if network is None else "eth0"
    done = subprocess.run(base + program, capture_output=True, text=True, env=environment, timeout=600)
    lines = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    if done.returncode != 0 or not lines:
        raise SystemExit(f"{' '.join(base + program)}\nended with {done.returncode}:\n{done.stderr[-2000:]}")
    return lines


def has_hosts():
    if os.geteuid() != 0:
        return "needs root"
    made = subprocess.run([HOSTS, "make", "2", "1gbit"], capture_output=True, text=True)
    subprocess.run([HOSTS, "remove"], capture_output=True)
    return "" if made.returncode == 0 else made.stderr.strip() or "cannot be made"


def has_delay():
    made = subprocess.run([HOSTS, "make", "1", "1gbit", "1ms"], capture_output=True, text=True)
    subprocess.run([HOSTS, "remove"], capture_output=True)
    return made.returncode == 0


def least_squares(rows, values):
    """x that minimises Σ (rows·x − values)², by the normal equations; few unknowns."""
    n = len(rows[0])
    a = [[sum(r[i] * r[j] for r in rows) for j in range(n)] + [sum(r[i] * v for r, v in zip(rows, values))] for i in range(n)]
    for i in range(n):
        pivot = max(range(i, n), key=lambda k: abs(a[k][i]))
        a[i], a[pivot] = a[pivot], a[i]
        for k in range(n):
            if k != i and a[i][i] != 0:
                factor = a[k][i] / a[i][i]
                a[k] = [x - factor * y for x, y in zip(a[k], a[i])]
    return [a[i][n] / a[i][i] if a[i][i] else 0 for i in range(n)]


def log2(n):
    return n.bit_length() - 1


def exchange_terms(ranks, gradient_bytes):
    """A range by recursive halving and doubling: 2·log₂R messages, 2·(1 − 1/R) of the bytes each way."""
    return 2 * log2(ranks), 2 * (1 - 1 / ranks) * gradient_bytes


class Model:
    """Seconds of a step = F/(R·f) + c + (1 − o)·(2·log₂R·α + 2·(1 − 1/R)·bytes·β): computing, plus what of the
    exchanges is not hidden.

    α and β are a message's start and a byte's time, fitted to the exchanges alone; f and c to the steps whose exchanges
    cost nothing; o, the share of the exchanges that computing hides, to the whole steps.
    """

    def __init__(self, lines):
        self.cores = os.cpu_count() or 1
        # Where ranks outnumber the cores they take turns, and what one of them takes to compute says nothing.
        lines = [l for l in lines if l["ranks"] <= self.cores]
        many = [l for l in lines if l["ranks"] > 1]
        # Relative errors: rows and values are divided by the value.
        rows = [[t / l["exchange"] for t in exchange_terms(l["ranks"], l["gradient_bytes"])] for l in many]
        self.alpha, self.beta = (max(0.0, v) for v in least_squares(rows, [1.0] * len(many)))
        rows = [[self.flops(l) / l["compute"], 1 / l["compute"]] for l in lines]
        per_flop, self.fixed = least_squares(rows, [1.0] * len(lines))
        if self.fixed < 0:
            per_flop, self.fixed = least_squares([r[:1] for r in rows], [1.0] * len(lines))[0], 0.0
        self.rate = 1 / per_flop
        hidden = [(l["compute"] + l["exchange"] - l["step"]) / l["exchange"] for l in many]
        self.overlap = min(1.0, max(0.0, statistics.median(hidden)))
        self.exchange_errors = sorted(
            abs(self.exchange(l["ranks"], l["gradient_bytes"]) - l["exchange"]) / l["exchange"] for l in many
        )
        self.errors = [abs(self.step(l) - l["step"]) / l["step"] for l in lines]

    def flops(self, l):
        return l["flops"] / l["ranks"]

    def exchange(self, ranks, gradient_bytes):
        messages, sent = exchange_terms(ranks, gradient_bytes)
        return messages * self.alpha + sent * self.beta

    def step(self, l):
        compute = self.flops(l) / self.rate + self.fixed
        return compute + (1 - self.overlap) * (self.exchange(l["ranks"], l["gradient_bytes"]) if l["ranks"] > 1 else 0)


def predicted(flops_of_row, gradient_bytes, batch, ranks, bits, latency, rate, overlap):
    """Seconds of a step on machines of CORES_OF_A_MACHINE cores. Hidden is at most `overlap` of the exchanges, and no
    more than computing takes."""
    compute = flops_of_row * batch / ranks / (rate * CORES_OF_A_MACHINE)
    if ranks == 1:
        return compute
    messages, sent = exchange_terms(ranks, gradient_bytes)
    exchange = messages * latency + sent * 8 / bits
    return compute + exchange - min(overlap * exchange, 2 / 3 * compute)


def predict(rate, overlap):
    """What the model says of clusters, at `rate` flops a second and core."""
    print(f"\nPredictions: machines of {CORES_OF_A_MACHINE} such cores ({1e-9 * rate:.0f} GFLOP/s each), {100 * overlap:.0f} % of the exchanges hidden.")
    print("\n| training | network | 8 ranks | 16 | 64 | 256 | 1,024 | half of its worth from |")
    print("|---|---|---|---|---|---|---|---|")
    for widths in WIDTHS:
        pairs = list(zip(widths, widths[1:]))
        # 6 flops a weight and row, 4 in the first layer, which hands nothing down.
        of_row = sum((4 if i == 0 else 6) * a * b for i, (a, b) in enumerate(pairs))
        gradient = 4 * sum(a * b + b for a, b in pairs)
        for name, bits, latency in CLUSTERS:
            def speed_up(rows, ranks):
                one, many = (predicted(of_row, gradient, rows * ranks, r, bits, latency, rate, overlap) for r in (1, ranks))
                return one / many

            cells = [f"{speed_up(1024, r):.1f}×" for r in (8, 16, 64, 256, 1024)]
            rows = 32
            while rows < 1 << 24 and speed_up(rows, 64) < 32:
                rows *= 2
            print(f"| {'-'.join(map(str, widths))} | {name} | {' | '.join(cells)} | {rows:,} rows a rank |")
    print("\nSpeed-ups over one machine on the same batch, 1,024 rows a rank; in the last column how many rows a rank it takes for 64 "
          "ranks to do the work of 32. Latencies are taken to be "
          + ", ".join(f"{1e6 * latency:.0f} µs at {name}" for name, _, latency in CLUSTERS) + " a message.")


def measure(folder, name, ranks):
    """One part: our steps and PyTorch's on so many ranks of a network."""
    rate = dict(NETWORKS)[name]
    if rate is not None:
        subprocess.run([HOSTS, "make", str(ranks), rate], check=True, capture_output=True)
    try:
        mine = mpirun(rate, ranks, [str(folder / "distributed_steps")])
        address = f"tcp://{'127.0.0.1' if rate is None else '10.77.0.1'}:{29400 + os.getpid() % 1000 + ranks}"
        theirs = mpirun(rate, ranks, ["/usr/bin/python3", str(HERE / "ddp.py"), address]) if torch_version() else []
    finally:
        if rate is not None:
            subprocess.run([HOSTS, "remove"], capture_output=True)
    return {"network": name, "ranks": ranks, "ours": [l for l in mine if "step" in l], "theirs": theirs}


def torch_version():
    command = ["/usr/bin/python3", "-c", "import torch; print(torch.__version__)"]
    return subprocess.run(command, capture_output=True, text=True).stdout.strip()


def hidden(l):
    """The share of the exchanges that a step does not take longer for."""
    return max(0, min(1, (l["compute"] + l["exchange"] - l["step"]) / l["exchange"]))


def report(parts):
    peer = torch_version()
    print(f"{os.cpu_count()} cores; one thread a rank; the fastest of 25 rounds; PyTorch {peer or 'is not installed'}.")
    print("\n| network | ranks | training | ms a step | computing | exchanges | hidden | sent | PyTorch DDP | ratio |")
    print("|---|---|---|---|---|---|---|---|---|---|")
    lines = {}
    for part in parts:
        others = {l["network"]: l for l in part["theirs"]}
        for l in part["ours"]:
            lines.setdefault(part["network"], []).append(l)
            ms = lambda key: f"{1e3 * l[key]:.2f}"
            of = "" if l["ranks"] == 1 else f"{100 * hidden(l):.0f} %"
            other = others.get(l["network"])
            peers = f"{1e3 * other['step']:.2f} | {other['step'] / l['step']:.2f}" if other else " | "
            print(f"| {part['network']} | {l['ranks']} | {l['network']}, {l['batch']} | {ms('step')} | {ms('compute')} | {ms('exchange')} "
                  f"| {of} | {l['bytes'] / 1e6:.2f} MB in {l['messages']} | {peers} |")
    print("\n| network | α, µs a message | β, Gbit/s | GFLOP/s a core | hidden | error of exchanges: median, most | of steps |")
    print("|---|---|---|---|---|---|---|")
    alone = [l for l in lines.get("this machine", []) if l["ranks"] == 1]
    models = {}
    for name, _ in NETWORKS:
        if not any(1 < l["ranks"] <= (os.cpu_count() or 1) for l in lines.get(name, [])):
            continue
        of = models[name] = Model((alone if name != "this machine" else []) + lines[name])
        errors = sorted(of.errors)
        print(f"| {name} | {1e6 * of.alpha:.0f} | {8e-9 / of.beta if of.beta else float('inf'):.2f} | {1e-9 * of.rate:.0f} | {100 * of.overlap:.0f} % "
              f"| {100 * of.exchange_errors[len(of.exchange_errors) // 2]:.0f} %, {100 * of.exchange_errors[-1]:.0f} % "
              f"| {100 * errors[len(errors) // 2]:.0f} %, {100 * errors[-1]:.0f} % |")
    if models:
        between = [m.overlap for name, m in models.items() if name != "this machine"] or [m.overlap for m in models.values()]
        predict(next(iter(models.values())).rate, statistics.median(between))


def main():
    if sys.argv[1] == "--predict":
        return predict(float(sys.argv[2]) * 1e9, 0.0)
    if sys.argv[1] == "--report":
        return report([json.loads(line) for file in sys.argv[2:] for line in open(file)])
    folder = Path(sys.argv[1])
    if "--part" in sys.argv:
        part, file = sys.argv[sys.argv.index("--part") + 1 :][:2]
        name, ranks = part.rsplit(":", 1)
        line = json.dumps(measure(folder, name, int(ranks)))
        with open(file, "a") as out:
            out.write(line + "\n")
        return
    why_not = has_hosts()
    if why_not:
        print(f"No test hosts: network namespaces {why_not}.")
    elif not has_delay():
        print("No delays between test hosts: this kernel has no netem. Only their bandwidth is limited.")
    networks = NETWORKS[: 1 if why_not else 2 if "--quick" in sys.argv else len(NETWORKS)]
    report([measure(folder, name, ranks) for name, rate in networks for ranks in ([1, 2, 4] if rate is None else [2, 4])])


main()

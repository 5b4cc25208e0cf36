"""The same steps by PyTorch's DistributedDataParallel over Gloo: started by mpirun, which serves as launcher alone.
The first rank prints a JSON line for each network, as distributed_steps does."""
import json
import os
import sys
import time

import torch
import torch.distributed as dist

SHAPES = [
    ("64-256-256-256-2", [64, 256, 256, 256, 2], 1024, False),
    ("784-512-512-10", [784, 512, 512, 10], 1024, False),
    ("1024-1024-1024-10", [1024, 1024, 1024, 10], 2048, False),
    ("784-512-512-10, batch norm", [784, 512, 512, 10], 1024, True),
]
ROUNDS, ROUND_SECONDS = 25, 0.05


def network(widths, batch_norm):
    layers = []
    for i, (a, b) in enumerate(zip(widths, widths[1:])):
        layers.append(torch.nn.Linear(a, b))
        if i + 2 < len(widths):
            if batch_norm:
                layers.append(torch.nn.BatchNorm1d(b))  # of each rank's own rows: SyncBatchNorm needs a GPU
            layers.append(torch.nn.ReLU())
    return torch.nn.Sequential(*layers)


def main():
    rank, ranks = int(os.environ["OMPI_COMM_WORLD_RANK"]), int(os.environ["OMPI_COMM_WORLD_SIZE"])
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)
    torch.manual_seed(1)
    dist.init_process_group("gloo", init_method=sys.argv[1], rank=rank, world_size=ranks)
    for name, widths, batch, batch_norm in SHAPES:
        own = batch // ranks
        x = torch.rand(8 * own, widths[0]) * 2 - 1
        y = torch.randint(widths[-1], (8 * own,))
        model = network(widths, batch_norm)
        if ranks > 1:
            model = torch.nn.parallel.DistributedDataParallel(model, gradient_as_bucket_view=True)
        optimizer = torch.optim.Adam(model.parameters(), lr=1e-4)
        loss = torch.nn.CrossEntropyLoss()

        def take(steps):
            for k in range(steps):
                at = k % 8 * own
                optimizer.zero_grad(set_to_none=True)
                loss(model(x[at : at + own]), y[at : at + own]).backward()
                optimizer.step()

        take(2)
        start = time.perf_counter()
        take(1)
        steps = torch.tensor([max(1, int(ROUND_SECONDS / (time.perf_counter() - start)))])
        dist.broadcast(steps, 0)
        seconds = []
        for _ in range(ROUNDS):
            dist.barrier()
            start = time.perf_counter()
            take(int(steps))
            seconds.append((time.perf_counter() - start) / int(steps))
        if rank == 0:
            print(json.dumps({"network": name, "ranks": ranks, "batch": batch, "step": min(seconds)}), flush=True)
    dist.barrier()


main()

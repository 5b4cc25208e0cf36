#!/usr/bin/env python3
"""A table larger than the memory that training may take: trains from a cache, with the model of a run in memory.

usage: large_table.py RETROGRAD FOLDER [MEGABYTES]

Writes a CSV of that size (2048 unless given) in FOLDER, trains on it from a cache in 512 MiB, and again, where the
machine has room for it, in memory without a limit: both models must have one fingerprint. The limit is a control group of
either version if one can be made, else `ulimit -d`. Prints the most that was resident, and the times.
"""
import json
import os
import random
import resource
import subprocess
import sys
import time

LIMIT = 512 << 20
COLUMNS = 28
POOL = 50_000


def write_table(path, size):
    """Rows drawn from a pool: numbers of six digits, a category, a class that depends on them."""
    draw = random.Random(1)
    pool = []
    for _ in range(POOL):
        x = [draw.gauss(0, 1) for _ in range(COLUMNS)]
        kind = draw.choice(['north', 'south', 'east', 'west'])
        score = x[0] - 2 * x[1] * x[2] + x[3] + (kind == 'east') + draw.gauss(0, 0.5)
        pool.append(','.join([*(f'{v:.5f}' for v in x), kind, 'yes' if score > 0 else 'no']) + '\n')
    with open(path, 'w') as file:
        file.write(','.join([*(f'x{c}' for c in range(COLUMNS)), 'kind', 'y']) + '\n')
        while file.tell() < size:
            file.write(''.join(draw.choices(pool, k=20_000)))


class Group:
    """A control group with the limit, removed at the end; None of it if there can be none."""

    def __init__(self):
        name = f'retrograd-{os.getpid()}'
        self.folder = None
        for root, limit in (('/sys/fs/cgroup', 'memory.max'), ('/sys/fs/cgroup/memory', 'memory.limit_in_bytes')):
            folder = f'{root}/{name}'
            if not os.path.exists(f'{root}/cgroup.procs'):  # a folder like any other
                continue
            try:
                os.mkdir(folder)
                with open(f'{folder}/{limit}', 'r+') as file:
                    file.write(str(LIMIT))
                self.folder = folder
                return
            except OSError:
                if os.path.isdir(folder):
                    os.rmdir(folder)

    def enter(self):
        if self.folder is None:
            resource.setrlimit(resource.RLIMIT_DATA, (LIMIT, LIMIT))
        else:
            with open(f'{self.folder}/cgroup.procs', 'w') as file:
                file.write(str(os.getpid()))

    def leave(self):
        if self.folder is not None:
            os.rmdir(self.folder)

    def __str__(self):
        return 'ulimit -d' if self.folder is None else f'the control group {self.folder}'


def train(program, folder, out, more, enter=None):
    """Returns what --json says, the most that was resident in bytes, and the seconds."""
    words = [program, 'train', 'table.csv', '--target', 'y', '--preset', 'table', '--hidden', '32,16', '--epochs', '2',
             '--seed', '1', '--out', out, '--json', *more]
    start = time.monotonic()
    child = subprocess.Popen(words, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                             preexec_fn=enter)
    output, log = child.stdout.read(), child.stderr.read()
    _, status, used = os.wait4(child.pid, 0)
    if status != 0:
        sys.exit(f'{" ".join(words)}\nended with {status}:\n{log[-3000:]}')
    for line in log.splitlines():
        if line.startswith('memory:') or ' rows of ' in line:
            print('  ' + line)
    return json.loads(output), used.ru_maxrss * 1024, time.monotonic() - start


def free_memory():
    with open('/proc/meminfo') as file:
        return next(int(line.split()[1]) for line in file if line.startswith('MemAvailable')) * 1024


def main():
    program, folder = os.path.abspath(sys.argv[1]), sys.argv[2]
    size = int(sys.argv[3] if len(sys.argv) > 3 else 2048) << 20
    os.makedirs(folder, exist_ok=True)
    table, cache = os.path.join(folder, 'table.csv'), os.path.join(folder, 'cache')
    if os.path.exists(cache):
        os.remove(cache)
    write_table(table, size)
    print(f'{table}: {os.path.getsize(table) / 1e9:.2f} GB')
    group = Group()
    seen = []
    try:
        for what, more in (('builds the cache', []), ('reads it', []), ('three threads', ['--threads', '3'])):
            result, resident, seconds = train(program, folder, 'cached', ['--cache', 'cache', *more], group.enter)
            seen.append(result['fingerprint'])
            print(f'in 512 MiB ({group}), {what}: {resident / 1e6:.0f} MB resident, {seconds:.0f} s, '
                  f'{result["rows"]} rows, fingerprint {result["fingerprint"]}')
            if resident > LIMIT:
                sys.exit('more than the limit was resident')
    finally:
        group.leave()
    if free_memory() > 5 * size:
        result, resident, seconds = train(program, folder, 'memory', [])
        seen.append(result['fingerprint'])
        print(f'in memory: {resident / 1e6:.0f} MB resident, {seconds:.0f} s, fingerprint {result["fingerprint"]}')
    if len(set(seen)) != 1:
        sys.exit('the models differ')
    print('one model')


if __name__ == '__main__':
    main()

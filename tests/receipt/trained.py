#!/usr/bin/env python3
"""Receipts of models that were just trained: check.py must follow them to the last number, and so must `retrograd verify`.

Usage: trained.py RETROGRAD
"""
import json
import os
import random
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import check  # noqa: E402

# What is trained (a target, and options), so that every operator of the defaults is in one of them.
RUNS = (
    ("kind", "--activation relu --normalise layer_norm --dropout 0.2"),
    ("kind", "--activation gelu --normalise batch_norm --smoothing 0.1"),
    ("kind", "--activation sigmoid --hidden 6,6,6,6,6 --optimizer momentum"),
    ("member", "--activation silu --optimizer rmsprop"),
    ("price", "--activation tanh --loss huber --l2 0.01 --clip-norm 1"),
    ("price", "--activation mish --loss absolute --optimizer nesterov"),
    ("price", "--activation elu --loss squared --optimizer adamw --max-norm 1"),
    ("member,late", "--activation selu --optimizer sgd"),
)


def table(rows=160):
    draw = random.Random(3)
    lines = ["age,city,income,member,late,price,kind"]
    for n in range(rows):
        age, city, income = draw.randint(18, 80), draw.choice(["Graz", "Linz", "Wien"]), draw.randint(10, 90)
        member, late = int(income + draw.gauss(0, 9) > 50), int(age < 40)
        lines.append(f"{'' if n % 13 == 0 else age},{city},{income},{member},{late},{age * 2 + income},"
                     f"{'abc'[member + (city == 'Wien')]}")
    return "\n".join(lines) + "\n"


def main():
    program, wrong = sys.argv[1], 0
    with tempfile.TemporaryDirectory() as folder:
        def call(*words):
            return subprocess.run([program, *words], cwd=folder, capture_output=True, text=True, check=False)

        with open(os.path.join(folder, "table.csv"), "w", encoding="utf-8") as file:
            file.write(table())
        for k, (target, options) in enumerate(RUNS):
            name, words = f"run{k}", options.split()
            if "--hidden" not in words:
                words += ["--hidden", "8,6"]
            for other in ("member", "late", "price", "kind"):
                words += ["--target", other] if other in target.split(",") else ["--ignore", other]
            made = call("train", "table.csv", *words, "--epochs", "3", "--out", name)
            if made.returncode != 0:
                print(f"{options}: {made.stderr}")
                return 1
            for rows in (["--row", "5"], ["--batch", "1-24", "--row", "5"]):
                what = f"{target} {options} {' '.join(rows)}"
                written = call("explain", name, "table.csv", *rows, "--top", "12", "--format", "json", "--out", "r.json")
                with open(os.path.join(folder, "r.json"), encoding="utf-8") as file:
                    text = file.read()
                try:
                    checked, left_open = check.check(text)
                except check.Fault as fault:
                    print(f"{what}: {fault}")
                    wrong += 1
                    continue
                # Of a batch, normalisation reads rows that a receipt does not list.
                norms = sum(f["op"] == "batch_norm" for f in json.loads(text)["forward"])
                allowed = 2 * norms if rows[0] == "--batch" else 0
                verified = call("verify", "r.json", "--model", name, "--data", "table.csv")
                if written.returncode != 0 or checked < 200 or left_open > allowed or verified.returncode != 0:
                    print(f"{what}: explain exits with {written.returncode}, {checked} statements, {left_open} open, "
                          f"{verified.stdout}{verified.stderr}")
                    wrong += 1
                update = json.loads(text)["derivations"][0]["update"]
                if update["fresh"] or "the run's checkpoint" not in update["state"]:
                    print(f"{what}: the update does not start from the run's state: {update['state']}")
                    wrong += 1
    print(f"{2 * len(RUNS)} receipts, {wrong} wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())

"""The figures of TREC-6 by the folder that the page hands over: `python check-trec.py FOLDER`; a JSON line for each check.

Three seeds by train.py, three by ray_train.py with two workers. The page's mean of the same seeds stands in README.
"""
import json
import os
import subprocess
import sys
from pathlib import Path

os.environ.update(HF_HUB_OFFLINE="1", TRANSFORMERS_VERBOSITY="error")
folder = Path(sys.argv[1])
# `node bench/accuracy.mjs … --method top-layers --layers 2 --nEpochs 6 --maxLength 64 --seeds 3`
PAGE = 0.877
SEEDS = (42, 43, 44)

for script, more in (("train.py", []), ("ray_train.py", ["--workers", "2", "--cpu"])):
    found = []
    for seed in SEEDS:
        out = (folder / f"out-{script}-{seed}").resolve()
        command = [sys.executable, script, *more, "--seed", str(seed), "--out", str(out)]
        subprocess.run(command, cwd=folder, check=True, capture_output=True)
        found.append(json.loads((out / "report.json").read_text())["test"]["accuracy"])
    mean = sum(found) / len(found)
    tool = f"{script}: test accuracy {100 * mean:.1f} ({', '.join(f'{100 * one:.1f}' for one in found)})"
    row = dict(export="TREC-6 64-shot", tool=tool, rows=500, difference=abs(mean - PAGE), tolerance=0.015, control=False)
    print(json.dumps({**row, "ok": row["difference"] <= row["tolerance"]}), flush=True)

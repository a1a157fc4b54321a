"""train.py on any number of Ray workers, each with a part of every batch.

    python ray_train.py --workers 4                                 # GPUs of this machine or of the cluster that it is in
    ray job submit --working-dir . -- python ray_train.py --workers 8 --out /shared/out

What follows `--` goes to train.py. The report is written here, whichever machine worked. OUT must be a folder that all
machines see; of a job that was submitted «here» is a folder of Ray's own, which goes with the job.
"""
import argparse
import json
import os

import ray
import torch
from ray.train import RunConfig, ScalingConfig
from ray.train.torch import TorchConfig, TorchTrainer

HERE = os.path.dirname(os.path.abspath(__file__))
# Ray sends no more than 512 MiB: a bigger folder has to lie where all machines see it.
MOST_BYTES = 500 * 2**20


def work(config):
    """On each worker: the folder's own script, in a process group that Ray has made."""
    import sys

    # On another machine the folder is where Ray has put it, and on the path already.
    if os.path.isdir(config["folder"]):
        sys.path.insert(0, config["folder"])
    import train

    os.chdir(os.path.dirname(os.path.abspath(train.__file__)))
    whole = train.main(config["arguments"])
    if ray.train.get_context().get_world_rank() == 0:
        ray.get(config["box"].put.remote(json.dumps(whole, ensure_ascii=False, indent=1)))


@ray.remote(num_cpus=0)
class Box:
    """Takes the report from the worker that wrote it, on whichever machine that is."""

    def __init__(self):
        self.text = None

    def put(self, text):
        self.text = text

    def take(self):
        return self.text


def connect():
    """To the cluster that this machine is in, with the folder where its other machines may not have it."""
    ray.init()
    # A job that was submitted has it along already, and Ray takes no second one.
    if "RAY_JOB_CONFIG_JSON_ENV_VAR" in os.environ or sum(node["Alive"] for node in ray.nodes()) < 2:
        return
    files = [os.path.join(at, name) for at, _, names in os.walk(HERE) for name in names]
    if sum(os.path.getsize(file) for file in files if os.sep + "out" + os.sep not in file) > MOST_BYTES:
        return
    ray.shutdown()
    ray.init(runtime_env={"working_dir": HERE, "excludes": ["out"]})


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--cpu", action="store_true", help="even where there are GPUs")
    parser.add_argument("--out", default="out", help="of several machines: a folder that all of them see")
    given, arguments = parser.parse_known_args()
    use_gpu = torch.cuda.is_available() and not given.cpu
    out = os.path.abspath(given.out)
    connect()
    box = Box.remote()
    handed = ["--out", out, *[argument for argument in arguments if argument != "--"]]
    trainer = TorchTrainer(
        work,
        train_loop_config={"folder": HERE, "arguments": handed, "box": box},
        torch_config=TorchConfig(backend="nccl" if use_gpu else "gloo"),
        scaling_config=ScalingConfig(num_workers=given.workers, use_gpu=use_gpu),
        run_config=RunConfig(name="hone", storage_path=os.path.join(out, "ray")),
    )
    trainer.fit()
    os.makedirs(out, exist_ok=True)
    with open(os.path.join(out, "report.json"), "w", encoding="utf-8") as file:
        file.write(ray.get(box.take.remote()) + "\n")
    print(f"{os.path.join(out, 'report.json')} is written: drop it on the page.")


if __name__ == "__main__":
    main()

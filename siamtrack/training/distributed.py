"""One run in several processes: who takes part, what they share, and starting them.

PyTorch's launcher, `torchrun` or `launch`, tells each process its place through environment variables.
"""

from __future__ import annotations

import gc
import os
import sys
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar

import torch
from torch import Tensor, nn
from torch import distributed as dist
from torch.distributed.launcher.api import LaunchConfig, elastic_launch
from torch.nn.parallel import DistributedDataParallel

from siamtrack.training.config import TrainConfig

T = TypeVar("T")

# The others wait while one writes a checkpoint or tracks a long sequence.
_PATIENCE = timedelta(hours=1)
# They make 3,000 pairs/s, more than the GPU of docs/training.md took.
_ENOUGH_LOADERS = 8


@dataclass(frozen=True)
class Processes:
    """The processes of a run: this one's number, and how many there are."""

    rank: int = 0
    world: int = 1

    @classmethod
    def present(cls) -> Processes:
        """Those that `join` joined."""
        return cls(dist.get_rank(), dist.get_world_size()) if dist.is_initialized() else cls()

    def check_shares(self, config: TrainConfig) -> None:
        """Every process takes as many of a step's micro-batches as the others.

        Raises:
            ValueError: they cannot.
        """
        if config.micro_batches % self.world:
            raise ValueError(
                f"{self.world} processes cannot share {config.micro_batches} micro-batches a step "
                f"(batch {config.batch}, micro_batch {config.micro_batch}) evenly"
            )

    def spread(self, module: nn.Module, whole: bool = True) -> nn.Module:
        """The module, whose gradients become the mean over the processes.

        Args:
            whole: every trainable parameter takes part in every step; else those that did not are looked for, at a
                small cost.
        """
        if self.world == 1:
            return module
        gc.collect()  # what an earlier wrapper of the same parameters left on them
        return DistributedDataParallel(module, find_unused_parameters=not whole)

    def mean(self, values: Tensor) -> Tensor:
        """Over the processes; the device is not waited for."""
        if self.world > 1:
            dist.all_reduce(values)
            values = values / self.world
        return values

    def gather(self, items: list[T]) -> list[T]:
        """All processes' items in all processes."""
        if self.world == 1:
            return items
        lists: list[list[T]] = [[] for _ in range(self.world)]
        dist.all_gather_object(lists, items)
        return [item for part in lists for item in part]

    def copy_buffers_of_first(self, module: nn.Module) -> None:
        """Batch norm statistics of the first process, which keeps the checkpoints, for all."""
        if self.world > 1:
            for buffer in module.buffers():
                dist.broadcast(buffer, 0)


def join(device: torch.device) -> torch.device:
    """Take the place that the launcher gave this process, if one did.

    Returns:
        The device of this process: of several GPUs its own.
    """
    if "RANK" not in os.environ:
        return device
    if device.type == "cuda":
        device = torch.device("cuda", int(os.environ["LOCAL_RANK"]))
        torch.cuda.set_device(device)
    else:
        torch.set_num_threads(max(1, _cores() // local_processes()))
    dist.init_process_group("nccl" if device.type == "cuda" else "gloo", timeout=_PATIENCE)
    return device


def leave() -> None:
    """After `join`, at the end."""
    if dist.is_initialized():
        dist.destroy_process_group()


def launch(count: int, work: Callable[..., Any], *arguments: Any) -> None:
    """Run `work(*arguments)` in `count` new processes of this machine; `work` must be importable, and should `join`.

    Raises:
        torch.distributed.elastic.multiprocessing.errors.ChildFailedError: one failed; the others were ended.
    """
    config = LaunchConfig(
        min_nodes=1,
        max_nodes=1,
        nproc_per_node=count,
        run_id=uuid.uuid4().hex,
        rdzv_backend="c10d",
        rdzv_endpoint="localhost:0",
        max_restarts=0,
    )
    elastic_launch(config, work)(*arguments)


def fitting_processes(micro_batches: int, devices: int) -> int:
    """The most processes, at most one a device, that share the micro-batches of a step evenly."""
    return max(count for count in range(1, max(1, devices) + 1) if micro_batches % count == 0)


def local_processes() -> int:
    """Of the run, on this machine."""
    return int(os.environ.get("LOCAL_WORLD_SIZE", 1))


def loader_processes(asked: int | None, device: torch.device) -> int:
    """How many make pairs for each process of this machine, see `TrainConfig.loaders`.

    Raises:
        ValueError: some are asked for where processes do not share memory by forking.
    """
    if sys.platform != "linux":
        if asked:
            raise ValueError(f"loaders is {asked}; elsewhere than on Linux it must be 0")
        return 0
    if asked is not None or device.type == "cpu":
        return asked or 0
    left = _cores() // local_processes() - 1
    return min(max(1, left), _ENOUGH_LOADERS)


def _cores() -> int:
    """That this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1

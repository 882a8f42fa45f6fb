"""`siamtrack vot`: our trackers in the official VOT toolkit."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from siamtrack.cli.arguments import check_names
from siamtrack.cli.choice import choose_sequences, known_dataset
from siamtrack.cli.errors import fail
from siamtrack.compat.trax import require_trax, serve
from siamtrack.compat.vot_stacks import STACK_OF_PROTOCOL, Stack, make_stack
from siamtrack.compat.vot_workspace import Entry, serve_command, write_workspace
from siamtrack.data.eao import eao_interval
from siamtrack.data.sequence import Sequence
from siamtrack.zoo.load import load

app = typer.Typer(help="Run under the official VOT toolkit.", no_args_is_help=True)

_Model = Annotated[str, typer.Option(help="See `siamtrack models`.")]
_Weights = Annotated[Path | None, typer.Option(help="Checkpoint, ours or the published one of the model.")]
_Device = Annotated[str, typer.Option(help="auto, cpu or cuda.")]


@app.command("init")
def init(
    workspace: Annotated[Path, typer.Argument(help="Folder to make; missing or empty.")],
    dataset: Annotated[str, typer.Option(help="Layout of the data set, e.g. vot2018.")],
    root: Annotated[Path, typer.Option(help="Folder of the data set.")],
    model: _Model = "siamtrack-s",
    weights: _Weights = None,
    device: _Device = "auto",
    stack: Annotated[Stack | None, typer.Option(help="Experiment. \\[default: the data set's own]")] = None,
    sequences: Annotated[str | None, typer.Option(help="Only these, separated by commas. \\[default: all]")] = None,
) -> None:
    """Make a workspace that vot-toolkit 0.7.4 runs as it stands.

    The toolkit may live in an environment of its own: it starts the tracker with the Python that runs this command.

    Stacks: supervised - start anew after a failure (VOT 2013-2019); multistart - from anchors, which are placed where
    the data set has none (VOT 2020-2022); unsupervised - one run; longterm - one run, confidences count.

    Exit status: 0 done; 1 something could not be read or written; 2 wrong arguments.
    """
    check_names(model, device)
    kind = stack or STACK_OF_PROTOCOL[known_dataset(dataset).protocol]
    try:
        require_trax()
        load(model, device, weights)  # what the toolkit is to start must be able to start
        chosen = choose_sequences(known_dataset(dataset).load(root), sequences)
        interval = eao_interval(dataset, chosen)
        content = make_stack(kind, f"{dataset}, {kind} (written by siamtrack)", interval)
        write_workspace(workspace, chosen, Entry(model, serve_command(model, device, weights)), kind, content)
    except (ModuleNotFoundError, ValueError, OSError) as error:
        fail(error)
    _say_what_next(workspace, chosen, kind, interval, model)


def _say_what_next(
    workspace: Path, sequences: list[Sequence], kind: Stack, interval: tuple[int, int], name: str
) -> None:
    frames = sum(len(sequence) for sequence in sequences)
    lines = [f"{workspace}: {len(sequences)} sequences, {frames} frames, {kind}"]
    if kind in ("supervised", "multistart"):
        lines.append(f"expected average overlap: lengths {interval[0]} to {interval[1]}, see stack.yaml")
    lines += [
        'next, where the toolkit is installed (pip install "vot-toolkit==0.7.4" "attributee<0.1.10"):',
        f"  cd {shlex.quote(str(workspace))} && vot test {name} && vot evaluate {name}"
        f" && vot analysis --format json --name a {name}",
    ]
    Console().print("\n".join(lines), markup=False, highlight=False, soft_wrap=True)


@app.command("serve")
def serve_client(model: _Model = "siamtrack-s", weights: _Weights = None, device: _Device = "auto") -> None:
    """Answer a TraX client over standard input and output. VOT's toolkit starts this; people need not.

    Exit status: 0 the client said goodbye; 1 something went wrong, and the client was told; 2 wrong arguments.
    """
    check_names(model, device)
    try:
        serve(load(model, device, weights), model)
    except (ModuleNotFoundError, RuntimeError, TypeError, ValueError, OSError) as error:
        fail(error)

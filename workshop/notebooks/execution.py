"""Execute notebooks in a fresh kernel, without a browser."""

import contextlib
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode

from workshop.base.environment import child_environment
from workshop.base.errors import WorkshopError

CELL_SECONDS = 60


def execute(notebook: NotebookNode, folder: Path, **environment: str) -> float:
    """Fill in `notebook`'s outputs in a fresh kernel in `folder`. Returns the seconds it took.

    If a cell fails, raises WorkshopError with the cell and its error.
    """
    begin = time.monotonic()
    with kernel(folder, **environment) as run:
        run(notebook)
    return time.monotonic() - begin


@contextlib.contextmanager
def kernel(folder: Path, **environment: str) -> Iterator[Callable[[NotebookNode], None]]:
    """Yield a function that executes notebooks, all in the same kernel."""
    client = NotebookClient(
        NotebookNode(cells=[], metadata={}),
        kernel_name="python3",
        timeout=CELL_SECONDS,
        extra_arguments=["--log-level=ERROR"],  # otherwise, it warns about its local sockets
        coalesce_streams=True,  # a busy kernel may cut a line in two
    )
    with client.setup_kernel(cwd=str(folder), env=child_environment(**environment)):

        def run(notebook: NotebookNode) -> None:
            client.nb = notebook
            client.reset_execution_trackers()
            for index, cell in enumerate(notebook.cells):
                try:
                    client.execute_cell(cell, index)
                except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
                    where = f"Cell {cell.get('id', index)} of a notebook in {folder.name} fails"
                    raise WorkshopError(f"{where}:\n{error}") from error

        yield run

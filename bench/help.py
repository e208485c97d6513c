"""How long `crmbridge --help` takes beside a bare typer app with one command, in the same run.

    python bench/help.py [rounds]

Both are started as fresh processes, one after the other so that a busy machine slows both; the medians are compared.
The bare app is the quicker kind, without rich. Goal: at most 1.2 times (architecture.md section 10).
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

GOAL = 1.2
BARE = """
import typer
app = typer.Typer(rich_markup_mode={mode})
@app.callback()
def root() -> None:
    "Does something."
@app.command()
def hello(name: str = "you") -> None:
    "Says hello."
app()
"""
OURS = "from crmbridge.cli.app import main\nmain()\n"


def seconds(script: Path, environ: dict[str, str]) -> float:
    """How long one --help of a script takes."""
    begun = time.perf_counter()
    subprocess.run([sys.executable, script, "--help"], check=True, stdout=subprocess.DEVNULL, env=environ)
    return time.perf_counter() - begun


def main(rounds: int) -> None:
    """Prints the medians and the ratios."""
    environ = os.environ | {"LC_ALL": "C.UTF-8"}
    with tempfile.TemporaryDirectory() as folder:
        scripts = {
            "bare typer": BARE.format(mode=None),
            "bare typer with rich": BARE.format(mode='"rich"'),
            "crmbridge": OURS,
            "crmbridge, Chinese": OURS,
            "python": "pass",
        }
        times: dict[str, list[float]] = {name: [] for name in scripts}
        files = {name: Path(folder, f"{number}.py") for number, name in enumerate(scripts)}
        for name, file in files.items():
            file.write_text(scripts[name], "utf-8")
            seconds(file, environ)
        for _ in range(rounds):
            for name, file in files.items():
                spoken = {"LC_ALL": "zh_CN.UTF-8"} if "Chinese" in name else {}
                times[name].append(seconds(file, environ | spoken))
    medians = {name: statistics.median(taken) for name, taken in times.items()}
    for name, median in medians.items():
        print(f"{name:22} {median * 1000:7.1f} ms  {median / medians['bare typer']:5.2f} x bare typer")
    ratio = medians["crmbridge"] / medians["bare typer"]
    print(f"goal: at most {GOAL} x; measured {ratio:.2f} x: {'met' if ratio <= GOAL else 'MISSED'}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 15)

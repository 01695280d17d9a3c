"""``make bench``: quality on the starter questions and on any sets named, and questions while a reload runs.

    python -m tests.benchmarks [--reload-seconds N] [--most N] [--cache DIR] [SET...]

The starter questions go to the index of the settings' data directory, which must be that of the starter briefings.
Where a set asks for summaries they are measured too, beside the first and the last sentences of their documents. On
each set two more systems are compared with this one; ``--most`` and ``--cache`` are of that comparison.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

STARTER = Path(__file__).parent / "starter"


def main() -> int:
    """Run the parts one after another; the first that fails ends it."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("sets", nargs="*", type=Path, metavar="SET", help="a folder of documents and questions")
    parser.add_argument("--reload-seconds", type=float, default=60.0, help="how long to ask during the reload")
    parser.add_argument("--most", metavar="N", help="compare on at most so many questions of each language")
    parser.add_argument("--cache", metavar="DIR", help="keep what is encoded for the comparison here")
    arguments = parser.parse_args()
    options = [
        part
        for name, value in (("--most", arguments.most), ("--cache", arguments.cache))
        if value is not None
        for part in (name, value)
    ]
    sets = [str(folder) for folder in (STARTER, *arguments.sets)]
    commands = [["bot", "evaluate", folder] for folder in sets]
    commands.append(["tests.benchmarks.compare", *options, *sets])
    commands.append(["tests.benchmarks.summaries"])
    for command in commands:
        print(f"\n{' '.join(command)}\n", flush=True)
        code = subprocess.run([sys.executable, "-m", *command], check=False).returncode
        if code:
            return code
    print("\nquestions in the local chat, idle and while 2,000 passages are indexed", flush=True)
    from tests.benchmarks.reload import measure_reload

    measure_reload(arguments.reload_seconds)
    return 0


if __name__ == "__main__":
    sys.exit(main())

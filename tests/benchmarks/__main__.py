"""``make bench``: quality on the starter questions and on any sets named, and questions while a reload runs.

    python -m tests.benchmarks [--reload-seconds N] [SET...]

Uses the data directory of the settings, whose index must be that of the starter briefings.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

from tests.benchmarks.reload import measure_reload

STARTER = Path(__file__).parent / "starter"


def main() -> None:
    """Run the parts one after another."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("sets", nargs="*", type=Path, help="folders of documents and questions, each by itself")
    parser.add_argument("--reload-seconds", type=float, default=60.0, help="how long to ask during the reload")
    arguments = parser.parse_args()
    for folder in (STARTER, *arguments.sets):
        print(f"\n{folder.name}", flush=True)
        subprocess.run([sys.executable, "-m", "bot", "evaluate", str(folder)], check=True)
    print("\nquestions in the local chat, idle and while 2,000 passages are indexed", flush=True)
    measure_reload(arguments.reload_seconds)


if __name__ == "__main__":
    main()

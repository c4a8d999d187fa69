"""A million agents: built and 100 steps of averaging, in a child process, with its peak memory.

    python benchmarks/million.py [--agents 1000000] [--steps 100]

K = 10, mean degree 10 (a random network from igraph), float64, one measure every ten steps, no Mesa agents asked for.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time

LIMIT = 3 * 2**30


def run(agents: int, steps: int) -> None:
    """What the child does; prints one line of JSON."""
    start = time.perf_counter()
    from valuescape.model.scenario import Scenario
    from valuescape.model.society import Society

    imported = time.perf_counter()
    scenario = Scenario.from_dict(
        {
            "agents": agents,
            "structure": {"random_network": {"degree": 10}},
            "value_system": 10,
            "initial": {"values": "uniform"},
            "rules": [{"averaging": {"strength": 0.5}}],
            "record": ["spread"],
            "record_every": 10,
            "steps": steps,
        }
    )
    society = Society(scenario, rng=1)
    built = time.perf_counter()
    first = float(society.series()["spread"].iloc[0])
    society.run()
    done = time.perf_counter()
    report = {
        "ties": len(society.state.ties["main"]),
        "import seconds": imported - start,
        "build seconds": built - imported,
        "step seconds": (done - built) / steps,
        "spread": [first, float(society.series()["spread"].iloc[-1])],
        "peak bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
    }
    print(json.dumps(report))


def main() -> None:
    """Run the child and print what it cost."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--agents", type=int, default=1_000_000)
    parser.add_argument("--steps", type=int, default=100)
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        run(options.agents, options.steps)
        return
    command = [sys.executable, __file__, "--child", "--agents", str(options.agents), "--steps", str(options.steps)]
    report = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    peak = report["peak bytes"]
    print(f"{options.agents:,} agents, {report['ties']:,} ties, K = 10, {options.steps} steps")
    print(f"  imported in {report['import seconds']:.1f} s, built in {report['build seconds']:.1f} s")
    print(f"  {report['step seconds'] * 1e3:.0f} ms a step; spread {report['spread'][0]:.4f} -> {report['spread'][1]:.4f}")
    print(f"  peak resident memory {peak / 2**30:.2f} GiB (limit {LIMIT / 2**30:.0f})")
    if peak > LIMIT:
        raise SystemExit("too much memory")


if __name__ == "__main__":
    main()

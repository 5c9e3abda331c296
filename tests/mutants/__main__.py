"""`make mutants`: draws, runs, keeps and reports."""

import argparse
import hashlib
import json
import queue
import sys
import threading
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import product
from pathlib import Path

from tests.mutants.drawing import Mutant, draw
from tests.mutants.packages import PACKAGES, ROOT
from tests.mutants.reach import Reach, measure, merged
from tests.mutants.running import Host, Verdict, copies

RESULTS = ROOT / "test-results" / "mutants"
RECORDS = RESULTS / "records.jsonl"
ENOUGH = 0.95
NEAR = "near "
"""Before what the tests were, where a survivor met only those that reach it."""


def main() -> int:
    chosen = _arguments()
    mutants = draw(chosen.count, chosen.seed, chosen.package or list(PACKAGES))
    names = sorted({mutant.package for mutant in mutants})
    kind = NEAR if chosen.near else ""
    digests = {name: kind + _digest(name) for name in names}
    RESULTS.mkdir(parents=True, exist_ok=True)
    known = _known(digests)
    open_ones = [mutant for mutant in mutants if mutant.key not in known]
    print(f"{len(mutants)} mutants drawn, {len(open_ones)} to be run")
    if open_ones:
        for verdict in _run(open_ones, digests, chosen.processes):
            known[verdict.key] = verdict
            with RECORDS.open("a") as records:
                records.write(verdict.line() + "\n")
            said = f"noticed by {verdict.noticed_by}" if verdict.noticed_by else "SURVIVED"
            print(f"{verdict.key} {verdict.package}: {said} ({verdict.seconds} s)", flush=True)
    return _report([known[mutant.key] for mutant in mutants])


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make mutants", description=__doc__)
    parser.add_argument("--count", type=int, default=300, help="how many are drawn")
    parser.add_argument("--seed", default="1", help="another one draws others")
    parser.add_argument("--package", action="append", choices=PACKAGES, help="of these only")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument(
        "--near",
        action="store_true",
        help="run only the tests that reach a mutant; who survives them is run again without this",
    )
    return parser.parse_args()


def _digest(name: str) -> str:
    """What the tests of a package are: its survivors run again when that changes."""
    files: list[Path] = [ROOT / "tests" / "conftest.py", ROOT / "tests" / "factories.py"]
    for path in map(ROOT.joinpath, PACKAGES[name].test_paths()):
        files += sorted(path.rglob("*.py")) if path.is_dir() else [path]
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:16]


def _known(digests: dict[str, str]) -> dict[str, Verdict]:
    lines = RECORDS.read_text().splitlines() if RECORDS.exists() else []
    verdicts = [Verdict(**json.loads(line)) for line in lines]
    return {
        verdict.key: verdict
        for verdict in verdicts
        if verdict.noticed_by or digests.get(verdict.package) == verdict.tests
    }


def _run(mutants: list[Mutant], digests: dict[str, str], processes: int) -> Iterator[Verdict]:
    names = sorted({mutant.package for mutant in mutants})
    with copies(processes) as trees, ThreadPoolExecutor(processes) as pool:
        free: queue.Queue[Path] = queue.Queue()
        for tree in trees:
            free.put(tree)

        def measured(path: str) -> Reach:
            with _taken(free) as tree:
                return measure(tree, path, tree.with_name(f"reach-{path.replace('/', '-')}"))

        paths = sorted({path for name in names for path in PACKAGES[name].test_paths()})
        parts = dict(zip(paths, pool.map(measured, paths), strict=True))
        reached = {
            name: merged([parts[path] for path in PACKAGES[name].test_paths()]) for name in names
        }
        seconds = sum(sum(part.seconds.values()) for part in parts.values())
        print(f"without mutants all is well; {seconds:.0f} s of tests", flush=True)
        hosts = [Host(tree, tree.with_name(f"{tree.name}-scratch")) for tree in trees]
        try:
            for host, name in product(hosts, names):
                package = PACKAGES[name]
                host.prove(package.files()[0], package.test_paths(), reached[name])
            yield from _judged(hosts, mutants, reached, digests)
        finally:
            for host in hosts:
                host.close()


def _judged(
    hosts: list[Host],
    mutants: Iterable[Mutant],
    reached: dict[str, Reach],
    digests: dict[str, str],
) -> Iterator[Verdict]:
    todo, done = iter(mutants), queue.Queue[Verdict | BaseException | None]()
    lock = threading.Lock()

    def work(host: Host) -> None:
        try:
            while True:
                with lock:
                    mutant = next(todo, None)
                if mutant is None:
                    break
                name = mutant.package
                paths = PACKAGES[name].test_paths()
                near_only = digests[name].startswith(NEAR)
                done.put(host.judge(mutant, paths, reached[name], digests[name], near_only))
        except BaseException as error:
            done.put(error)
        done.put(None)

    threads = [threading.Thread(target=work, args=(host,), daemon=True) for host in hosts]
    for thread in threads:
        thread.start()
    working = len(threads)
    while working:
        said = done.get()
        if isinstance(said, BaseException):
            raise said
        if said is None:
            working -= 1
        else:
            yield said


@contextmanager
def _taken(free: "queue.Queue[Path]") -> Iterator[Path]:
    tree = free.get()
    try:
        yield tree
    finally:
        free.put(tree)


def _report(verdicts: list[Verdict]) -> int:
    survivors = [verdict for verdict in verdicts if not verdict.noticed_by]
    (RESULTS / "survivors.diff").write_text("\n\n".join(v.diff for v in survivors) + "\n")
    for survivor in survivors:
        print(f"\n{survivor.key} survived the tests of {survivor.package}:")
        print(survivor.diff)
    print()
    for name in PACKAGES:
        of_it = [verdict for verdict in verdicts if verdict.package == name]
        if of_it:
            noticed = sum(bool(verdict.noticed_by) for verdict in of_it)
            print(f"{name}: {noticed} of {len(of_it)} noticed")
    share = 1 - len(survivors) / len(verdicts)
    print(f"{len(verdicts) - len(survivors)} of {len(verdicts)} noticed: {share:.1%}")
    return share < ENOUGH


if __name__ == "__main__":
    sys.exit(main())

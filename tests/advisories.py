"""Known vulnerabilities of what the lock files pin: `python -m tests.advisories` (`make audit`).

Asks OSV (https://osv.dev) once for all packages. One that is known to be vulnerable is asked for
too: an answer that does not name it has looked at nothing, and is not taken for a clean one.
"""

import re
import sys
from pathlib import Path
from typing import Any

import httpx

ROOT = Path(__file__).parent.parent
LOCKS = ("requirements.txt", "requirements-dev.txt")
SOURCE = "https://api.osv.dev"
WITNESS = ("django", "3.2.0")
PINNED = re.compile(r"^([A-Za-z0-9][\w.-]*)(?:\[[\w,-]+\])?==([^\s;\\]+)", re.MULTILINE)

ACCEPTED: dict[str, str] = {}
"""Advisories that do not concern us, each with the reason."""

Pin = tuple[str, str]


class NotChecked(Exception):
    """Nobody looked, and why."""


def pins(text: str) -> list[Pin]:
    return [(name.lower(), version) for name, version in PINNED.findall(text)]


def known(packages: list[Pin], client: httpx.Client) -> dict[Pin, list[str]]:
    """The advisories of each package that has any; raises NotChecked."""
    asked = [WITNESS, *packages]
    queries = [_query(pin) for pin in asked]
    found: dict[Pin, list[str]] = {}
    try:
        answer = client.post(f"{SOURCE}/v1/querybatch", json={"queries": queries})
        answer.raise_for_status()
        results = answer.json()["results"]
        if len(results) != len(asked):
            raise NotChecked(f"{SOURCE} answered for {len(results)} of {len(asked)} packages")
        for pin, result in zip(asked, results, strict=True):
            if ids := [one["id"] for one in result.get("vulns") or []]:
                found[pin] = ids
    except httpx.HTTPError as error:
        raise NotChecked(f"{SOURCE} could not be reached: {error}") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise NotChecked(f"{SOURCE} gave an answer that cannot be read: {error!r}") from error
    if WITNESS not in found:
        raise NotChecked(f"{SOURCE} does not know that {' '.join(WITNESS)} is vulnerable")
    if WITNESS not in packages:
        del found[WITNESS]
    return found


def _query(pin: Pin) -> dict[str, Any]:
    name, version = pin
    return {"package": {"name": name, "ecosystem": "PyPI"}, "version": version}


def main(client: httpx.Client) -> int:
    packages = sorted({pin for lock in LOCKS for pin in pins((ROOT / lock).read_text())})
    try:
        found = known(packages, client)
    except NotChecked as why:
        print(f"NOT CHECKED for known vulnerabilities: {why}.")
        return 0
    bad = 0
    for (name, version), ids in found.items():
        for advisory in ids:
            reason = ACCEPTED.get(advisory)
            bad += reason is None
            print(f"{name} {version}: https://osv.dev/{advisory} {f'({reason})' if reason else ''}")
    print(f"{len(packages)} packages of {' and '.join(LOCKS)} looked up: {bad} to mend.")
    return 1 if bad else 0


if __name__ == "__main__":
    with httpx.Client(timeout=20) as client:
        sys.exit(main(client))

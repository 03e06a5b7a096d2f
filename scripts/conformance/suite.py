"""The suite's API: create a plan, start a module, read the result."""

import json
from dataclasses import dataclass, field
from typing import Any, Self

import httpx

ENDED = frozenset({"FINISHED", "INTERRUPTED"})
BAD = frozenset({"FAILURE", "WARNING"})


@dataclass(frozen=True, slots=True)
class Errand:
    """An address that the suite wants the user to visit."""

    url: str
    method: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """The suite's result for one module, and the failures and warnings in its log."""

    module: str
    status: str
    result: str
    complaints: list[str] = field(default_factory=list[str])

    @property
    def outcome(self) -> str:
        """Return the result, or the state of a module without a result."""
        return self.result if self.status == "FINISHED" else self.status

    @property
    def good(self) -> bool:
        """Return whether nothing failed; REVIEW means that a person must look at a screenshot."""
        return self.outcome in {"PASSED", "WARNING", "REVIEW", "SKIPPED"}


class Suite:
    """A running suite in its developer mode, in which the API needs no sign-in."""

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")
        # A suite on one's own machine has a self-signed certificate.
        self._http = httpx.Client(base_url=self.url, verify=False, timeout=60)  # noqa: S501  (the suite signs its own certificate)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def plan(self, name: str, variant: dict[str, str], config: dict[str, Any]) -> tuple[str, list[dict[str, Any]]]:
        """Create a plan; return its id and its modules, each with its variant."""
        asked = {"planName": name, "variant": json.dumps(variant)}
        made = self._http.post("/api/plan", params=asked, json=config)
        if not made.is_success:
            raise RuntimeError(f"The suite refused the plan {name}: {made.text}")
        return made.json()["id"], made.json()["modules"]

    def run(self, plan: str, module: dict[str, Any]) -> str:
        """Start one module of a plan, and return the id of its run."""
        asked = {"test": module["testModule"], "plan": plan, "variant": json.dumps(module.get("variant") or {})}
        made = self._http.post("/api/runner", params=asked, headers={"content-type": "application/json"})
        made.raise_for_status()
        return made.json()["id"]

    def begin(self, run: str) -> None:
        """Press Start, for a module that waits for it."""
        self._http.post(f"/api/runner/{run}").raise_for_status()

    def stop(self, run: str) -> None:
        """Stop a module that does not end by itself, so that the next one can start."""
        self._http.delete(f"/api/runner/{run}")

    def status(self, run: str) -> tuple[str, str]:
        """Return the state of a run, and its current result."""
        found = self._http.get(f"/api/info/{run}").json()
        return found["status"], found.get("result") or ""

    def errands(self, run: str) -> list[Errand]:
        """Return the addresses to visit, and mark each as visited."""
        answer = self._http.get(f"/api/runner/{run}")
        if not answer.is_success:
            return []
        waiting = answer.json()["browser"]["urlsWithMethod"]
        for errand in waiting:
            self._http.post(f"/api/runner/browser/{run}/visit", params={"url": errand["url"]})
        return [Errand(errand["url"], errand["method"]) for errand in waiting]

    def show(self, run: str, picture: str) -> None:
        """Upload a screenshot to the first place that waits for one, if there is any."""
        for line in self._log(run):
            if "upload" in line:
                path = f"/api/log/{run}/images/{line['upload']}"
                self._http.post(path, content=picture, headers={"content-type": "text/plain"})
                return

    def verdict(self, run: str, module: dict[str, Any]) -> Verdict:
        """Return the verdict of a run."""
        status, result = self.status(run)
        lines = [
            f"{line['result']}: {line.get('src')}: {line.get('msg')}"
            for line in self._log(run)
            if line.get("result") in BAD
        ]
        return Verdict(module["testModule"], status, result, lines)

    def _log(self, run: str) -> list[dict[str, Any]]:
        return self._http.get(f"/api/log/{run}").json()

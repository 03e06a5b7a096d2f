"""Run the OpenID Foundation's conformance suite against a running server of ours; docs/conformance.md says how."""

import argparse
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from playwright.sync_api import Browser
from playwright.sync_api import Error as PlaywrightError

from scripts.conformance import clients
from scripts.conformance.person import Person
from scripts.conformance.plans import PLANS, Plan, config
from scripts.conformance.suite import ENDED, Errand, Suite, Verdict
from tests.support.browsers.chromium import chromium

PATIENCE_SECONDS = 150
STOPPED_SECONDS = 15  # the suite writes the end of a stopped module down
# A page that fades or moves would be caught half-way by a screenshot. The locale is that of the user.
BROWSER: dict[str, Any] = {"ignore_https_errors": True, "reduced_motion": "reduce", "locale": "en-GB"}
KEY_SECONDS = 6  # a running server reads its keys every five seconds
SEES_LOGIN = frozenset({"oidcc-prompt-login", "oidcc-max-age-1"})  # these want a screenshot of the second sign-in
SEES_CONSENT = frozenset({"logo-uri", "policy-uri", "tos-uri"})  # these want a screenshot of the consent page
LOOKS_FIRST = "par-ensure-reused-request-uri-prior-to-auth-completion-succeeds"
REFUSES = "user-rejects-authentication"
ROTATES = "oidcc-server-rotate-keys"


def main() -> int:
    """Run the plans named on the command line, by default all of them; return 1 if a module failed."""
    asked = _arguments().parse_args()
    clients.person()
    failed = 0
    with Suite(asked.suite) as suite, chromium() as browser:
        for name in asked.plans or PLANS:
            for verdict in run(suite, browser, PLANS[name], asked):
                failed += not verdict.good
                print(f"{name}\t{verdict.module}\t{verdict.outcome}", *verdict.complaints, sep="\n\t", flush=True)
    return min(failed, 1)


def run(suite: Suite, browser: Browser, plan: Plan, asked: argparse.Namespace) -> Iterator[Verdict]:
    """Run one plan, and yield the verdict of each module."""
    made = clients.clients(plan, suite.url)
    plan_id, modules = suite.plan(plan.name, plan.variant, config(plan, asked.server, made))
    for module in modules:
        if not asked.only or any(word in module["testModule"] for word in asked.only):
            yield _module(suite, browser, plan_id, module, asked.server)


def _module(suite: Suite, browser: Browser, plan: str, module: dict[str, Any], ours: str) -> Verdict:
    """Run one module, with a user in a fresh browser."""
    context = browser.new_context(**BROWSER)
    context.set_default_timeout(20_000)
    try:
        person = Person(context, ours, clients.OWNER, clients.PASSWORD)
        company = Company(suite, suite.run(plan, module), person, module["testModule"])
        complaint = company.keep()
        verdict = suite.verdict(company.run_id, module)
        return replace(verdict, complaints=[complaint, *verdict.complaints]) if complaint else verdict
    finally:
        context.close()


@dataclass
class Company:
    """The user who serves one running module."""

    suite: Suite
    run_id: str
    person: Person
    module: str
    visits: int = 0

    def keep(self) -> str | None:
        """Visit the addresses that the suite asks for, until the module has ended.

        A module that does not end, or whose pages cannot be completed, is stopped; returns why.
        """
        try:
            if self._serve():
                return None
            stuck = f"stopped after {PATIENCE_SECONDS} s"
        except (PlaywrightError, RuntimeError) as error:
            stuck = f"stopped, since the browser got no further: {str(error).splitlines()[0]}"
        self.suite.stop(self.run_id)
        until = time.monotonic() + STOPPED_SECONDS
        while time.monotonic() < until and self.suite.status(self.run_id)[0] not in ENDED:
            time.sleep(0.3)
        return stuck

    def _serve(self) -> bool:
        until = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < until:
            status, _ = self.suite.status(self.run_id)
            if status in ENDED:
                return True
            if status == "CONFIGURED" and self.module == ROTATES:
                clients.rotate_keys()
                time.sleep(KEY_SECONDS)
                self.suite.begin(self.run_id)
            for errand in self.suite.errands(self.run_id):
                self._do(errand)
            time.sleep(0.3)
        return False

    def _do(self, errand: Errand) -> None:
        self.visits += 1
        self.person.visit(errand)
        if self.module in SEES_LOGIN and self.visits > 1:
            self._show(self.person.go_on(stop_at_login=True))
        if self.module.endswith(LOOKS_FIRST) and self.visits == 1:
            self.person.go_on(stop_at_login=True)
            return
        if self.module.removeprefix("oidcc-registration-") in SEES_CONSENT:
            self._show(self.person.go_on(answer=None))
            return
        answer = "Cancel" if REFUSES in self.module else "Authorize"
        self._show(self.person.go_on(answer=answer))

    def _show(self, picture: str | None) -> None:
        if picture is not None:
            print(f"\t{self.module} is shown: {self.person.sees()}", file=sys.stderr)
            self.suite.show(self.run_id, picture)


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m scripts.conformance", description=__doc__)
    parser.add_argument("plans", nargs="*", choices=[[], *PLANS], help=f"any of: {', '.join(PLANS)}")
    parser.add_argument("--suite", default="https://localhost:8443", help="address of the suite")
    parser.add_argument("--server", required=True, help="our PUBLIC_URL, which must be https")
    parser.add_argument("--only", nargs="+", default=[], help="only modules with one of these words in their name")
    return parser


if __name__ == "__main__":
    sys.exit(main())

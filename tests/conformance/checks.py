"""Checks of one client, as all Python clients here say them: a line a check, and a count at the end that the door reads."""

import contextlib
import json
import os
import sys
import time
import traceback
import urllib.parse
import urllib.request


class Failed(Exception):
    """A check that did not hold, in words."""


class Checks:
    """The checks of one client. Each one runs whatever became of those before it."""

    def __init__(self, client):
        self.client = client
        self.passed = 0
        self.failed = 0

    def check(self, what):
        """Runs the function below at once, as the check that says `what`. What it returns replaces it; None if it failed."""

        def run(body):
            try:
                answer = body()
            except Exception as error:  # a client may raise anything
                self._fail(what, error)
                return None
            self.passed += 1
            print(f"ok {self.client}: {what}", flush=True)
            return answer

        return run

    def _fail(self, what, error):
        self.failed += 1
        why = str(error) if isinstance(error, Failed) else f"{type(error).__name__}: {error}"
        print(f"FAILED {self.client}: {what}: {' '.join(why.split())[:800]}", flush=True)
        if os.environ.get("CONFORMANCE_TRACE"):
            traceback.print_exception(error, file=sys.stderr)

    def skip(self, what, why):
        """Says what is not tried, and why."""
        print(f"skipped {self.client}: {what}: {why}", flush=True)

    def end(self):
        """Prints the count and leaves."""
        print(json.dumps({"client": self.client, "passed": self.passed, "failed": self.failed}), flush=True)
        sys.exit(1 if self.failed else 0)


def equal(got, wanted, what="value"):
    """Both are the same."""
    if got != wanted:
        raise Failed(f"{what} is {got!r}, not {wanted!r}")


def holds(truth, what):
    """It is so."""
    if not truth:
        raise Failed(what)


def has(text, part):
    """The text, or the list, holds the part."""
    if part not in text:
        raise Failed(f"{part!r} is not in {str(text)[:400]!r}")


def raises(kind, act):
    """The client raises its own exception of this kind, which is returned."""
    try:
        answer = act()
    except kind as error:
        return error
    raise Failed(f"{kind.__name__} expected, got {str(answer)[:300]!r}")


def until(act, seconds=30, every=0.2):
    """Repeats until the answer is true."""
    end = time.monotonic() + seconds
    while True:
        answer = act()
        if answer:
            return answer
        if time.monotonic() > end:
            raise Failed(f"not so after {seconds} s, last {answer!r}")
        time.sleep(every)


def behind_proxy():
    """Sends all https of this process, and of those it starts, through the proxy, and trusts its certificate."""
    os.environ["HTTPS_PROXY"] = os.environ["CONFORMANCE_PROXY"]
    for name in ["REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS"]:
        os.environ[name] = os.environ["CONFORMANCE_CA"]


def welcome():
    """What the org said when it started: its address and how to sign in."""
    return json.loads(os.environ["ORG_WELCOME"])


def scratch(name):
    """A folder for files of this client, new for each run."""
    folder = os.path.join(os.environ["CONFORMANCE_SCRATCH"], name)
    os.makedirs(folder, exist_ok=True)
    return folder


def rest(path, body=None, method=None):
    """Asks the org without any client, to see what a client has done; the path is whole if it begins with a slash."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(
        welcome()["url"] + (path if path.startswith("/") else f"/services/data/v62.0/{path}"),
        data,
        {"Authorization": "Bearer " + welcome()["access_token"], "Content-Type": "application/json"},
        method=method,
    )
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=60) as answer:
        text = answer.read()
    return json.loads(text) if text else None


def soql(query):
    """All rows of a query, asked without any client."""
    page = rest("query?" + urllib.parse.urlencode({"q": query}))
    found = page["records"]
    while not page["done"]:
        page = rest(page["nextRecordsUrl"])
        found += page["records"]
    return found


def count(query, deleted=False):
    """The number of a `SELECT COUNT()`, with deleted rows if asked for."""
    return rest(("queryAll?" if deleted else "query?") + urllib.parse.urlencode({"q": query}))["totalSize"]


def practice(method, what, body=None):
    """Tells the practice org something that no client could, at its control address."""
    return rest(f"/__practice/{what}", body, method)


@contextlib.contextmanager
def bad_day(*faults):
    """While this lasts, these faults are switched on."""
    practice("POST", "faults", list(faults))
    try:
        yield
    finally:
        practice("DELETE", "faults")

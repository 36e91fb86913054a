#!/usr/bin/env python3
"""Runs Salesforce clients that others wrote, unmodified, against the practice org. See README.md beside it.

Exit code 0 if all checks held or the registries cannot be reached, 1 if any check failed, 2 if the org cannot be started.
"""

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
HOME = ROOT / "target" / "conformance"
PINS = json.loads((HERE / "versions.json").read_text(encoding="utf-8"))

sys.path.insert(0, str(HERE))
from tls_proxy import Proxy  # noqa: E402


class Client:
    """A client: its script, and which set of packages it runs in."""

    def __init__(self, name, script, packages):
        self.name, self.script, self.packages = name, HERE / "clients" / script, packages


CLIENTS = [
    Client("simple-salesforce", "with_simple_salesforce.py", "light"),
    Client("jsforce", "with_jsforce.mjs", "npm"),
    Client("sf", "with_sf.py", "npm"),
    Client("aiosalesforce", "with_aiosalesforce.py", "light"),
    Client("nforce", "with_nforce.mjs", "npm"),
    Client("sfdmu", "with_sfdmu.py", "npm"),
    Client("cumulusci", "with_cumulusci.py", "cumulusci"),
    Client("airbyte", "with_airbyte.py", "airbyte"),
    Client("django-salesforce", "with_django_salesforce.py", "django"),
    Client("tap-salesforce", "with_tap_salesforce.py", "tap"),
]


def say(text):
    print(text, flush=True)


# Packages


def pip_of(name):
    return HOME / "py" / name / ("Scripts" if os.name == "nt" else "bin") / "python"


def stamped(folder, pins, install):
    """Installs unless these very pins are installed already."""
    stamp = folder / ".installed"
    wanted = json.dumps(pins)
    if stamp.exists() and stamp.read_text(encoding="utf-8") == wanted:
        return
    say(f"installing {', '.join(pins)}")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    install(folder)
    stamp.write_text(wanted, encoding="utf-8")


def install_python(name):
    def install(folder):
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        quiet = ["--quiet", "--disable-pip-version-check"]
        subprocess.run([pip_of(name), "-m", "pip", "install", *quiet, *PINS["python"][name]], check=True)

    stamped(HOME / "py" / name, PINS["python"][name], install)


def install_npm():
    pins = list(PINS["npm"]["clients"])
    if not recent_node():
        pins.append(node_package() + "@" + PINS["npm"]["node"])

    def install(folder):
        (folder / "package.json").write_text('{"private": true}', encoding="utf-8")
        words = ["npm", "install", "--no-save", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error", *pins]
        subprocess.run(words, cwd=folder, check=True)

    stamped(HOME / "npm", pins, install)


def recent_node():
    """The node of this computer, if the clients can run on it."""
    node = shutil.which("node")
    if not node:
        return None
    version = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout
    return node if int(version.lstrip("v").split(".")[0]) >= 22 else None


def node_package():
    system = {"Linux": "linux", "Darwin": "darwin", "Windows": "win"}[platform.system()]
    machine = {"x86_64": "x64", "AMD64": "x64", "aarch64": "arm64", "arm64": "arm64"}[platform.machine()]
    return f"node-{system}-{machine}"


def node():
    return recent_node() or str(HOME / "npm" / "node_modules" / node_package() / "bin" / "node")


def unreachable(missing):
    """Which of the registries that hold these sets of packages cannot be reached, asked with its own client."""
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--retries", "0", "--timeout", "20", "--no-cache-dir"]
    asked = {
        "PyPI": [*pip, "--dest", str(HOME / "probe"), PINS["python"]["light"][0]],
        "the npm registry": ["npm", "view", PINS["npm"]["clients"][0], "version", "--fetch-retries=0", "--fetch-timeout=20000"],
    }
    needed = ["the npm registry" if packages == "npm" else "PyPI" for packages in missing]
    return [
        name
        for name in dict.fromkeys(needed)
        if not shutil.which(asked[name][0]) or subprocess.run(asked[name], capture_output=True).returncode != 0
    ]


def install(clients):
    """Installs what the clients need; answers which sets of packages could not be."""
    missing = set()
    for packages in dict.fromkeys(client.packages for client in clients):
        try:
            install_npm() if packages == "npm" else install_python(packages)
        except (subprocess.CalledProcessError, OSError) as error:
            say(f"cannot install {packages}: {error}")
            missing.add(packages)
    return missing


# The org


class Org:
    """A practice org of its own for each client, or the one that is named by LINKSPAN_WELCOME."""

    def __init__(self, command):
        self.command = command
        self.process = None
        given = os.environ.get("LINKSPAN_WELCOME")
        if given:
            text = given if given.lstrip().startswith("{") else Path(given).read_text(encoding="utf-8")
            self.welcome = json.loads(text.splitlines()[0])

    def __enter__(self):
        if self.command:
            self.process = subprocess.Popen(self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            line = self.process.stdout.readline()
            if not line:
                say("the practice org did not start: " + " ".join(map(str, self.command)))
                sys.exit(2)
            self.welcome = json.loads(line)
        return self

    def __exit__(self, *_):
        if self.process:
            self.process.stdin.close()
            try:
                self.process.wait(3)
            except subprocess.TimeoutExpired:
                self.process.terminate()
                self.process.wait()


def org_command(seed):
    """How an org is started; None if one runs already."""
    if os.environ.get("LINKSPAN_WELCOME"):
        return None
    if os.environ.get("LINKSPAN_BIN"):
        return [os.environ["LINKSPAN_BIN"], "practice-org", "--seed", seed]
    words = ["cargo", "build", "--quiet", "--package", "practice_org", "--example", "serve"]
    if subprocess.run(words, cwd=ROOT).returncode != 0:
        say("the practice org cannot be built")
        sys.exit(2)
    folder = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    return [folder / "debug" / "examples" / "serve", "--seed", seed]


# Clients


def environment(client, org, proxy, scratch):
    keep = {name: value for name, value in os.environ.items() if not name.upper().endswith("_PROXY")}
    return keep | {
        "PYTHONPATH": str(HERE),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONWARNINGS": "ignore",
        "HOME": str(scratch),
        "ORG_WELCOME": json.dumps(org.welcome),
        "CONFORMANCE_HOME": str(HOME),
        "CONFORMANCE_SCRATCH": str(scratch),
        "CONFORMANCE_NODE": node(),
        "CONFORMANCE_PROXY": proxy.url,
        "CONFORMANCE_CA": proxy.ca,
    }


def run(client, command):
    """Runs a client's script against an org of its own; answers its counts."""
    scratch = HOME / "scratch" / client.name
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    began = time.monotonic()
    counts = None
    with Org(command) as org:
        address = urlsplit(org.welcome["url"])
        proxy = Proxy(address.hostname, address.port, str(scratch))
        python = sys.executable if client.packages == "npm" else pip_of(client.packages)
        door = node() if client.script.suffix == ".mjs" else python
        if client.script.suffix == ".mjs":
            # Modules are looked for beside the script, so it runs as a copy where they are installed.
            for file in [client.script, HERE / "checks.mjs"]:
                shutil.copy(file, HOME / "npm" / file.name)
            script = HOME / "npm" / client.script.name
        else:
            script = client.script
        process = subprocess.Popen(
            [door, script], env=environment(client, org, proxy, scratch), stdout=subprocess.PIPE, text=True, cwd=scratch
        )
        passed = failed = 0
        for line in process.stdout:
            if line.startswith('{"client"'):
                counts = json.loads(line)
                continue
            passed += line.startswith("ok ")
            failed += line.startswith("FAILED ")
            say(line.rstrip("\n"))
        process.wait()
    if counts is None:
        say(f"FAILED {client.name}: the rest of the script: it ended early with exit code {process.returncode}")
        counts = {"client": client.name, "passed": passed, "failed": failed + 1}
    counts["seconds"] = time.monotonic() - began
    return counts


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("clients", nargs="*", metavar="client", help=", ".join(client.name for client in CLIENTS))
    parser.add_argument("--seed", default="demo", help="what a new org holds (demo)")
    asked = parser.parse_args()
    known = [client.name for client in CLIENTS]
    for name in asked.clients:
        if name not in known:
            parser.error(f"no such client: {name}")
    clients = [client for client in CLIENTS if not asked.clients or client.name in asked.clients]
    HOME.mkdir(parents=True, exist_ok=True)
    missing = install(clients)
    for registry in unreachable(missing):
        lost = [client for client in clients if client.packages in missing and (client.packages == "npm") == (registry != "PyPI")]
        say(f"SKIPPED: {registry} cannot be reached, so these cannot be installed: {', '.join(client.name for client in lost)}")
        clients = [client for client in clients if client not in lost]
    if not clients:
        return 0
    command = org_command(asked.seed)
    totals = []
    for client in clients:
        if client.packages in missing:
            say(f"FAILED {client.name}: install: see above")
            totals.append({"client": client.name, "passed": 0, "failed": 1, "seconds": 0})
        else:
            totals.append(run(client, command))
    say("")
    for counts in totals:
        say(f"{counts['client']:<18} {counts['passed']:>4} passed {counts['failed']:>4} failed  {counts['seconds']:>6.1f} s")
    passed, failed = (sum(counts[key] for counts in totals) for key in ("passed", "failed"))
    say(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

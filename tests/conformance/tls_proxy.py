"""A proxy that makes every https host the practice org, for clients that know no other scheme.

A client is told of it with `HTTPS_PROXY` and trusts its certificate through `REQUESTS_CA_BUNDLE` or `SSL_CERT_FILE`; nothing in
the client is touched. It answers `CONNECT host:port` for any host, ends the TLS with a certificate for Salesforce's names, puts the
org's own host in each request's `Host` line, and passes everything else on byte for byte, but for one thing: where a sign-in is
answered with the org's address, that address is `https://practice.my.salesforce.com`, as it would be in the world.
"""

import os
import re
import socket
import ssl
import subprocess
import threading

ADDRESS = b"https://practice.my.salesforce.com"
SIGN_IN = (b"/services/oauth2/", b"/services/Soap/")

NAMES = [
    "login.salesforce.com",
    "test.salesforce.com",
    "*.my.salesforce.com",
    "*.salesforce.com",
    "127.0.0.1",
    "localhost",
]


class Proxy:
    """Runs until the process ends."""

    def __init__(self, org_host, org_port, folder):
        self.org = (org_host, org_port)
        self.ca, leaf, key = certificate(folder)
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(leaf, key)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = "http://127.0.0.1:%d" % self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            line, _ = self.listener.accept()
            threading.Thread(target=self._quietly, args=(line,), daemon=True).start()

    def _quietly(self, line):
        try:
            self._serve(line)
        except (OSError, EOFError, ValueError):
            pass  # one side has gone; the client will say so if it minds
        finally:
            line.close()

    def _serve(self, line):
        stream = line.makefile("rb", buffering=0)
        head = read_head(stream)
        if not head.startswith(b"CONNECT "):
            # Plain http through the proxy, with whole addresses.
            self._pass_on(line, stream, head)
            return
        line.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        with self.context.wrap_socket(line, server_side=True) as client:
            self._pass_on(client, client.makefile("rb"), None)

    def _pass_on(self, client, stream, head):
        with socket.create_connection(self.org) as org:
            host = b"%s:%d" % (self.org[0].encode(), self.org[1])
            last = threading.Event()
            threading.Thread(target=answers, args=(org, client, last, b"http://" + host), daemon=True).start()
            requests(stream, head, org, last, host)


def answers(org, client, last, url):
    """From the org to the client, as it comes; the last answer with the org's address changed."""
    try:
        while part := org.recv(65536):
            if last.is_set():
                while more := org.recv(65536):
                    part += more
                head, _, body = part.partition(b"\r\n\r\n")
                # Not the identity address beside it: that one is signed.
                body = re.sub(rb'("instance_url" *: *"|erverUrl>)' + re.escape(url), rb"\1" + ADDRESS, body)
                head = re.sub(rb"(?i)(content-length:) *\d+", rb"\1 %d" % len(body), head)
                part = head + b"\r\n\r\n" + body
            client.sendall(part)
        client.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass


def requests(client, head, org, last, host):
    """From the client to the org, with the org's own name as host; `head` is what was read of the first request, if any."""
    while True:
        lines = (head or read_head(client)).split(b"\r\n")
        head = None
        verb, target, version = lines[0].split(b" ")
        if target.startswith(b"http://"):
            target = b"/" + target.split(b"/", 3)[3]
        lines[0] = b" ".join([verb, target, version])
        length, chunked, kept = 0, False, []
        for text in lines[1:]:
            name, _, value = text.partition(b":")
            name, value = name.lower(), value.strip()
            if name == b"host":
                text = b"Host: " + host
            elif name == b"content-length":
                length = int(value)
            elif name == b"transfer-encoding":
                chunked = value.lower() == b"chunked"
            elif name in (b"accept-encoding", b"connection") and target.startswith(SIGN_IN):
                continue
            kept.append(text)
        if target.startswith(SIGN_IN):
            # Uncompressed, and at an end when the org closes the line.
            kept.insert(0, b"Connection: close")
            last.set()
        org.sendall(b"\r\n".join([lines[0], *kept]))
        if chunked:
            pass_chunks(client, org)
        else:
            pass_bytes(client, org, length)


def pass_bytes(client, org, length):
    while length > 0:
        part = client.read(min(length, 65536))
        if not part:
            raise EOFError
        org.sendall(part)
        length -= len(part)


def pass_chunks(client, org):
    while True:
        size = client.readline()
        org.sendall(size)
        count = int(size.split(b";")[0], 16)
        pass_bytes(client, org, count)
        ending = client.readline()
        org.sendall(ending)
        if count == 0:
            while ending not in (b"\r\n", b""):  # trailers
                ending = client.readline()
                org.sendall(ending)
            return


def read_head(stream):
    """A request line and its headers, with the empty line at the end."""
    head = b""
    while True:
        text = stream.readline(65536)
        if not text:
            raise EOFError
        head += text
        if text == b"\r\n":
            return head


def certificate(folder):
    """A certificate authority of its own and a certificate for all the names: paths of CA, certificate, key."""
    paths = {name: os.path.join(folder, name) for name in ["ca.pem", "ca.key", "leaf.pem", "leaf.key", "leaf.csr", "leaf.cnf"]}
    names = ",".join(("IP:" if name[0].isdigit() else "DNS:") + name for name in NAMES)
    with open(paths["leaf.cnf"], "w", encoding="utf-8") as file:
        file.write(
            f"basicConstraints=CA:FALSE\nkeyUsage=digitalSignature,keyEncipherment\nextendedKeyUsage=serverAuth\n"
            f"subjectAltName={names}\nauthorityKeyIdentifier=keyid\nsubjectKeyIdentifier=hash\n"
        )
    run = lambda *words: subprocess.run(["openssl", *words], check=True, capture_output=True)
    run("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=Practice CA", "-keyout", paths["ca.key"],
        "-out", paths["ca.pem"], "-addext", "keyUsage=critical,keyCertSign,cRLSign")
    run("req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=practice", "-keyout", paths["leaf.key"], "-out", paths["leaf.csr"])
    run("x509", "-req", "-in", paths["leaf.csr"], "-CA", paths["ca.pem"], "-CAkey", paths["ca.key"], "-CAcreateserial", "-days", "2",
        "-extfile", paths["leaf.cnf"], "-out", paths["leaf.pem"])
    return paths["ca.pem"], paths["leaf.pem"], paths["leaf.key"]

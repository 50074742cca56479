"""Redis servers that are each misconfigured in one way."""

import contextlib
import datetime
import os
import shutil
import socket
import ssl
import subprocess
import tempfile
import threading
import time
from pathlib import Path

import redis

from channels_doctor.probing import child_environment


@contextlib.contextmanager
def server(program, *arguments):
    """Yield the port of a Redis that was started with `arguments`."""
    with tempfile.TemporaryDirectory(prefix="doctor-tests-") as folder:
        port, process = started(program, folder, arguments)
        try:
            yield port
        finally:
            process.terminate()
            process.wait(timeout=10)


def started(program, folder, arguments):
    """Start a Redis; another port is tried when somebody else was quicker to take it."""
    for _ in range(5):
        port = free_port()
        process = subprocess.Popen(
            [program, "--port", str(port), "--bind", "127.0.0.1", "--dir", folder, "--save", ""]
            + list(arguments),
            env=child_environment(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        if listens(port, process):
            return port, process
    raise AssertionError("the server does not start")


def free_port():
    """Return a free port whose cluster port, 10,000 above it, exists too."""
    while True:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        if port + 10_000 < 65_536:
            return port


def listens(port, process):
    """Wait until the server listens; return False if it ends before that."""
    until = time.monotonic() + 10
    while time.monotonic() < until:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return True
        if process.poll() is not None:
            return False
        time.sleep(0.02)
    process.kill()
    raise AssertionError("the server does not listen")


@contextlib.contextmanager
def cluster(program):
    """Yield the port of one of two nodes that share the slots between them."""
    with contextlib.ExitStack() as stack:
        ports = [stack.enter_context(server(program, "--cluster-enabled", "yes")) for _ in range(2)]
        clients = [stack.enter_context(redis.Redis(port=port)) for port in ports]
        clients[0].execute_command("CLUSTER", "ADDSLOTSRANGE", 0, 8191)
        clients[1].execute_command("CLUSTER", "ADDSLOTSRANGE", 8192, 16383)
        clients[0].execute_command("CLUSTER", "MEET", "127.0.0.1", ports[1])
        until = time.monotonic() + 20
        while not all(
            one.execute_command("CLUSTER INFO")["cluster_state"] == "ok" for one in clients
        ):
            assert time.monotonic() < until, "the cluster does not come up"
            time.sleep(0.1)
        yield ports[0]


@contextlib.contextmanager
def untrusted_tls(folder):
    """Yield a port that speaks TLS, with a certificate that nobody signed but itself."""
    certificate, key = _certificate(folder)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    listener = socket.create_server(("127.0.0.1", 0))

    def serve():
        with contextlib.suppress(OSError):
            while True:
                connection, _ = listener.accept()
                with contextlib.suppress(OSError):
                    context.wrap_socket(connection, server_side=True).close()

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.close()


def _certificate(folder):
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        .sign(key, hashes.SHA256())
    )
    paths = Path(folder, "certificate.pem"), Path(folder, "key.pem")
    paths[0].write_bytes(built.public_bytes(serialization.Encoding.PEM))
    paths[1].write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return paths


def postgres_programs():
    """Return the folder of PostgreSQL's programs, or None."""
    on_path = shutil.which("initdb")
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return Path(on_path).parent if on_path else next(iter(folders), None)


@contextlib.contextmanager
def postgres(programs):
    """Yield the port of a PostgreSQL that lets in everybody, as the user postgres."""
    is_root = os.getuid() == 0
    owner = {"user": "postgres", "group": "postgres", "extra_groups": []} if is_root else {}
    with tempfile.TemporaryDirectory(prefix="doctor-tests-") as folder:
        if owner:  # PostgreSQL refuses to run as root
            shutil.chown(folder, "postgres")
        options = {"env": child_environment(), "cwd": folder, "stdout": subprocess.DEVNULL, **owner}
        made = [programs / "initdb", "-D", f"{folder}/data", "-U", "postgres", "-A", "trust", "-N"]
        subprocess.run(made, check=True, **options)
        port = free_port()
        asked = ["-p", str(port), "-h", "127.0.0.1", "-k", "", "-F"]
        process = subprocess.Popen(
            [programs / "postgres", "-D", f"{folder}/data", *asked],
            stderr=subprocess.DEVNULL,
            **options,
        )
        try:
            assert listens(port, process)
            yield port
        finally:
            process.terminate()
            process.wait(timeout=60)

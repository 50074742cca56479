"""A real server sends an email through the mail server set in the environment."""

import queue
import socketserver
import threading
from contextlib import contextmanager

import pytest

from tests import patience
from tests.server import PASSWORD, Server

pytestmark = pytest.mark.slow


class Mailbox(socketserver.StreamRequestHandler):
    """Just enough SMTP for a client to deliver an email."""

    def handle(self):
        self.answer("220 ready")
        while command := self.rfile.readline().strip().upper():
            if command == b"DATA":
                self.answer("354 go on")
                self.server.mails.put("".join(self.lines()))
            self.answer("221 bye" if command == b"QUIT" else "250 fine")

    def answer(self, line):
        self.wfile.write(f"{line}\r\n".encode())

    def lines(self):
        while (line := self.rfile.readline().decode()) != ".\r\n":
            yield line


@contextmanager
def mail_server():
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Mailbox) as server:
        server.mails = queue.Queue()
        server.url = f"smtp+plain://127.0.0.1:{server.server_address[1]}"
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def test_a_confirmation_arrives_at_the_mail_server(tmp_path):
    with mail_server() as mails:
        environment = {"EMAIL_URL": mails.url, "EMAIL_FROM": "chat@example.org"}
        server = Server("uvicorn", tmp_path, **environment).start()
        try:
            ann = server.user()
            form = {"email": "ann@example.org", "password": PASSWORD}
            assert ann.post("/accounts/email/", form).status_code == 302
            mail = mails.mails.get(timeout=patience.SECONDS)
        finally:
            server.forget_users()
            server.stop()
    assert "From: chat@example.org" in mail and "To: ann@example.org" in mail
    assert f"Hello {ann.name}," in mail and f"http://{server.address}/accounts/email/" in mail

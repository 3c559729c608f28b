"""Receivers of webhooks with every manner there is, good and bad: real sockets, real TLS, one thread for all of them."""
import asyncio
import collections
import json
import pathlib
import socket
import ssl
import struct
import subprocess
import tempfile
import threading
import time

Received = collections.namedtuple("Received", "at headers body status")


class Authority:
    """A CA of our own, and certificates by it. `path` is what OAM_WEBHOOK_CA takes."""

    def __init__(self):
        self.folder = tempfile.TemporaryDirectory(prefix="oam-ca-")
        self.path = self._make("ca", "/CN=Test CA", ca=True)[0]

    def _openssl(self, *arguments):
        subprocess.run(["openssl", *arguments], check=True, capture_output=True)

    def _make(self, name, subject, names="", ca=False, signed=True):
        base = pathlib.Path(self.folder.name) / name
        key, certificate = f"{base}.key", f"{base}.pem"
        by = [] if ca or not signed else ["-CA", self.path, "-CAkey", self.path[:-3] + "key"]
        extensions = ["-addext", "basicConstraints=critical,CA:TRUE"] if ca else ["-addext", f"subjectAltName={names}"]
        if by:  # `req -x509 -CA` is newer than our openssl: a request, signed
            self._openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", key, "-out", f"{base}.csr", "-subj", subject, *extensions)
            self._openssl("x509", "-req", "-in", f"{base}.csr", *by, "-CAcreateserial", "-days", "30", "-out", certificate, "-copy_extensions", "copy")
        else:
            self._openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", key, "-out", certificate, "-days", "30", "-subj", subject,
                          *extensions)
        return certificate, key

    def context(self, names="IP:127.0.0.1,DNS:*.receivers.cat", signed=True):
        certificate, key = self._make(f"leaf{abs(hash((names, signed)))}", "/CN=Receiver", names, signed=signed)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        return context

    def close(self):
        self.folder.cleanup()


def reply(status, *headers, body=b"", length=None):
    head = [f"HTTP/1.1 {status} X", f"Content-Length: {len(body) if length is None else length}", *headers]
    return "\r\n".join(head).encode() + b"\r\n\r\n" + body


# ---- manners: what is done with a message that was read; the status if it was said, else None. True behind it: the connection goes on.

def says(status, *headers):
    async def manner(writer):
        writer.write(reply(status, *headers))
        await writer.drain()
        return status, True
    return manner


async def silent(writer):
    await asyncio.sleep(3600)


async def resets(writer):
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
    return None, False


async def closes(writer):
    return None, False


async def dribbles(writer):
    for byte in reply(500) * 1000:
        writer.write(bytes([byte]))
        await writer.drain()
        await asyncio.sleep(0.05)


async def says_200_and_closes(writer):
    writer.write(reply(200, length=1000, body=b"half"))
    await writer.drain()
    return 200, False


async def pours(writer, what):
    """Until the other side has had enough; everybody else has a turn in between."""
    while not writer.transport.is_closing():
        writer.write(what)
        await writer.drain()
        await asyncio.sleep(0.001)
    return None, False


async def huge(writer):
    writer.write(reply(200, length=1 << 40))
    await pours(writer, b"x" * 65536)
    return 200, False


async def huge_refusal(writer):
    writer.write(reply(500, length=1 << 40))
    return await pours(writer, b"x" * 65536)


async def endless_head(writer):
    writer.write(b"HTTP/1.1 200 OK\r\n")
    return await pours(writer, b"X-More: " + b"x" * 8000 + b"\r\n")


async def no_http(writer):
    writer.write(b"\x00\xff SSH-2.0-OpenSSH_9.2\r\n\r\n")
    await writer.drain()
    return None, False


async def continues(writer):
    writer.write(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + reply(202))
    await writer.drain()
    return 202, True


async def only_continues(writer):
    writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    await writer.drain()
    return None, False


async def old_http(writer):
    writer.write(b"HTTP/1.0 200 OK\r\n\r\nfine")
    await writer.drain()
    return 200, False


async def slow(writer):
    await asyncio.sleep(0.15)
    writer.write(reply(200))
    await writer.drain()
    return 200, True


class Receiver:
    """One address. `manner` may be changed at any time; with failing=n only the first n tries of a delivery are answered by `manner`, with ill=n the
    first n tries of all, and the rest by 200."""

    def __init__(self, world, manner, failing=None, ill=None, scheme="https"):
        self.world, self.manner, self.failing, self.ill, self.scheme = world, manner, failing, ill, scheme
        self.received, self.connects, self.tries = [], 0, collections.Counter()
        self.port = None

    @property
    def url(self):
        return f"{self.scheme}://127.0.0.1:{self.port}/hook?token=canary-in-a-url"

    def good(self):
        """Messages that were answered by 2xx, as (webhook-id, body), in the order in which they came."""
        return [(one.headers["webhook-id"], json.loads(one.body)) for one in list(self.received) if one.status and 200 <= one.status < 300]

    async def serve(self, reader, writer):
        self.connects += 1
        try:
            while await self.one(reader, writer):
                pass
        except (OSError, EOFError, ValueError, asyncio.CancelledError):
            pass
        finally:
            writer.transport.abort()

    async def one(self, reader, writer):
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, value in (line.split(":", 1) for line in head[1:] if line)}
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        delivery = headers.get("webhook-id", "")
        self.tries[delivery] += 1
        place = len(self.received)
        well = (self.failing is not None and self.tries[delivery] > self.failing) or (self.ill is not None and place >= self.ill)
        manner = says(200) if well else self.manner
        # The place is taken when it came, the status is known when it was said.
        self.received.append(Received(time.monotonic(), headers, body, 200 if manner in (huge,) else None))
        status, goes_on = await manner(writer)
        self.received[place] = self.received[place]._replace(status=status)
        return goes_on


class World:
    """Receivers on loopback. add(manner, …) makes one; `tls` is a context, or None for a receiver that speaks no TLS."""

    def __init__(self):
        self.authority = Authority()
        self.context = self.authority.context()
        self.loop = asyncio.new_event_loop()
        self.servers = []
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()

    def add(self, manner=None, failing=None, tls="ours", host="127.0.0.1", port=0, ill=None):
        receiver = Receiver(self, manner or says(200), failing, ill, "https" if tls else "http")
        context = self.context if tls == "ours" else tls

        async def start():
            return await asyncio.start_server(receiver.serve, host, port, ssl=context)

        server = asyncio.run_coroutine_threadsafe(start(), self.loop).result(10)
        receiver.port = server.sockets[0].getsockname()[1]
        receiver.server = server
        self.servers.append(server)
        return receiver

    def remove(self, receiver):
        self.loop.call_soon_threadsafe(receiver.server.close)

    def close(self):
        async def stop():
            for server in self.servers:
                server.close()
            for task in asyncio.all_tasks():
                if task is not asyncio.current_task():
                    task.cancel()
        asyncio.run_coroutine_threadsafe(stop(), self.loop).result(10)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(10)
        self.authority.close()

"""The one way out: a request to an address that somebody typed, which must not reach what only this machine can reach.

The name is resolved once and the connection goes to the address that was checked, so that a name which changes between
the check and the connection gains nothing. There are no redirects, no proxies from the environment, and limits on time
and size. Places on the administrator's list (SIMLAB_OUTBOUND_ALLOWED) may be private, and may be reached by plain http.
"""

import ipaddress
import json
import socket
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx

LONGEST_S = 5.0
MOST_BYTES = 1_000_000
SECURE_PORT = 443

Resolve = Callable[[str, int], list[str]]


class NotReached(Exception):  # noqa: N818
    """The other side was not asked, or gave no usable answer. `code` is stored with the request."""

    def __init__(self, code: str, message: str) -> None:
        self.code = code
        super().__init__(message)


@dataclass(frozen=True)
class Reply:
    """What came back: status, the body as it was, and how long it took."""

    status: int
    body: str
    latency_ms: float


@dataclass(frozen=True)
class Target:
    """A checked address: where the connection goes, and the name it is made in."""

    scheme: str
    host: str
    port: int
    address: str
    path: str

    @property
    def url(self) -> str:
        shown = f"[{self.address}]" if ":" in self.address else self.address
        return f"{self.scheme}://{shown}:{self.port}{self.path}"


def resolve(host: str, port: int) -> list[str]:
    """Every address of a name, as the system has it. Numbers in odd spellings come out as plain addresses."""
    return [str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


def target_of(url: str, *, allowed: Collection[str] = (), resolve: Resolve = resolve) -> Target:
    """Check an address. `allowed` names places as `host` or `host:port`. Raises NotReached before any connection."""
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError:
        raise NotReached("address", f"“{url[:200]}” is not an address.") from None
    if parts.scheme not in ("https", "http") or not host:
        raise NotReached("address", "The address must begin with https:// and name a host.")
    if parts.username is not None or parts.password is not None:
        raise NotReached("address", "The address may not carry a name or password.")
    port = port or (SECURE_PORT if parts.scheme == "https" else 80)
    listed = host in allowed or f"{host}:{port}" in allowed
    if not listed and (parts.scheme != "https" or port != SECURE_PORT):
        raise NotReached(
            "address", "Only https on its usual port is allowed. Put the place on SIMLAB_OUTBOUND_ALLOWED."
        )
    path = parts.path or "/"
    return Target(parts.scheme, host, port, _address(host, port, listed, resolve), path + _query(parts.query))


def _query(query: str) -> str:
    return f"?{query}" if query else ""


def _address(host: str, port: int, listed: bool, resolve: Resolve) -> str:
    try:
        found = resolve(host, port)
    except (OSError, UnicodeError):
        raise NotReached("unknown-host", f"There is no host {host[:200]}.") from None
    if not found:
        raise NotReached("unknown-host", f"There is no host {host[:200]}.")
    if not listed and not all(_is_public(address) for address in found):
        raise NotReached("private", f"{host[:200]} is an address inside a network, or of this machine.")
    return found[0]


def _is_public(text: str) -> bool:
    """Whether an address is one of the open internet; addresses inside another are looked at as well."""
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv6Address):
        inner = [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
        if address in ipaddress.ip_network("64:ff9b::/96"):
            inner.append(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
        if any(one is not None and not _is_public(str(one)) for one in inner):
            return False
    return address.is_global and not address.is_multicast and not address.is_reserved


def post_json(
    url: str,
    payload: Mapping[str, Any] | Sequence[Any],
    *,
    headers: Mapping[str, str] | None = None,
    allowed: Collection[str] = (),
    longest_s: float = LONGEST_S,
    most_bytes: int = MOST_BYTES,
    resolve: Resolve = resolve,
) -> Reply:
    """POST JSON and read the answer whole. Raises NotReached when there is none within the limits."""
    target = target_of(url, allowed=allowed, resolve=resolve)
    host = target.host if target.port in (SECURE_PORT, 80) else f"{target.host}:{target.port}"
    sent = {**(headers or {}), "Host": host, "Content-Type": "application/json", "Accept": "application/json"}
    body = json.dumps(payload, ensure_ascii=False).encode()
    began = time.monotonic()
    try:
        with (
            httpx.Client(trust_env=False, follow_redirects=False, timeout=longest_s) as client,
            client.stream(
                "POST", target.url, content=body, headers=sent, extensions={"sni_hostname": target.host}
            ) as reply,
        ):
            text = _read(reply, began + longest_s, most_bytes)
            return Reply(reply.status_code, text, 1000 * (time.monotonic() - began))
    except httpx.TimeoutException:
        raise NotReached("timeout", f"There was no answer within {longest_s:g} seconds.") from None
    except httpx.HTTPError as error:
        raise NotReached("connection", f"The connection failed ({type(error).__name__}).") from None


def _read(reply: httpx.Response, until: float, most_bytes: int) -> str:
    if reply.is_redirect or 300 <= reply.status_code < 400:
        raise NotReached("redirect", "The answer points elsewhere; that is not followed.")
    kept = bytearray()
    for chunk in reply.iter_bytes(8192):
        kept += chunk
        if len(kept) > most_bytes:
            raise NotReached("too-large", f"The answer has more than {most_bytes} bytes.")
        if time.monotonic() > until:
            raise NotReached("timeout", "The answer took too long to arrive.")
    return kept.decode("utf-8", errors="replace")

"""Nothing that only this machine can reach is reached."""

import pytest

from simlab.exchange.outbound import NotReached, post_json, target_of
from tests.exchange.stubs import Stub, serving


def to(*addresses):
    return lambda host, port: list(addresses)


@pytest.mark.parametrize(
    "host",
    [
        "127.1",
        "0x7f000001",
        "2130706433",
        "0177.0.0.1",
        "localhost",
        "0.0.0.0",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[64:ff9b::7f00:1]",
        "[fe80::1]",
        "[fd00::1]",
        "100.64.0.1",
        "169.254.169.254",
        "192.168.1.1",
        "10.0.0.1",
        "224.0.0.1",
    ],
)
def test_address_inside_is_never_connected_to(host):
    with pytest.raises(NotReached) as caught:
        target_of(f"https://{host}/cds-services/x")
    assert caught.value.code in ("private", "unknown-host")


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org/",
        "https://example.org:8443/",
        "https://user@example.org/",
        "https://user:word@example.org/",
        "file:///etc/passwd",
        "gopher://example.org/",
        "https://",
        "https://example.org:99999/",
        "//example.org/",
    ],
)
def test_other_schemes_ports_and_names_are_refused(url):
    with pytest.raises(NotReached) as caught:
        target_of(url, resolve=to("93.184.215.14"))
    assert caught.value.code == "address"


def test_one_private_address_among_several_is_enough_to_refuse():
    with pytest.raises(NotReached, match="inside a network"):
        target_of("https://both.example.org/", resolve=to("93.184.215.14", "10.0.0.1"))


def test_connection_goes_to_the_address_that_was_checked():
    asked = []

    def changing(host, port):
        asked.append(host)
        return ["93.184.215.14"] if len(asked) == 1 else ["127.0.0.1"]

    target = target_of("https://rebinding.example.org/a?b=c", resolve=changing)
    assert target.url == "https://93.184.215.14:443/a?b=c"
    assert len(asked) == 1


def test_listed_place_may_be_private_and_plain():
    stub = Stub(lambda body: (200, '{"got": true}'))
    with serving(stub) as base:
        place = base.removeprefix("http://")
        reply = post_json(f"{base}/x", {"a": "ä"}, allowed=[place])
        with pytest.raises(NotReached):
            post_json(f"{base}/x", {}, allowed=["127.0.0.1:1"])
    assert (reply.status, reply.body) == (200, '{"got": true}')
    assert reply.latency_ms > 0
    assert [(path, body) for path, _, body in stub.seen] == [("/x", {"a": "ä"})]
    assert stub.seen[0][1]["Host"] == place


def test_redirect_is_not_followed():
    canary = Stub(lambda body: (200, "{}"))
    with serving(canary) as inside:
        stub = Stub(lambda body: (302, ""), headers={"Location": inside})
        with serving(stub) as base, pytest.raises(NotReached) as caught:
            post_json(base, {}, allowed=["127.0.0.1"])
    assert caught.value.code == "redirect"
    assert not canary.seen


def test_too_large_and_too_slow_answers_are_cut_off():
    import time

    large = Stub(lambda body: (200, "x" * 2_000_000))
    with serving(large) as base, pytest.raises(NotReached) as caught:
        post_json(base, {}, allowed=["127.0.0.1"])
    assert caught.value.code == "too-large"
    slow = Stub(lambda body: (time.sleep(0.6), (200, "{}"))[1])
    with serving(slow) as base, pytest.raises(NotReached) as caught:
        post_json(base, {}, allowed=["127.0.0.1"], longest_s=0.2)
    assert caught.value.code == "timeout"
    with pytest.raises(NotReached) as caught:
        post_json("http://127.0.0.1:9/", {}, allowed=["127.0.0.1"])
    assert caught.value.code == "connection"

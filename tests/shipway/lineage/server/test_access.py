"""Who may call, and with which certificates."""

import os
from pathlib import Path

import grpc
import pytest

from shipway.endpoint.token_file import UnusableToken
from shipway.lineage.database import Database
from shipway.lineage.server.access import Access
from shipway.lineage.server.options import IncompleteTls, OpenToStrangers, OutOfRange, ServiceOptions

TOKEN = "a-secret-of-enough-length"
STORE = Database.of_file(Path("metadata.db"))


@pytest.fixture
def token_file(tmp_path):
    path = tmp_path / "token"
    path.write_text(f"{TOKEN}\n")
    return path


def bearer(token):
    return (("authorization", f"Bearer {token}"),)


def test_the_token_is_asked_for(token_file):
    access = Access(token_file)
    assert access.refusal(bearer(TOKEN)) == ""
    assert "has no token: send 'authorization: Bearer TOKEN'" in access.refusal(())
    for wrong in (bearer(TOKEN[:-1]), bearer("é"), (("authorization", TOKEN),), (("authorization", b"\0"),)):
        assert "a token that is not the service's" in access.refusal(wrong)


def test_without_a_file_everyone_may_call():
    assert Access(None).refusal(()) == ""


def test_a_replaced_token_counts(token_file, monkeypatch):
    monkeypatch.setattr("shipway.lineage.server.access.SECONDS_BETWEEN_LOOKS", -1.0)
    access = Access(token_file)
    replacement = token_file.with_suffix(".new")
    replacement.write_text("another-secret-of-length")
    replacement.replace(token_file)
    assert access.refusal(bearer(TOKEN))
    assert access.refusal(bearer("another-secret-of-length")) == ""
    token_file.write_text("short")
    assert access.refusal(bearer("another-secret-of-length")) == ""
    token_file.unlink()
    assert access.refusal(bearer("another-secret-of-length")) == ""


@pytest.mark.parametrize(("content", "problem"), [("short", "holds 5 characters"), (None, "cannot be read")])
def test_a_token_file_that_is_none_is_refused(tmp_path, content, problem):
    path = tmp_path / "token"
    if content is not None:
        path.write_text(content)
    with pytest.raises(UnusableToken, match=problem):
        Access(path)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "example.org"])
def test_nobody_serves_everyone_by_mistake(host, token_file):
    with pytest.raises(OpenToStrangers, match=f"listen on {host} for everyone: give --token_file"):
        ServiceOptions(STORE, host=host).check()
    with pytest.raises(OpenToStrangers):
        ServiceOptions(STORE, host=host, tls_cert_file=Path("a"), tls_key_file=Path("b")).check()
    ServiceOptions(STORE, host=host, token_file=token_file).check()
    pems = {"tls_cert_file": Path("a"), "tls_key_file": Path("b"), "client_ca_file": Path("c")}
    ServiceOptions(STORE, host=host, **pems).check()


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.9.1", "::1", "localhost"])
def test_this_machine_may_call(host):
    ServiceOptions(STORE, host=host).check()


def test_tls_takes_a_pair():
    with pytest.raises(IncompleteTls, match="TLS lacks --tls_key_file"):
        ServiceOptions(STORE, tls_cert_file=Path("a")).check()
    with pytest.raises(IncompleteTls, match="TLS lacks --tls_cert_file"):
        ServiceOptions(STORE, client_ca_file=Path("a")).check()


@pytest.mark.parametrize(
    "options",
    [{"port": 70_000}, {"max_calls": 0}, {"max_message_bytes": 1}, {"drain_seconds": -1.0}, {"connections": 0}],
    ids=lambda options: next(iter(options)),
)
def test_numbers_have_bounds(options):
    (flag,) = options
    with pytest.raises(OutOfRange, match=f"--{flag} is .*, and must be from"):
        ServiceOptions(STORE, **options).check()


def test_everything_but_health_wants_the_token(serving, token_file, Calls):
    with serving(token_file=token_file) as service, service.channel() as channel:
        calls = Calls(channel)
        with pytest.raises(grpc.RpcError) as refused:
            calls("GetContextTypes", {})
        assert refused.value.code() is grpc.StatusCode.UNAUTHENTICATED
        assert "GetContextTypes" not in refused.value.details()
        assert calls("GetContextTypes", {}, authorization=f"Bearer {TOKEN}") is not None
        health = channel.unary_unary("/grpc.health.v1.Health/Check")(b"", timeout=20)
        assert health == b"\x08\x01"
        streams = ("/shipway.metadata.Lock/Hold", "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo")
        for path in streams:
            with pytest.raises(grpc.RpcError) as refused:
                next(channel.unary_stream(path)(b"recording", timeout=20))
            assert refused.value.code() is grpc.StatusCode.UNAUTHENTICATED


def test_a_certificate_may_be_asked_for_instead(serving, certificates):
    ours = certificates.client_config
    tls = {"tls_cert_file": certificates.server_cert, "tls_key_file": certificates.server_key}
    with serving(**tls, client_ca_file=certificates.ca) as service:
        assert service.server.addresses[0].startswith("grpcs://")
        assert service.client(ssl_config=ours).get_context_types() == []
        stranger = {"custom_ca": ours["custom_ca"]}
        store = service.client(ssl_config=stranger, client_timeout_sec=2.0)
        with pytest.raises(Exception, match=r"(?i)unavailable|connect|ssl|handshake|certificate|deadline"):
            store.get_context_types()


def test_a_pair_that_is_none_is_refused(certificates, tmp_path):
    from shipway.lineage.server.tls import TlsFiles, UnusableCertificate

    with pytest.raises(UnusableCertificate, match=r"is not the certificate of the key"):
        TlsFiles(certificates.server_cert, certificates.client_key).check()
    with pytest.raises(UnusableCertificate, match=r"cannot be read \(No such file"):
        TlsFiles(tmp_path / "none.pem", certificates.server_key).check()
    empty = tmp_path / "empty.pem"
    empty.touch()
    with pytest.raises(UnusableCertificate, match=r"holds no certificate"):
        TlsFiles(certificates.server_cert, certificates.server_key, empty).check()
    assert os.path.exists(empty)

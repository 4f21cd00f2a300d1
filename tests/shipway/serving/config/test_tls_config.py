import datetime
import ssl
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from shipway.errors import InputError
from shipway.serving.config.tls_config import parse_tls_config, read_tls_config, server_context


def make_pair(password: bytes | None = None) -> tuple[str, str]:
    """A private key and a certificate signed with it, in PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime(2020, 1, 1)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now)
        .not_valid_after(now + datetime.timedelta(days=36500))
        .sign(key, hashes.SHA256())
    )
    lock = serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, lock)
    return pem.decode(), certificate.public_bytes(serialization.Encoding.PEM).decode()


@pytest.fixture(scope="module")
def pair() -> tuple[str, str]:
    return make_pair()


def quoted(pem: str) -> str:
    return '"' + pem.replace("\n", "\\n") + '"'


def config_text(key: str, certificate: str, more: str = "") -> str:
    return f"server_key: {quoted(key)}\nserver_cert: {quoted(certificate)}\n{more}"


def refusal(text: str, folder: Path = Path()) -> str:
    with pytest.raises(InputError) as caught:
        parse_tls_config(text, "SSL config file 'ssl.config'", folder)
    return str(caught.value)


def test_a_file_as_tensorflow_serving_reads_it(pair, tmp_path):
    path = tmp_path / "ssl.config"
    path.write_text(config_text(*pair, f"custom_ca: {quoted(pair[1])}\nclient_verify: true"))
    config = read_tls_config(path)
    assert (config.server_key, config.server_cert, config.custom_ca) == (*pair, pair[1])
    assert config.client_verify
    assert server_context(config).verify_mode is ssl.CERT_REQUIRED


def test_without_client_verify_no_certificate_is_asked_for(pair):
    context = server_context(parse_tls_config(config_text(*pair)))
    assert context.verify_mode is ssl.CERT_NONE
    assert context.minimum_version is ssl.TLSVersion.TLSv1_2


def test_files_instead_of_texts_relative_to_the_config(pair, tmp_path):
    (tmp_path / "tls.key").write_text(pair[0])
    (tmp_path / "tls.crt").write_text(pair[1])
    path = tmp_path / "ssl.config"
    path.write_text(f'server_key: "tls.key" server_cert: "{tmp_path}/tls.crt"')
    config = read_tls_config(path)
    assert (config.server_key, config.server_cert) == pair


def test_the_key_is_not_shown(pair):
    assert "PRIVATE" not in repr(parse_tls_config(config_text(*pair)))


def test_what_is_missing(pair):
    key, certificate = map(quoted, pair)
    assert refusal(f"server_cert: {certificate}") == (
        "SSL config file 'ssl.config': server_key is missing; give its PEM text, or the path of a PEM file."
    )
    assert "server_cert is missing" in refusal(f"server_key: {key}")
    assert refusal(config_text(*pair, "client_verify: true")) == (
        "SSL config file 'ssl.config': client_verify is set without custom_ca; say whose certificates are trusted."
    )


def test_what_does_not_fit_together(pair):
    other, _ = make_pair()
    assert refusal(config_text(other, pair[1])).startswith(
        "SSL config file 'ssl.config': server_key and server_cert do not make a pair (SSLError: "
    )
    locked, certificate = make_pair(b"secret")
    assert refusal(config_text(locked, certificate)).endswith("give a certificate and its own key, without a password.")
    broken = pair[1].replace("MII", "xxx")
    assert "custom_ca holds no certificate" in refusal(config_text(*pair, f"custom_ca: {quoted(broken)}"))


def test_what_is_not_pem(pair, tmp_path):
    (tmp_path / "empty").touch()
    (tmp_path / "binary").write_bytes(b"\xff")
    key, certificate = map(quoted, pair)
    missing = refusal(f'server_key: "no.key" server_cert: {certificate}', tmp_path)
    assert missing == (
        "SSL config file 'ssl.config': server_key is neither PEM text nor a readable file (No such file or directory); "
        f"give PEM text, which starts with '-----BEGIN ', or the path of such a file, as seen from '{tmp_path}'."
    )
    assert "server_key names a file that is not PEM" in refusal(
        f'server_key: "empty" server_cert: {certificate}', tmp_path
    )
    assert "(UnicodeDecodeError)" in refusal(f'server_key: "binary" server_cert: {certificate}', tmp_path)
    assert "server_cert is neither PEM text nor a readable file" in refusal(f'server_key: {key} server_cert: "a\\nb"')


def test_a_key_without_its_first_line_is_not_shown(pair):
    body = "".join(pair[0].splitlines()[1:-1])
    assert body[:8] not in refusal(f'server_key: "{body}" server_cert: {quoted(pair[1])}')


def test_a_slip_is_named_and_the_key_never_shown(pair):
    key = pair[0].splitlines()[1]
    for text in (
        f"server_key: {pair[0]}",
        quoted(pair[0]),
        f"server_key: {quoted(pair[0])[:-1]}",
        f'server_key: ""\n{"".join(filter(str.isalnum, key))}',
    ):
        sentence = refusal(text)
        assert sentence.startswith("SSL config file 'ssl.config', line ")
        assert key[:8] not in sentence
    assert refusal(f"\nserver_kye: {quoted(pair[0])}") == (
        "SSL config file 'ssl.config', line 2: this is not protobuf's text format of SSLConfig (did you mean "
        "'server_key'?); it has server_key, server_cert, custom_ca, client_verify, with texts in quotes."
    )

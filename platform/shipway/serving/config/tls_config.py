"""TensorFlow Serving's `SSLConfig`: the server's key and certificate, and whether callers must show one.

The file is protobuf's text format. Each of the three is PEM text, as there, or the path of a PEM file, relative to the
file that names it, so that a key need not lie in a configuration::

    server_key: "/etc/tls/tls.key"
    server_cert: "-----BEGIN CERTIFICATE-----\\n...\\n-----END CERTIFICATE-----\\n"
    custom_ca: "ca.crt"                    # whose certificates callers may show
    client_verify: true                    # refuse callers that show none (mTLS)
"""

from __future__ import annotations

import ssl
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from shipway.errors import InputError, in_one_line
from shipway.serving.config.protos import new_message
from shipway.serving.config.text_proto import parse_text_proto, place_of, read_text

WHAT = "SSL config"
PEM = "-----BEGIN "


class InvalidTlsConfig(InputError):
    """Keys or certificates that no connection can be secured with; none of them is shown."""

    def __init__(self, where: str, problem: str, remedy: str) -> None:
        super().__init__(f"{where[0].upper()}{where[1:]}: {problem}; {remedy}.")


@dataclass(frozen=True)
class TlsConfig:
    """PEM texts; the key does not show in logs."""

    server_key: str = field(repr=False)
    server_cert: str = field(repr=False)

    custom_ca: str = field(default="", repr=False)
    """Certificates of the authorities whose callers are trusted; empty: the system's."""

    client_verify: bool = False
    """Callers must show a certificate."""


def read_tls_config(path: Path) -> TlsConfig:
    """The config of a file; raises `UnreadableConfig`, `BrokenTextProto` and `InvalidTlsConfig`."""
    return parse_tls_config(read_text(path, WHAT), place_of(path, WHAT), path.parent)


def parse_tls_config(text: str, where: str = "the SSL config", folder: Path = Path()) -> TlsConfig:
    """`read_tls_config` of a text; `where` names it in sentences, and relative paths in it start at `folder`."""
    proto = parse_text_proto(text, new_message("SSLConfig"), where, secret=True)
    for name in ("server_key", "server_cert"):
        if not getattr(proto, name).strip():
            raise InvalidTlsConfig(where, f"{name} is missing", "give its PEM text, or the path of a PEM file")
    if proto.client_verify and not proto.custom_ca.strip():
        raise InvalidTlsConfig(where, "client_verify is set without custom_ca", "say whose certificates are trusted")
    config = TlsConfig(
        server_key=_pem(proto.server_key, "server_key", where, folder),
        server_cert=_pem(proto.server_cert, "server_cert", where, folder),
        custom_ca=_pem(proto.custom_ca, "custom_ca", where, folder) if proto.custom_ca.strip() else "",
        client_verify=proto.client_verify,
    )
    server_context(config, where)
    return config


def server_context(config: TlsConfig, where: str = "the SSL config") -> ssl.SSLContext:
    """What a server accepts connections with, TLS 1.2 or newer; raises `InvalidTlsConfig`."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    # The ssl module takes a key from a file alone; the folder is this user's only and gone at once.
    with tempfile.TemporaryDirectory() as folder:
        chain, key = Path(folder, "chain.pem"), Path(folder, "key.pem")
        chain.write_text(config.server_cert, encoding="utf-8")
        key.write_text(config.server_key, encoding="utf-8")
        try:
            context.load_cert_chain(chain, key, password="")
        except (ssl.SSLError, ValueError) as error:
            problem = f"server_key and server_cert do not make a pair ({in_one_line(error)})"
            raise InvalidTlsConfig(where, problem, "give a certificate and its own key, without a password") from error
    if config.custom_ca:
        try:
            context.load_verify_locations(cadata=config.custom_ca)
        except (ssl.SSLError, ValueError) as error:
            problem = f"custom_ca holds no certificate ({in_one_line(error)})"
            raise InvalidTlsConfig(where, problem, "give certificates in PEM") from error
    if config.client_verify:
        context.verify_mode = ssl.CERT_REQUIRED
    return context


def _pem(value: str, name: str, where: str, folder: Path) -> str:
    """The PEM text that `value` is or names; `value` is not shown, for it may be a key that lost its first line."""
    if value.lstrip().startswith(PEM):
        return value
    remedy = f"give PEM text, which starts with {PEM!r}, or the path of such a file, as seen from {str(folder)!r}"
    try:
        text = (folder / value.strip()).read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else type(error).__name__
        raise InvalidTlsConfig(where, f"{name} is neither PEM text nor a readable file ({reason})", remedy) from None
    if PEM not in text:
        raise InvalidTlsConfig(where, f"{name} names a file that is not PEM", remedy)
    return text

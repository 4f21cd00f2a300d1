"""Options of the dashboards that contradict each other, found before anything starts."""

from __future__ import annotations

from shipway.dashboards.options import DashboardOptions
from shipway.endpoint.addresses import is_loopback
from shipway.errors import UsageError


class OpenToAll(UsageError):
    """An address that others reach, and nothing that keeps them out."""

    def __init__(self, host: str) -> None:
        super().__init__(
            f"The dashboards do not listen on {host!r}, where others reach them, without knowing whom to let in: give "
            "--token_file or --operator_token_file, or --auth_header with --trusted_proxies."
        )


class NobodyTrusted(UsageError):
    """A header of a proxy, and no proxy whose headers count."""

    def __init__(self, header: str) -> None:
        super().__init__(
            f"--auth_header {header} counts from trusted proxies alone: name their addresses with --trusted_proxies, "
            "such as 127.0.0.1 or 10.0.0.0/8."
        )


class OperatorsWithoutHeader(UsageError):
    """Operators are named by e-mail, and no proxy says whose a request is."""

    def __init__(self) -> None:
        super().__init__(
            "--operators names people by what a proxy says of them: give --auth_header too, or let operators in with "
            "--operator_token_file."
        )


class HalfOfTls(UsageError):
    """A certificate without its key, or a key alone."""

    def __init__(self) -> None:
        super().__init__("--tls_cert_file and --tls_key_file belong together: give both or neither.")


def check(options: DashboardOptions) -> None:
    """Raises a `UsageError` for options that cannot be meant."""
    if (options.tls_cert_file is None) != (options.tls_key_file is None):
        raise HalfOfTls
    if options.auth_header and not options.trusted_proxies:
        raise NobodyTrusted(options.auth_header)
    if options.operators and not options.auth_header:
        raise OperatorsWithoutHeader
    keeps_out = options.token_file or options.operator_token_file or options.auth_header
    if not keeps_out and not is_loopback(options.host):
        raise OpenToAll(options.host)

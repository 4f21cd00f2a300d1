"""The section `metadata` of a cluster file: how steps find the metadata service."""

from __future__ import annotations

from collections.abc import Mapping

from shipway.placement.entry import Entry
from shipway.placement.environment import looks_secret
from shipway.placement.settings import MetadataSettings
from shipway.placement.values import volume_name


def read_metadata(entry: Entry) -> MetadataSettings:
    """`off`, or the names of what the chart has made; an empty name switches that one off."""
    if isinstance(entry.value, bool):
        if entry.value:
            raise entry.bad("which is the default", "remove it, or write 'metadata: off'")
        return MetadataSettings("", "", "")
    found = entry.mapping()
    entry.section("config_map", "token_secret", "address")
    address = found["address"].text() if "address" in found else ""
    if address and not address.startswith(("grpc://", "grpcs://")):
        raise found["address"].bad("which is no metadata service", "write grpc://HOST:PORT or grpcs://HOST:PORT")
    if address and looks_secret("", address):
        raise found["address"].password()
    default = MetadataSettings(config_map="") if address else MetadataSettings()
    return MetadataSettings(
        config_map=_name_or_none(found, "config_map", default.config_map),
        token_secret=_name_or_none(found, "token_secret", default.token_secret),
        address=address,
    )


def _name_or_none(found: Mapping[str, Entry], name: str, default: str) -> str:
    if name not in found:
        return default
    if found[name].value in ("", None, False):
        return ""
    return volume_name(found[name])

"""Variables written out in a cluster file, which is no place for secrets: it lies in a repository, and runs show it."""

from __future__ import annotations

import re

from shipway.data.passwords import holds_password
from shipway.placement.entry import Entry
from shipway.placement.values import VARIABLE

SECRET_WORDS = re.compile(
    r"(?:^|_)(?:PASSWORD|PASSWD|PASSPHRASE|PWD|SECRET|TOKEN|CREDENTIALS?|APIKEY|API_KEY|ACCESS_KEY|PRIVATE_KEY)(?:_|$)"
)
ABOUT_A_SECRET = re.compile(
    r"_(?:FILE|PATH|DIR|NAME|ID|URL|URI|ENDPOINT|TYPE|LIMIT|COUNT|LENGTH|TTL|SECONDS|HEADER|ISSUER|AUDIENCE)$"
)
"""What comes after such a word when the variable says where a secret is, or something about it."""
KNOWN_KEYS = re.compile(
    r"-----BEGIN |\bAKIA[0-9A-Z]{16}\b|\bgh[pousr]_\w{30,}|\bhf_\w{30,}|\bxox[abp]-\w+|\beyJ[\w-]{10,}\.[\w-]{10,}\."
)
NAME_A_FILE = frozenset({"GOOGLE_APPLICATION_CREDENTIALS"})
OWN_OF_KFP = ("KFP_", "ARGO_")


def read_environment(entry: Entry) -> dict[str, str]:
    """Variables and their values. Raises `PasswordInClear` for what belongs into a Secret."""
    found = {}
    for name, value in entry.mapping().items():
        check_variable(value, name)
        found[name] = "" if value.value == "" else value.text()
        if found[name] and looks_secret(name, found[name]):
            raise value.password()
    return found


def check_variable(entry: Entry, name: str) -> None:
    """A variable's name that a container may be given."""
    if not VARIABLE.fullmatch(name):
        raise entry.bad("and its key is no name of a variable", "use letters, digits and '_', a letter first")
    if name.startswith(OWN_OF_KFP):
        raise entry.bad("and its key is a variable of Kubeflow Pipelines' own", "choose another name")


def looks_secret(name: str, value: str) -> bool:
    """Whether a variable of this name and value is likely to be a password, a token or a key."""
    upper = name.upper()
    about_one = ABOUT_A_SECRET.search(upper) is not None or upper in NAME_A_FILE
    by_name = SECRET_WORDS.search(upper) is not None and not about_one
    return by_name or holds_password(value) or KNOWN_KEYS.search(value) is not None

"""Asks a service of the release, as `helm test` does: an address, and a file with a token where it asks for one."""

import ssl
import sys
import urllib.request
from pathlib import Path

address, *token_file = sys.argv[1:]
request = urllib.request.Request(address)
for path in token_file:
    request.add_header("Authorization", f"Bearer {Path(path).read_text().strip()}")
# The certificate names hosts outside; this asks whether the service is there.
unchecked = ssl._create_unverified_context()
with urllib.request.urlopen(request, timeout=30, context=unchecked) as answer:
    print(f"{address}: {answer.status}, {len(answer.read())} bytes")

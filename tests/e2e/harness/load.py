"""Asks a model without a pause until the file /tmp/stop is there, then prints what came: python load.py URL THREADS.

It runs in a pod. Half of the threads keep their connections, half take a new one for each request; nobody tries again.
"""

import http.client
import json
import sys
import threading
import time
from collections import Counter
from pathlib import Path
from urllib.parse import urlsplit

BODY = json.dumps({"inputs": {"x": [0.0]}})
STOP = Path("/tmp/stop")


def ask(host: str, path: str, keeps: bool, answers: Counter, failures: list) -> None:
    connection = None
    while not STOP.exists():
        try:
            if connection is None:
                connection = http.client.HTTPConnection(host, timeout=20)
            connection.request("POST", path, BODY, {"content-type": "application/json"})
            response = connection.getresponse()
            said = response.read().decode()
            if response.status != 200:
                failures.append(f"{response.status} {said[:200]}")
            else:
                answers[str(json.loads(said)["outputs"][0])] += 1
            if not keeps or response.will_close:
                connection.close()
                connection = None
        except (OSError, http.client.HTTPException) as error:
            failures.append(f"{type(error).__name__} {error} (kept: {keeps})")
            connection = None
        time.sleep(0.005)


def main() -> None:
    url, number = urlsplit(sys.argv[1]), int(sys.argv[2])
    answers, failures = Counter(), []
    threads = [
        threading.Thread(target=ask, args=(url.netloc, url.path, one % 2 == 0, answers, failures))
        for one in range(number)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(json.dumps({"answers": answers, "failed": len(failures), "failures": failures[:5]}))


if __name__ == "__main__":
    main()

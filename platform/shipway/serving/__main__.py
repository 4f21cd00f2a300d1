"""`python -m shipway.serving FLAGS`: the model server as a container runs it."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from shipway.errors import ShipwayError
from shipway.serving.config.flags import add_flags, read_options
from shipway.serving.process import serve


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m shipway.serving", description="Serve models over REST and gRPC.")
    add_flags(parser)
    try:
        return serve(read_options(parser.parse_args(arguments)))
    except ShipwayError as error:
        print(f"Error: {error}", file=sys.stderr)
        return error.exit_code


if __name__ == "__main__":
    sys.exit(main())

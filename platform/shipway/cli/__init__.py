"""The command line: one command, one file, one function of the platform that it calls.

A command is a module of this package, named in `shipway.cli.__main__.COMMANDS`, with two functions::

    def add_arguments(parser: argparse.ArgumentParser) -> None: ...
    def run(options: argparse.Namespace) -> int: ...       # the exit code

`options.settings` holds the `Settings` of the process. Errors are raised, not printed: every `ShipwayError` becomes one
line on standard error and its exit code, in one place. Only the module of the command that was called is imported.
"""

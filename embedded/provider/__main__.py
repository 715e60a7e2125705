"""`python -m embedded.provider aws|awsx [engine address]`: the plugin as the engine starts it."""

import sys

USAGE = "usage: python -m embedded.provider aws|awsx [engine address]"


def main(arguments: list[str]) -> None:
    """Serve the plugin that the first argument names."""
    match arguments[:1]:
        case ["aws"]:
            from embedded.provider.aws import serve
        case ["awsx"]:
            from embedded.provider.awsx import serve
        case _:
            raise SystemExit(USAGE)
    serve(arguments[1:])


if __name__ == "__main__":
    main(sys.argv[1:])

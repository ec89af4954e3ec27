"""`python -m d2lmodels.data list` shows what the book reads, `fetch --all` or `fetch NAME…` fetches it."""

import argparse
import sys

from d2lmodels.data import SOURCES
from d2lmodels.data.wheel import cache_folder, cached, fetch


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; return 0, or 1 where something could not be fetched."""
    parser = argparse.ArgumentParser(prog="python -m d2lmodels.data", description="Data for the book.")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("list", help="show every file, its size and licence, and whether it is cached")
    fetching = commands.add_parser("fetch", help="fetch files ahead, for work without a network")
    fetching.add_argument("names", nargs="*", metavar="NAME", help=f"one or more of: {', '.join(SOURCES)}")
    fetching.add_argument("--all", action="store_true", help="fetch everything")
    options = parser.parse_args(arguments)

    if options.command == "list":
        print(f"cache: {cache_folder()}")
        for source in SOURCES.values():
            state = "cached" if cached(source) else "not cached"
            print(f"{source.name}: {source.what}; {source.download / 1e6:.1f} MB; {source.licence}; {state}")
        return 0

    unknown = set(options.names) - set(SOURCES)
    if unknown or options.all == bool(options.names):
        fetching.error(f"name what to fetch, out of {', '.join(SOURCES)}, or give --all")
    failed = False
    wanted = {name: SOURCES[name] for name in (SOURCES if options.all else options.names)}
    for name, source in wanted.items():
        try:
            print(f"{name}: {fetch(source, also=wanted.values())}")
        except RuntimeError as error:
            print(error, file=sys.stderr)
            failed = True
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())

"""`python -m oauth2system`: the command line."""

import sys

from oauth2system.cli import main

if __name__ == "__main__":
    sys.exit(main())

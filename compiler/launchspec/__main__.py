"""``python -m launchspec`` is the command ``launchspec``."""

from launchspec.cli import main

main()

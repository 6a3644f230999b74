"""python -m grants: the same as the command tallystick."""

from grants.cli import main

main()

"""The command tallystick, which is python -m grants as well: loads it, and runs it."""

import gc


def main() -> None:
    """Runs a command."""
    gc.disable()  # what is loaded stays: to look for what could go takes a sixth of the time
    from grants.cli import main as run

    gc.freeze()
    gc.enable()
    run()


if __name__ == "__main__":
    main()

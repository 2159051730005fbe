"""The command line people type: `accord …`, or `python starter.py …`."""

from runtime.command_line import main

if __name__ == "__main__":
    main()

"""The command line people type: `accord …`, or `python starter.py …`."""

from cli.app import main

if __name__ == "__main__":
    main()

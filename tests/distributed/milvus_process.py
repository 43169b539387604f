"""``milvus-server``, but it takes the port it is given even where it was killed a moment ago.

The package's own look for a free port takes one whose last connections are not forgotten yet, as
for a minute after a kill, for one that is in use, and would listen on the next.
"""

import socket
from contextlib import suppress

from milvus import MilvusServerConfig, main


def bound(_: MilvusServerConfig, port: int) -> socket.socket | None:
    """A socket at a port that nobody listens at."""
    found = socket.socket()
    found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    with suppress(OSError):
        found.bind(("127.0.0.1", port))
        found.listen()
        return found
    found.close()
    return None


MilvusServerConfig.try_bind_port = bound

if __name__ == "__main__":
    main()

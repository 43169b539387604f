"""``milvus-server``, but with ports that no other has, and its own again after a kill.

The package looks for free ports from the same numbers on, so that two servers that start at once
take the same. And it takes a port whose last connections are not forgotten yet, as for a minute
after a kill, for one that is in use, and would listen on the next.
"""

import socket
import sys

from milvus import MilvusServerConfig, main

GIVEN = {int(each) for each in sys.argv if each.isdigit()}


def resolved(_: MilvusServerConfig, port: int) -> tuple[int, socket.socket]:
    """A port and a socket that holds it: the one that was asked for, or any that is free."""
    bound = socket.socket()
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    bound.bind(("127.0.0.1", port if port in GIVEN else 0))
    bound.listen()
    found: int = bound.getsockname()[1]
    return found, bound


MilvusServerConfig.resolve_port = resolved

if __name__ == "__main__":
    main()

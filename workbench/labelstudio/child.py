"""Entry point of the managed Label Studio process; run by path, never imported.

Label Studio must not outlive the workbench, even one that was killed: a thread watches the parent
and ends this process when it is gone. A watch, and not only ``PR_SET_PDEATHSIG``, because that
signal is bound to the *thread* that started the child, and a web server's threads come and go.
"""

from __future__ import annotations

import os
import sys
import threading
import time

CHECK_SECONDS = 0.5


def end_with_parent(parent: int) -> None:
    """End this process, at most half a second late, when ``parent`` is no longer its parent."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(CHECK_SECONDS)
        os._exit(0)

    threading.Thread(target=watch, name="watch-parent", daemon=True).start()


if __name__ == "__main__":
    end_with_parent(int(sys.argv.pop(1)))
    from label_studio.server import main

    sys.exit(main())

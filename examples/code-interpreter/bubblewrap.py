#!/usr/bin/env python3
"""Runs code for asstctl in a sandbox of bubblewrap (`bwrap`, Linux).

    asstctl serve --model-url … --code-interpreter "python3 examples/code-interpreter/bubblewrap.py"

The code sees no network, no folder but /usr and its own, and no other process. It is run by
/usr/bin/python3, or by the Python that the first argument names (a virtual environment with
pandas, say); further arguments are folders that it may read, such as that environment's.
"""

import json
import os
import resource
import shutil
import sys
from pathlib import Path

MEMORY = 2 * 1024**3
FILE_SIZE = 100 * 1024**2

asked = json.load(sys.stdin)
python, *folders = sys.argv[1:] or ["/usr/bin/python3"]
output = Path(asked["output_folder"])
for file in asked["files"]:
    shutil.copyfile(file["path"], output / file["name"])

# The code is what Python reads on stdin.
source = os.memfd_create("code")
os.write(source, asked["code"].encode())
os.lseek(source, 0, os.SEEK_SET)
os.dup2(source, 0)

resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
resource.setrlimit(resource.RLIMIT_FSIZE, (FILE_SIZE, FILE_SIZE))
command = ["bwrap", "--unshare-all", "--die-with-parent", "--new-session", "--clearenv"]
for folder in ["/usr", *folders]:
    command += ["--ro-bind", folder, folder]
for name in ("bin", "lib", "lib64"):
    command += ["--symlink", f"usr/{name}", f"/{name}"]
for path in ("/etc/alternatives", "/etc/ld.so.cache"):
    command += ["--ro-bind-try", path, path]
command += ["--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp"]
command += ["--bind", str(output), "/mnt/data", "--chdir", "/mnt/data"]
for name, value in {
    "PATH": "/usr/bin:/bin", "HOME": "/tmp", "LANG": "C.UTF-8",
    "MPLBACKEND": "Agg", "PYTHONUNBUFFERED": "1",
}.items():  # fmt: skip
    command += ["--setenv", name, value]
os.execvp("bwrap", [*command, python, "-"])

# Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
"""`PYTHONPATH=<this folder> python app.py`: metrics without a line of set-up.

It sits in every Python process of a container, health checks and package managers included, so what is no service is left
alone before anything is loaded. A `sitecustomize` that was there before is run as ever.
"""

import os
import sys


def _may_serve(words: list[str]) -> bool:
    """Whether a process with these arguments may be a service. Its program and its first argument decide."""
    position = 1
    while position < len(words) and words[position].startswith("-") and words[position] not in ("-", "-m", "-c"):
        position += 2 if words[position] in ("-X", "-W", "--check-hash-based-pycs") else 1
    program, first = [*words[position : position + 2], "", ""][:2]
    if program == "-c":
        # What `multiprocessing` starts is a worker; its tracker of resources is none.
        return first.startswith(("from multiprocessing.spawn", "from multiprocessing.forkserver"))
    module = program == "-m"
    name = first if module else os.path.basename(program)
    command = (words[position + 2 :] if module else words[position + 1 :]) or [""]
    if name in ("", "-", "--"):
        return False
    root = name.partition(".")[0] if module else name.removesuffix(".py")
    if root in ("manage", "django", "django-admin"):
        return command[0] in ("runserver", "runworker", "qcluster", "daphne")
    if root in ("flask", "litestar", "fastapi"):
        return command[0] in ("run", "dev") or command[0].startswith("-")
    if root == "celery":
        return "worker" in command or "beat" in command
    return root not in _TOOLS and not root.startswith(("pip3", "python-"))


# Programs and modules that are no service. `json` is json.tool.
_TOOLS = frozenset((
    "alembic", "black", "build", "compileall", "conda", "coverage", "easy_install", "ensurepip", "hatch", "ipython",
    "isort", "json", "jupyter", "mypy", "pdm", "pip", "pip-compile", "pipenv", "pipx", "poetry", "pre-commit", "pydoc",
    "pylint", "pyright", "pytest", "ruff", "rye", "safety", "tox", "twine", "unittest", "uv", "venv", "virtualenv",
    "watchfiles", "wheel", "yoyo", "zipapp",
))  # fmt: skip


def _pass_on(here: str) -> None:
    """Runs the `sitecustomize` that would have been found without this one, and stands aside for it."""
    from importlib.machinery import PathFinder
    from importlib.util import module_from_spec

    others = [path for path in sys.path if os.path.abspath(path or ".") != here]
    spec = PathFinder.find_spec("sitecustomize", others)
    if spec is None or spec.loader is None:
        return
    module = module_from_spec(spec)
    ours = sys.modules["sitecustomize"]
    sys.modules["sitecustomize"] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        sys.modules["sitecustomize"] = ours
        raise


def _begin() -> None:
    if os.environ.get("OTEL_SDK_DISABLED", "").strip().lower() == "true" or not _may_serve(sys.orig_argv):
        return
    try:
        from onyx_metrics.preload import begin

        begin()
    except Exception as error:
        sys.stderr.write(f"onyx_metrics: the application runs without metrics: {error}\n")


_begin()
_pass_on(os.path.dirname(os.path.abspath(__file__)))

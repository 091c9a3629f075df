"""The portal's Celery application, with a latch before each step of a compile or expansion.

Only a worker started by the fault tests imports this. Each function defined in
`reports/compile.py`, `reports/making.py` or `learning/expand.py` then looks, before it runs, for
a file `<its name>.hold` in the folder LATCHES; while there is one it says so with
`<its name>.reached` and waits. With `<its name>.raise` it raises an error, and with
`<its name>.kill` the process kills itself, every time. The variable PEOPLE_AT_A_TIME makes the
batches of an expansion small; with STEP_SECONDS each function first takes so long, so that faults
fall into it.
"""

import functools
import inspect
import os
import signal
import time
from pathlib import Path

from celery.signals import worker_init

from skills_portal.celery import app

__all__ = ["app"]

LATCHES = Path(os.environ["LATCHES"])
STEP_SECONDS = float(os.environ.get("STEP_SECONDS", "0"))


def with_latch(function):
    @functools.wraps(function)
    def held(*args, **kwargs):
        time.sleep(STEP_SECONDS)
        hold = LATCHES / f"{function.__name__}.hold"
        if hold.exists():
            (LATCHES / f"{function.__name__}.reached").touch()
            while hold.exists():
                time.sleep(0.02)
        if (LATCHES / f"{function.__name__}.raise").exists():
            raise ArithmeticError("the abacus broke")
        if (LATCHES / f"{function.__name__}.kill").exists():
            os.kill(os.getpid(), signal.SIGKILL)
        return function(*args, **kwargs)

    return held


@worker_init.connect
def add_latches(**_):
    from learning import expand
    from reports import compile as compiling  # Django is set up by now
    from reports import making

    expand.PEOPLE_AT_A_TIME = int(os.environ.get("PEOPLE_AT_A_TIME", expand.PEOPLE_AT_A_TIME))
    for steps in (compiling, making, expand):
        for name, function in inspect.getmembers(steps, inspect.isfunction):
            if function.__module__ == steps.__name__:
                setattr(steps, name, with_latch(function))

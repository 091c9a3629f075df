"""Compile the reports of these keys, as a worker does; prints the peak memory in MB.

Each report is claimed, so that several of these share the work.
"""

import resource
import sys

from benchmarks import environment

environment.set_up()

from reports.compile import compile_report

for key in sys.argv[1:]:
    compile_report(int(key))
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)

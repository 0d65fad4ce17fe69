"""Run a rebuilt notebook and say how each marked cell ended. Knows nothing of gradebooks.

The learner's cells run in a sandbox, the marked cells in a trusted process that calls across to it:
`grading.boundary`.
"""

from grading.boundary.line import close, execute, warm_up
from grading.boundary.sandbox import SandboxUnavailable

__all__ = ["SandboxUnavailable", "close", "execute", "warm_up"]

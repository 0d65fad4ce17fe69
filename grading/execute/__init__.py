"""Run a rebuilt notebook and say how each marked cell ended. Knows nothing of gradebooks.

The learner's cells run in a sandbox, the marked cells in a trusted process that calls across to it:
docs/boundary.md explains it with a picture.

- `submitted_notebook`: a submission's cells, whatever version or tool wrote them. `placing`: which is which answer.
- `rebuild`: the notebook to execute, from the master and a submission; `earlier_answers`: of an answer written twice.
- `shown`: what of the outputs is kept and shown.
- `dispatch`: jobs spread over whatever executes them. `cluster`: over the workers of a Dask cluster.
- `warm`: `execute`, which is all that others call, and the caller's end of the warm processes. `template`: their own
  end. `passes`: both passes of a job. `pictures`: what is drawn once for a class.
- `run_pass`: one pass over a notebook. `session`: the trusted end of a conversation: stand-ins for a learner's
  objects, time limits.
- `sandbox`: what a learner's process can see and use: the bubblewrap command.
- `inside`: what runs inside: `start`, `isolation` (namespaces and limits), `system_calls` (those that are refused),
  `learner`; and for both sides `protocol` (what may cross, as bytes) and `shell` (IPython as a notebook sees it).
"""

from grading.execute.sandbox import SandboxUnavailable
from grading.execute.warm import close, execute, warm_up

__all__ = ["SandboxUnavailable", "close", "execute", "warm_up"]

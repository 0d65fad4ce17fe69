"""The boundary between the grader and a learner's code: docs/boundary.md explains it with a picture.

- `protocol`: what may cross, as bytes. Both sides.
- `shell`: IPython as a notebook sees it, with its outputs as plain data. Both sides.
- `sandbox`: what a learner's process can see and use: the bubblewrap command, namespaces, limits.
- `isolation`, `learner`: what runs inside the sandbox.
- `session`: the trusted end of a conversation: stand-ins for a learner's objects, time limits.
- `runner`: one pass over a notebook. `line`: warm processes, and `execute`, which is all that others call.
"""

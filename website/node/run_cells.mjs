// Runs the code cells of notebooks in Pyodide, one after another, each notebook in a Python of its own:
// `node run_cells.mjs RUNTIME COURSE LESSON...`. Prints, as one line of JSON each, a lesson's seconds of the processor and
// slowest cell, what came out as an error or in red, and the words of each check.
import path from "node:path";
import { start } from "./pyodide.mjs";

const [runtime, course, ...lessons] = process.argv.slice(2);
for (const lesson of lessons) {
  const pyodide = await start(runtime, { packages: ["ipython", "convschool"] });
  pyodide.FS.mkdirTree("/drive");
  pyodide.FS.mount(pyodide.FS.filesystems.NODEFS, { root: path.resolve(course) }, "/drive");
  pyodide.globals.set("lesson", lesson);
  console.log(pyodide.runPython(`
import json, os, sys
from js import process
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output
os.environ["MPLBACKEND"] = "module://matplotlib_inline.backend_inline"  # as the browser's kernel does
os.chdir(f"/drive/{lesson}")
shell = InteractiveShell.instance()
with open(f"{lesson}.ipynb", encoding="utf-8") as file:
    cells = [cell for cell in json.load(file)["cells"] if cell["cell_type"] == "code"]
errors, said, red, seconds = [], {}, [], {}

def spent():
    used = process.cpuUsage()
    return (used.user + used.system) / 1e6

for cell in cells:
    began = spent()
    with capture_output() as out:
        result = shell.run_cell("".join(cell["source"]), store_history=True)
    seconds[cell["id"]] = spent() - began
    if seconds[cell["id"]] > 10:
        print(f"{lesson}: {cell['id']} took {seconds[cell['id']]:.0f} s", file=sys.stderr)
    error = result.error_before_exec or result.error_in_exec
    if error is not None:
        errors.append([cell["id"], type(error).__name__, str(error)])
    if out.stderr:
        red.append([cell["id"], out.stderr])
    if cell["metadata"].get("nbgrader", {}).get("grade"):
        said[cell["id"]] = " ".join([*(o.data.get("text/plain", "") for o in out.outputs), out.stdout]).strip()
slowest = max(seconds, key=seconds.get)
json.dumps({"lesson": lesson, "cells": len(cells), "seconds": sum(seconds.values()),
            "slowest": [slowest, seconds[slowest]], "slow": {cell: s for cell, s in seconds.items() if s > 10},
            "errors": errors, "red": red, "checks": said})
`));
}
process.exit(0);

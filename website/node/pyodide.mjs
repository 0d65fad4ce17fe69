// Pyodide in node, from a folder of the browser edition.
import { createRequire } from "node:module";
import path from "node:path";

export async function start(folder, options = {}) {
  const place = path.resolve(folder);
  const { loadPyodide } = createRequire(import.meta.url)("pyodide");
  return loadPyodide({ indexURL: place, lockFileURL: path.join(place, "pyodide-lock.json"), ...options });
}

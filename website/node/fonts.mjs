// Prints the list of fonts that Matplotlib makes in Pyodide: `node fonts.mjs FOLDER`.
import { start } from "./pyodide.mjs";

const pyodide = await start(process.argv[2]);
await pyodide.loadPackage("matplotlib", { messageCallback: () => {} });
console.log(pyodide.runPython(`
import logging
from pathlib import Path
logging.disable()
from matplotlib import font_manager
Path(font_manager.__file__).with_name("fontlist.json").read_text()
`));

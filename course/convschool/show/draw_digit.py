"""Draw a digit with mouse, finger or keyboard, and see what a network makes of it while you draw.

The page's half is the JavaScript below. It scales the drawing as MNIST was made (the ink in 20x20 pixels, its centre
of mass in the middle of 28x28) and sends 784 bytes. Python hands them to the learner's network and sends back maps.
Nothing is loaded from elsewhere, and without a kernel the picture of the example is still there.
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from IPython import get_ipython

from convschool import front, mode
from convschool.front import draws
from convschool.show.network import MOST_MAPS, network_picture
from convschool.show.picture import DARK, show_picture

SIDE = 28


@draws
def draw_digit(look: Callable[[np.ndarray], Mapping[str, Any]], example: Any = None, alt: str = "") -> None:
    """Show a field to draw a digit in, with the maps of each stage and the ten probabilities beside it.

    Parameters
    ----------
    look : callable
        Takes an image of shape (1, 1, 28, 28), float32 from 0 to 1, and returns what each stage of a network makes
        of it, as `show.network` takes it: maps (F, H, W), numbers (D,), and last the probabilities (10,).
    example : array_like, shape (28, 28), optional
        A digit for the start, and for the picture that stays without a kernel.
    alt : str
        What that picture shows, in words; by default its stages and the likeliest class.

    Raises
    ------
    TypeError, ValueError
        For an example of another shape, and for stages that cannot be drawn.
    """
    start = np.zeros((SIDE, SIDE)) if example is None else np.asarray(example, float)
    if start.shape != (SIDE, SIDE):
        raise ValueError(f"example must have shape ({SIDE}, {SIDE}); it has shape {start.shape}")
    picture, words = network_picture(_safely(look, start), {}, "An example. With a kernel, draw your own below")
    show_picture(picture, alt or words)
    if get_ipython() is None or not mode.current().figures:
        return
    try:
        widget = make_widget(look, start)
    except ImportError:
        print("To draw your own, install the package anywidget and restart the kernel.")
        return
    front.show_widget(widget)


def make_widget(look: Callable[[np.ndarray], Mapping[str, Any]], start: np.ndarray) -> Any:
    """The field, as a widget. The page sends it messages with 784 bytes; `meta` and `pixels` hold what `look` returned.

    Raises
    ------
    ImportError
        Where the package anywidget is missing.
    """
    # Only here, because they take longer to import than the rest of the package.
    import anywidget
    import traitlets

    class DrawDigit(anywidget.AnyWidget):
        _esm = PAGE
        _css = LOOKS
        meta = traitlets.Dict().tag(sync=True)
        pixels = traitlets.Bytes().tag(sync=True)

        def drawn(self, _widget: Any, _content: Any, buffers: list) -> None:
            image = np.frombuffer(bytes(buffers[0]), np.uint8) if buffers else np.zeros(0)
            if image.size == SIDE * SIDE:
                meta, pixels = answer(_safely(look, image.reshape(SIDE, SIDE) / 255))
                meta["turn"] = self.meta["turn"] + 1
                with self.hold_sync():
                    self.meta, self.pixels = meta, pixels

    meta, pixels = answer(_safely(look, start))
    widget = DrawDigit(meta=meta | {"turn": 0}, pixels=pixels)
    widget.on_msg(widget.drawn)
    return widget


def answer(stages: Mapping[str, Any]) -> tuple[dict, bytes]:
    """What is sent to the page: the stages' names and shapes with the probabilities, and the maps as grey bytes."""
    *hidden, last = stages
    texts, pieces = [], []
    for name in hidden:
        array = np.asarray(stages[name], float)
        maps = array[:MOST_MAPS] if array.ndim == 3 else array[None, None]
        low, high = min(0.0, float(maps.min())), max(float(maps.max()), 1e-9)
        pieces.append(np.round((maps - low) / (high - low) * 255).astype(np.uint8).tobytes())
        shape = " × ".join(map(str, array.shape))
        texts.append({"name": str(name), "shape": shape, "maps": list(maps.shape)})
    return {"stages": texts, "chances": [float(p) for p in np.asarray(stages[last], float)]}, b"".join(pieces)


def _safely(look: Callable[[np.ndarray], Mapping[str, Any]], image: np.ndarray) -> Mapping[str, Any]:
    return look(image.astype(np.float32)[None, None])


PAGE = """
const SIDE = 28, FIELD = 280, BOX = 20, PEN = 11;
const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const STEP = 7, FAR = 28;

// The mean ink of each of the cells that a part of the field is cut into.
function averaged(ink, left, top, size, cells) {
  const out = new Float64Array(cells * cells), step = size / cells;
  for (let i = 0; i < cells; i++) for (let j = 0; j < cells; j++) {
    const y0 = Math.floor(top + i * step), y1 = Math.max(y0 + 1, Math.floor(top + (i + 1) * step));
    const x0 = Math.floor(left + j * step), x1 = Math.max(x0 + 1, Math.floor(left + (j + 1) * step));
    let sum = 0;
    for (let y = y0; y < y1; y++) for (let x = x0; x < x1; x++)
      if (y >= 0 && x >= 0 && y < FIELD && x < FIELD) sum += ink[4 * (y * FIELD + x) + 3];
    out[i * cells + j] = sum / ((y1 - y0) * (x1 - x0));
  }
  return out;
}

// As MNIST was made: the ink in a box of 20x20, its centre of mass in the middle of 28x28.
function asDigit(ink) {
  let left = FIELD, right = -1, top = FIELD, bottom = -1;
  for (let y = 0; y < FIELD; y++) for (let x = 0; x < FIELD; x++)
    if (ink[4 * (y * FIELD + x) + 3] > 20) {
      left = Math.min(left, x); right = Math.max(right, x);
      top = Math.min(top, y); bottom = Math.max(bottom, y);
    }
  const digit = new Uint8Array(SIDE * SIDE);
  if (right < 0) return digit;
  const size = Math.max(right - left, bottom - top) + 1;
  const box = averaged(ink, (left + right + 1 - size) / 2, (top + bottom + 1 - size) / 2, size, BOX);
  let mass = 0, row = 0, column = 0;
  for (let i = 0; i < BOX; i++) for (let j = 0; j < BOX; j++) {
    const m = box[i * BOX + j]; mass += m; row += m * i; column += m * j;
  }
  const down = Math.round(13.5 - row / mass), over = Math.round(13.5 - column / mass);
  for (let i = 0; i < BOX; i++) for (let j = 0; j < BOX; j++) {
    const y = i + down, x = j + over;
    if (y >= 0 && x >= 0 && y < SIDE && x < SIDE) digit[y * SIDE + x] = Math.round(box[i * BOX + j]);
  }
  return digit;
}

function element(tag, kind, parent, text) {
  const one = document.createElement(tag);
  if (kind) one.className = kind;
  if (text) one.textContent = text;
  parent.appendChild(one);
  return one;
}

function paint(canvas, bytes, offset, height, width) {
  canvas.width = width; canvas.height = height;
  const context = canvas.getContext("2d"), picture = context.createImageData(width, height);
  for (let n = 0; n < height * width; n++) {
    const grey = 255 - bytes[offset + n];
    picture.data.set([grey, grey, grey, 255], 4 * n);
  }
  context.putImageData(picture, 0, 0);
}

function render({ model, el }) {
  const root = element("div", "convschool-draw", el);
  root.dataset.lmSuppressShortcuts = "true"; // JupyterLab leaves us arrows and Delete
  const desk = element("div", "desk", root);
  const sheet = element("div", "sheet", desk);
  const field = element("canvas", "field", sheet);
  const tip = element("div", "tip", sheet);
  field.width = field.height = FIELD;
  field.tabIndex = 0;
  field.setAttribute("role", "application");
  field.setAttribute("aria-label", "Field to draw a digit in, with mouse, finger or keyboard: arrows move the pen, " +
    "with Shift further, Space sets it down and lifts it, Delete clears the field");
  const pen = field.getContext("2d", { willReadFrequently: true });
  pen.lineWidth = 2 * PEN; pen.lineCap = pen.lineJoin = "round"; pen.strokeStyle = "black";
  const tools = element("div", "tools", desk);
  const clear = element("button", "", tools, "Clear");
  const said = element("div", "said", tools, "Draw here");
  element("div", "keys", desk, "Keyboard: Tab to the field, arrows move, Space sets the pen down or lifts it.");
  said.setAttribute("aria-live", "polite");
  const way = element("div", "way", root);
  const bars = element("div", "bars", desk);

  let drawing = false, last = null, inked = false;
  let at = [FIELD / 2, FIELD / 2], down = false; // the keyboard's pen
  let waiting = null, tries = 0, changed = false;

  // One drawing at a time is on its way. Where no answer comes, it is sent again, a few times.
  function send() {
    changed = true;
    if (waiting) return;
    changed = false;
    const digit = asDigit(pen.getImageData(0, 0, FIELD, FIELD).data);
    model.send({ what: "ink" }, undefined, [digit.buffer]);
    waiting = setTimeout(() => {
      waiting = null;
      tries += 1;
      said.textContent = "No answer from Python yet";
      if (tries < 4) send();
    }, 3000);
  }

  function place(event) {
    const box = field.getBoundingClientRect();
    return [(event.clientX - box.left) * FIELD / box.width, (event.clientY - box.top) * FIELD / box.height];
  }

  function stroke(to) {
    pen.beginPath(); pen.moveTo(...(last || to)); pen.lineTo(...to); pen.stroke();
    last = to;
    send();
  }

  field.addEventListener("pointerdown", event => {
    event.preventDefault();
    try { field.setPointerCapture(event.pointerId); } catch (error) { /* drawn by a script */ }
    drawing = inked = true; last = null;
    lift();
    stroke(place(event));
  });
  field.addEventListener("pointermove", event => { if (drawing) stroke(place(event)); });
  for (const end of ["pointerup", "pointercancel"])
    field.addEventListener(end, () => { if (drawing) { drawing = false; send(); } });
  function wipe() { pen.clearRect(0, 0, FIELD, FIELD); inked = false; last = null; lift(); send(); }
  clear.addEventListener("click", wipe);

  function showTip() {
    tip.style.left = at[0] + "px"; tip.style.top = at[1] + "px";
    tip.classList.toggle("down", down);
  }
  function lift() { down = false; showTip(); }
  showTip();
  field.addEventListener("blur", lift);
  field.addEventListener("keydown", event => {
    const step = STEPS[event.key];
    if (step) {
      at = at.map((a, n) => Math.min(FIELD, Math.max(0, a + step[n] * (event.shiftKey ? FAR : STEP))));
      if (down) stroke(at);
    } else if (event.key === " ") {
      down = !down;
      last = null;
      if (down) { inked = true; stroke(at); }
    } else if (event.key === "Delete" || event.key === "Backspace") wipe();
    else return;
    event.preventDefault();
    event.stopPropagation();
    showTip();
  });

  function show() {
    clearTimeout(waiting);
    waiting = null;
    tries = 0;
    const meta = model.get("meta"), raw = model.get("pixels");
    if (!meta || !meta.stages || !raw) return;
    const bytes = new Uint8Array(raw.buffer, raw.byteOffset, raw.byteLength);
    let offset = 0;
    if (way.children.length !== meta.stages.length) {
      way.replaceChildren();
      for (const stage of meta.stages) {
        const part = element("figure", "stage", way);
        element("figcaption", "", part, stage.name + "\\n" + stage.shape);
        const maps = element("div", stage.maps[1] === 1 ? "line" : stage.maps[0] === 1 ? "one" : "maps", part);
        for (let n = 0; n < stage.maps[0]; n++) element("canvas", "", maps);
      }
      bars.replaceChildren();
      meta.chances.forEach((chance, n) => {
        const row = element("div", "row", bars);
        element("b", "", row, String(n));
        element("i", "", element("span", "track", row));
        element("span", "number", row);
      });
    }
    meta.stages.forEach((stage, s) => {
      let [count, height, width] = stage.maps;
      if (height === 1) [height, width] = [width, 1];
      way.children[s].querySelectorAll("canvas").forEach(canvas => {
        paint(canvas, bytes, offset, height, width);
        offset += height * width;
      });
    });
    const best = meta.chances.indexOf(Math.max(...meta.chances));
    meta.chances.forEach((chance, n) => {
      const row = bars.children[n];
      row.classList.toggle("best", n === best);
      row.querySelector("i").style.width = 100 * chance + "%";
      row.querySelector(".number").textContent = Math.round(100 * chance) + " %";
    });
    const chance = Math.round(100 * meta.chances[best]);
    said.textContent = inked ? "Read as " + best + ", probability " + chance + " %" : "Draw here";
    if (changed) send();
  }

  model.on("change:meta", show);
  show();
  return () => { clearTimeout(waiting); model.off("change:meta", show); };
}

export default { render };
"""

LOOKS = """
.convschool-draw { display: flex; flex-wrap: wrap; gap: 14px; align-items: flex-start; background: white; color: black;
  padding: 10px; font: 12px sans-serif; DARK; }
.convschool-draw .field { width: 280px; height: 280px; border: 2px solid black; background: white; cursor: crosshair;
  touch-action: none; box-sizing: content-box; display: block; }
.convschool-draw .sheet { position: relative; width: 284px; }
.convschool-draw .tip { position: absolute; width: 22px; height: 22px; margin: -9px; border: 2px solid #0072B2;
  border-radius: 50%; box-sizing: border-box; pointer-events: none; display: none; }
.convschool-draw .field:focus-visible { outline: 3px solid #0072B2; }
.convschool-draw .field:focus-visible + .tip { display: block; }
.convschool-draw .tip.down { border-width: 6px; border-color: #D55E00; }
.convschool-draw .keys { width: 284px; margin-top: 6px; line-height: 1.3; }
.convschool-draw .tools { display: flex; gap: 10px; align-items: center; margin-top: 8px; }
.convschool-draw button { font: 13px sans-serif; padding: 4px 14px; color: black; background: #eee;
  border: 1px solid black; cursor: pointer; }
.convschool-draw .said { font-size: 14px; }
.convschool-draw .way { display: flex; gap: 10px; align-items: flex-start; max-width: 100%; overflow-x: auto; }
.convschool-draw figure { margin: 0; }
.convschool-draw figcaption { white-space: pre; text-align: center; margin-bottom: 4px; line-height: 1.25;
  color: black; }
.convschool-draw canvas { image-rendering: pixelated; }
.convschool-draw .one canvas { width: 84px; height: 84px; border: 1px solid #777; }
.convschool-draw .maps { display: grid; grid-template-columns: 1fr 1fr; gap: 2px; }
.convschool-draw .maps canvas { width: 38px; height: 38px; border: 1px solid #999; }
.convschool-draw .line canvas { width: 14px; height: 330px; border: 1px solid #777; display: block; margin: 0 auto; }
.convschool-draw .bars { width: 284px; margin-top: 10px; }
.convschool-draw .row { display: flex; align-items: center; gap: 6px; height: 22px; }
.convschool-draw .row b { width: 1em; font-size: 14px; }
.convschool-draw .track { flex: 1; height: 16px; border: 1px solid #777; }
.convschool-draw .row i { display: block; height: 100%; width: 0; background: #0072B2; }
.convschool-draw .best i { background: #D55E00; }
.convschool-draw .best b { text-decoration: underline; }
.convschool-draw .number { width: 3.2em; text-align: right; }
""".replace("DARK", DARK)

// For readers without a mouse, and for screen readers: what scrolls can be reached by Tab, captions have a level.
window.addEventListener("load", () => {
  const boxes = "pre, .table-wrapper, .cell_output, .sidebar-scroll, .toc-scroll";
  for (const box of document.querySelectorAll(boxes))
    if (box.scrollWidth > box.clientWidth || box.scrollHeight > box.clientHeight) box.tabIndex = 0;
  for (const caption of document.querySelectorAll("p.caption[role=heading]")) caption.setAttribute("aria-level", "2");
});

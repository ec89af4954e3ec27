// Whatever scrolls within its own box can be reached with the keyboard: code, tables, wide formulas.
const reach = () => {
  for (const box of document.querySelectorAll("article :is(pre, .output, div.math, .pst-scrollable-table-container)")) {
    if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
  }
};
document.addEventListener("toggle", reach, true);
window.addEventListener("resize", reach);
window.addEventListener("load", () => {
  reach();
  window.MathJax?.Hub?.Register.StartupHook("End", reach);
});

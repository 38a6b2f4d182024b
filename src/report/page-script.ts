/**
 * The script of an interactive page, run in the reader's browser: tooltips of the points under pointer and arrow keys, series
 * switched by their legend, figures saved as SVG. It reads what the plots of this room draw (`<title>` in a mark,
 * `data-series` in a legend, `aria-description` of a series) and fetches nothing. Without it the page says the same.
 */
export const pageScript = `"use strict";
(() => {
  const tip = document.createElement("div");
  tip.className = "tip";
  tip.setAttribute("role", "status");
  tip.setAttribute("aria-live", "polite");
  document.body.append(tip);

  let current;
  const hide = () => {
    tip.classList.remove("shown");
    current?.element.classList.remove("marked");
    current = undefined;
  };
  const place = () => {
    if (!current) return;
    const box = current.element.getBoundingClientRect();
    const { width, height } = tip.getBoundingClientRect();
    const x = Math.max(6, Math.min(document.documentElement.clientWidth - width - 6, box.x + box.width / 2 - width / 2));
    const above = box.y - height - 10;
    tip.style.left = x + "px";
    tip.style.top = (above < 6 ? box.y + box.height + 10 : above) + "px";
  };
  const show = (mark) => {
    if (mark === current) return;
    hide();
    current = mark;
    mark.element.classList.add("marked");
    tip.textContent = mark.text;
    tip.classList.add("shown");
    place();
  };

  for (const svg of document.querySelectorAll("figure svg")) {
    const marks = [...svg.querySelectorAll("title")].map((title) => {
      const element = title.parentElement, text = title.textContent;
      title.remove(); // the browser's own tooltip would stand over ours
      element.setAttribute("aria-label", text);
      return { element, text, series: element.closest("[aria-description]") };
    });
    const entries = [...svg.querySelectorAll("[data-series]")];
    const off = new Set();
    const open = () => marks.filter(({ series }) => !series || !off.has(series.getAttribute("aria-description")));
    for (const entry of entries) {
      const name = entry.dataset.series;
      entry.setAttribute("tabindex", "0");
      entry.setAttribute("role", "switch");
      entry.setAttribute("aria-checked", "true");
      entry.setAttribute("aria-label", name);
      const toggle = () => {
        off.has(name) ? off.delete(name) : off.add(name);
        entry.setAttribute("aria-checked", String(!off.has(name)));
        for (const group of svg.querySelectorAll("[aria-description]"))
          if (group.getAttribute("aria-description") === name) group.classList.toggle("faded", off.has(name));
        hide();
      };
      entry.addEventListener("click", toggle);
      entry.addEventListener("keydown", (event) => {
        if (event.key !== "Enter" && event.key !== " ") return;
        event.preventDefault();
        event.stopPropagation();
        toggle();
      });
    }
    if (marks.length === 0) continue;

    svg.setAttribute("tabindex", "0");
    svg.setAttribute("role", "application");
    let at = -1;
    const centre = ({ element }) => { const b = element.getBoundingClientRect(); return [b.x + b.width / 2, b.y + b.height / 2, b]; };
    const distance = (mark, event) => {
      const [x, y, box] = centre(mark);
      const dx = Math.max(0, Math.abs(event.clientX - x) - box.width / 2), dy = Math.max(0, Math.abs(event.clientY - y) - box.height / 2);
      return Math.hypot(dx, dy);
    };
    svg.addEventListener("pointermove", (event) => {
      let best, least = 16;
      for (const mark of open()) {
        const d = distance(mark, event);
        if (d < least) [best, least] = [mark, d];
      }
      best ? show(best) : hide();
    });
    svg.addEventListener("pointerleave", hide);
    svg.addEventListener("blur", hide);
    svg.addEventListener("keydown", (event) => {
      const list = open();
      const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
      if (event.key === "Escape") return hide();
      if (list.length === 0) return;
      if (step) at = at < 0 && step < 0 ? list.length - 1 : (at + step + list.length) % list.length;
      else if (event.key === "Home") at = 0;
      else if (event.key === "End") at = list.length - 1;
      else return;
      event.preventDefault();
      list[at].element.scrollIntoView({ block: "nearest", inline: "nearest" });
      show(list[at]);
    });
  }
  addEventListener("scroll", place, { passive: true, capture: true });
})();
`;

// Marks one element for each combination of colours that no page before has shown, and returns what
// they are; of drawn words, whose ground axe does not find, it returns those that are faint.
// A colour, a size and everything that is painted behind: what has them all in common with
// another can be read just as well. So axe looks at some 90 elements instead of 100,000.
([scheme, known, least]) => {
  document.body.setAttribute("data-md-color-scheme", scheme);
  for (const old of document.querySelectorAll("[data-sample]")) old.removeAttribute("data-sample");
  const { Color, getContrast } = axe.commons.color;
  const parsed = (text) => {
    const colour = new Color();
    colour.parseString(text);
    return colour;
  };
  const seen = new Set(known);
  const fresh = [];
  const faint = [];
  const isFresh = (...words) => {
    const key = words.join(";");
    if (!seen.has(key)) fresh.push(key);
    return seen.size < seen.add(key).size;
  };

  const grounds = new Map();
  const NONE = "rgba(0, 0, 0, 0) none 1 none";
  function ground(one) {
    if (!one) return "";
    if (!grounds.has(one)) {
      const { backgroundColor, backgroundImage, opacity, filter } = getComputedStyle(one);
      const own = `${backgroundColor} ${backgroundImage} ${opacity} ${filter}`;
      grounds.set(one, ground(one.parentElement) + (own === NONE ? "" : `|${own}`));
    }
    return grounds.get(one);
  }

  function drawn(word) {
    const { left, right, top, bottom } = word.getBoundingClientRect();
    const [x, y] = [(left + right) / 2, (top + bottom) / 2];
    let behind = "";
    for (const shape of word.ownerSVGElement.querySelectorAll("rect, polygon, circle, path")) {
      if (!(shape.compareDocumentPosition(word) & Node.DOCUMENT_POSITION_FOLLOWING)) break;
      const { fill } = getComputedStyle(shape);
      const box = shape.getBoundingClientRect();
      const isBehind = box.left <= x && x <= box.right && box.top <= y && y <= box.bottom;
      if (isBehind && fill.startsWith("rgb(")) behind = fill;
    }
    behind ||= ground(word.ownerSVGElement).match(/.*(rgb\([^)]*\))/)?.[1] ?? "rgb(255, 255, 255)";
    const { fill } = getComputedStyle(word);
    if (!isFresh("drawn", fill, behind)) return;
    const contrast = getContrast(parsed(behind), parsed(fill));
    if (contrast < least) faint.push(`${word.textContent}: ${fill} on ${behind}, ${contrast}`);
  }

  const ours = document.querySelector(".md-content, .slides");
  for (const word of ours.querySelectorAll("svg text, svg tspan")) {
    if (!word.checkVisibility()) continue; // the presenter's window hides most slides
    if (word.firstChild?.nodeType === Node.TEXT_NODE && word.textContent.trim()) drawn(word);
  }
  const texts = document.createTreeWalker(ours, NodeFilter.SHOW_TEXT);
  const done = new Set();
  while (texts.nextNode()) {
    const one = texts.currentNode.parentElement;
    if (!texts.currentNode.data.trim() || done.has(one)) continue;
    done.add(one);
    if (one.closest("svg, .headerlink, .md-code__nav") || !one.checkVisibility()) continue;
    const { color, fontSize, fontWeight } = getComputedStyle(one);
    if (isFresh(color, fontSize, fontWeight, ground(one))) one.setAttribute("data-sample", "");
  }
  return { fresh, faint };
}

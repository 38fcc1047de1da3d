// What is wrong with how a page looks, as texts. An expression, for tests.
({
  /** In a window of this width, whose controls have at least this height. */
  layout(width, least) {
    const problems = [];
    const wide = document.documentElement.scrollWidth;
    if (wide > width || innerWidth > width) problems.push(`it is ${Math.max(wide, innerWidth)} px wide`);
    for (const control of document.querySelectorAll('a, button, input, summary, textarea')) {
      if (!control.checkVisibility()) continue;
      control.scrollIntoView({ block: 'center' });
      const box = control.getBoundingClientRect();
      const problem = (what) => problems.push(`${control.outerHTML.slice(0, 80)} ${what}`);
      if (box.height < least) problem(`is ${box.height} px high`);
      if (box.left < 0 || box.right > width) problem(`is from ${box.left} to ${box.right}`);
      const there = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
      if (!control.contains(there)) problem(`is under ${there?.outerHTML.slice(0, 80)}`);
    }
    scrollTo(0, 0);
    return problems;
  },

  /** Text needs a contrast of 4.5 to 1 (WCAG 1.4.3), the lines of charts one of 3 to 1 (1.4.11). */
  contrast() {
    const canvas = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true });
    const parse = (color) => {
      canvas.clearRect(0, 0, 1, 1);
      canvas.fillStyle = color;
      canvas.fillRect(0, 0, 1, 1);
      return [...canvas.getImageData(0, 0, 1, 1).data];
    };
    const over = ([r, g, b, alpha], ground) => [r, g, b].map((value, i) => ground[i] + (value - ground[i]) * alpha / 255);
    const ground = (element) => {
      const below = element.parentElement ? ground(element.parentElement) : [255, 255, 255];
      return over(parse(getComputedStyle(element).backgroundColor), below);
    };
    const luminance = (color) => {
      const [r, g, b] = color.map((value) => value / 255).map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
      return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const problems = [];
    const check = (element, color, least) => {
      const below = ground(element);
      const [dark, light] = [below, over(parse(color), below)].map(luminance).sort((a, b) => a - b);
      const ratio = (light + 0.05) / (dark + 0.05);
      if (ratio < least) problems.push(`${ratio.toFixed(2)}: ${element.outerHTML.slice(0, 100)}`);
    };
    let texts = 0;
    for (const element of document.body.querySelectorAll('*')) {
      if (!element.checkVisibility()) continue;
      const style = getComputedStyle(element);
      const hasText = [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.data.trim());
      if (hasText || element.matches('input, textarea')) {
        check(element, style.color, 4.5);
        texts += 1;
      }
      if (element.placeholder) check(element, getComputedStyle(element, '::placeholder').color, 4.5);
      if (element.matches('path:is(.line, .live, .back, .dots)')) check(element, style.stroke, 3);
    }
    if (texts < 50) problems.push(`there are only ${texts} texts`);
    return problems;
  },
})

// @ts-check
/**
 * Puts the caret into the field that comes first: the theme hides a page until its own script
 * runs, and a browser gives no focus to what is hidden.
 */

document.addEventListener("alpine:initialized", () => {
  window.requestAnimationFrame(() => {
    const first = document.querySelector("[autofocus]");
    if (first instanceof HTMLElement && document.activeElement === document.body) {
      first.focus();
    }
  });
});

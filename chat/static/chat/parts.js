/**
 * Finding the parts of the page: by `data-part`, with their type, or not at all.
 */

/**
 * The part `name` below `root`. Throws when the template lacks it: then the page is broken, and
 * should say so at once.
 *
 * @template {Element} T
 * @param {ParentNode} root
 * @param {string} name
 * @param {new () => T} type
 * @returns {T}
 */
export function part(root, name, type) {
  const element = root.querySelector(`[data-part="${name}"]`);
  if (!(element instanceof type)) {
    throw new Error(`the page has no ${type.name} called ${name}`);
  }
  return element;
}

/**
 * Write `words` into `element` when they are new: live regions speak whenever they are written to.
 *
 * @param {HTMLElement} element
 * @param {string} words
 */
export function write(element, words) {
  if (element.textContent !== words) {
    element.textContent = words;
  }
}

/**
 * Write `words` into `element` and hide it when there are none.
 *
 * @param {HTMLElement} element
 * @param {string} words
 */
export function tell(element, words) {
  write(element, words);
  element.hidden = words === "";
}

/**
 * A new element with a class and, as plain text only, its words.
 *
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {string} className
 * @param {string} [words]
 * @returns {HTMLElementTagNameMap[K]}
 */
export function make(tag, className, words = "") {
  const element = document.createElement(tag);
  element.className = className;
  element.textContent = words;
  return element;
}

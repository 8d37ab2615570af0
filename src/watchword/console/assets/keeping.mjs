/**
 * What the browser keeps. A token: as long as the tab, so that a reload is no sign-out. The name of this
 * device: for good, since sessions and locks go by it; it says nothing of anybody.
 */

const SESSION = "watchword.session";
const DEVICE = "watchword.device";

/** Keep who is in, or nobody. */
export function keep(session) {
  guarded(() => {
    if (session) window.sessionStorage.setItem(SESSION, JSON.stringify(session));
    else window.sessionStorage.removeItem(SESSION);
  });
}

/** Return who is in at a door, or null. */
export function keptHere(door) {
  const kept = guarded(() => JSON.parse(window.sessionStorage.getItem(SESSION)));
  return kept?.door === door ? kept : null;
}

/** Return the name of this device; where nothing can be kept, a new one each time. */
export function deviceOf() {
  const kept = guarded(() => window.localStorage.getItem(DEVICE));
  if (kept) return kept;
  const made = makeName();
  guarded(() => window.localStorage.setItem(DEVICE, made));
  return made;
}

// randomUUID is missing where a page came without encryption.
function makeName() {
  const bytes = window.crypto.getRandomValues(new Uint8Array(16));
  return `web-${Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}

/** Do something with storage that a browser may forbid; then it is as if nothing were kept. */
function guarded(work) {
  try {
    return work();
  } catch {
    return null;
  }
}
